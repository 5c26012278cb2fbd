import { randomUUID } from "node:crypto";
import { z } from "zod";
import { tokenExpiry, type UserId } from "#core";
import { deviceName, deviceOf } from "../addressing.ts";
import { Refusal } from "../faults.ts";
import { text, userField } from "../fields.ts";
import { listenToNodes } from "../node-fields.ts";
import { resume, resumeField } from "../resume.ts";
import type { JsonSession, Peer } from "../session.ts";
import { openVerb } from "../verb.ts";

/** Devices of all protocols are told apart by such a prefix, and ours are shown without (`deviceName`). */
const foreignDevice = /^(?:xmpp|mqtt|json):/;

const schema = z.object({
  user: userField.optional(),
  password: z.string().max(1024).optional(),
  token: z.string().max(8192).optional(),
  device: text(64)
    .min(1)
    .refine((name) => !foreignDevice.test(name), "begins like another protocol's device")
    .optional(),
  /** False: do not show me as available. */
  presence: z.boolean().optional(),
  resume: resumeField.optional(),
});

/**
 * Makes the connection a session. A named device is remembered: it goes on from what it acknowledged last. One without
 * a name starts from the account's delivered mark, each time. One try a connection: whatever is refused before `auth` has succeeded ends it.
 */
export const auth = openVerb(schema, async (command, peer) => {
  if (peer.session !== undefined) throw new Refusal("bad-request", "already authenticated");
  const user = await identify(command, peer);
  const device = deviceOf(command.device ?? randomUUID());
  const rememberMs = command.device === undefined ? 0 : peer.options.rememberMs;
  const session = await peer.attach(user, device, rememberMs, tokenExpiry(command.token ?? command.password ?? ""));
  const { epoch, resumed } = await resume(session, command.resume);
  if (command.presence !== false) peer.core.presence.announce(session.attached, { available: true });
  await watchContacts(session);
  listenToNodes(session);
  return {
    user: peer.names.ofUser(user),
    device: deviceName(device),
    session: session.attached.id,
    cursor: [epoch, peer.core.clock.now()],
    resumed,
  };
});

async function identify(command: z.output<typeof schema>, peer: Peer): Promise<UserId> {
  const { core, names, secure, remote, certificate } = peer;
  if (!core.accounts.mayTry(remote))
    throw new Refusal("rate-limited", "too many logins a second", { retryAfterMs: 1000 });
  const named = command.user === undefined ? undefined : names.user(command.user);
  if (command.token !== undefined) return core.accounts.verifyToken(command.token, named);
  if (command.password === undefined && certificate !== undefined) {
    const holder = await core.accounts.verifyCertificate(certificate, named);
    if (holder !== undefined) return holder;
  }
  if (named === undefined || command.password === undefined)
    throw new Refusal("bad-request", "expected token, or user and password");
  if (!secure) throw new Refusal("forbidden", "a password needs TLS");
  return core.accounts.verify(named, command.password, { remote });
}

async function watchContacts({ core, attached, user }: JsonSession): Promise<void> {
  for (const { contact, subscription } of await core.contacts.list(user)) {
    if (subscription === "to" || subscription === "both") core.presence.watch(attached, contact);
  }
}
