// XEP-0133 §4.24 to §4.26: what everybody is told once, at once or when he is next here, until it is taken back.
import { randomBytes } from "node:crypto";
import { faultFrom, type UserId } from "#core";
import type { Command, Outcome } from "./ad-hoc.ts";
import { failed, make } from "./admin-command.ts";
import { type DataForm, type FormField, valuesIn } from "./data-form.ts";
import { ns } from "./namespaces.ts";
import { attribute, escapeText } from "./print.ts";
import type { XmppServer } from "./server.ts";
import { serverSlot } from "./server-slot.ts";
import type { XmppSession } from "./session.ts";
import { slot } from "./slot.ts";

interface Motd {
  /** Tells it from another one, for who has heard it. */
  readonly id: string;
  readonly text: string;
}

/** The tenant's datum, and each account's: which one it has heard. */
const datum = "xmpp/motd";
/** Another node's is seen this late. */
const freshMs = 60_000;
const longest = 10_000;

const known = serverSlot(() => ({ motd: undefined as Motd | undefined, at: -Infinity }));

/** The last that the session was told, or need not be. */
const heard = slot(() => ({ id: "" }));

const field: FormField = { var: "motd", type: "text-multi", label: "Message of the day", required: true, values: [] };

export const motdCommands: readonly Command[] = [
  make("set-motd", "Set the message of the day", [field], set),
  // §4.25: "which SHOULD include the current message of the day if one has already been set".
  make("edit-motd", "Edit the message of the day", async ({ server }) => {
    const text = (await current(server))?.text;
    return [{ ...field, values: text === undefined ? [] : text.split("\n") }];
  }, set), // prettier-ignore
  make("delete-motd", "Delete the message of the day", undefined, async ({ server }) => {
    await keep(server, undefined);
    return { note: "Nobody is told any more." };
  }),
];

/** The session is there: "after the next session initiation" (§4.24, note). */
export function tellMotd(session: XmppSession): void {
  tell(session).catch((error: unknown) => session.server.note(faultFrom(error)));
}

async function set({ server }: XmppSession, form: DataForm): Promise<Outcome> {
  const text = (valuesIn(form, "motd") ?? []).join("\n");
  if (text.trim() === "") return failed("There is nothing to tell.");
  if (text.length > longest) return failed("That is too long.");
  await keep(server, { id: randomBytes(9).toString("base64url"), text });
  for (const session of server.sessions) tellMotd(session);
  return { note: "It is told to everybody." };
}

/** Once to each account, by the first of its clients that is there. */
async function tell(session: XmppSession): Promise<void> {
  const { server, user } = session;
  const motd = await current(server);
  if (motd === undefined || heard(session).id === motd.id) return;
  heard(session).id = motd.id;
  if ((await server.core.accountData.get(user, datum)) === motd.id) return;
  await server.core.accountData.put(user, datum, motd.id);
  if (session.over) return;
  const to = attribute("to", session.jid);
  session.send(
    `<message xmlns="${ns.client}" type="headline" from="${server.host}"${to}><body>${escapeText(motd.text)}</body></message>`,
  );
}

async function current(server: XmppServer): Promise<Motd | undefined> {
  const { core } = server;
  const kept = known(server);
  if (core.clock.now() - kept.at < freshMs) return kept.motd;
  const text = await core.accountData.get(core.host as UserId, datum);
  kept.motd = text === undefined ? undefined : (JSON.parse(text) as Motd);
  kept.at = core.clock.now();
  return kept.motd;
}

async function keep(server: XmppServer, motd: Motd | undefined): Promise<void> {
  const { core } = server;
  await core.accountData.put(core.host as UserId, datum, motd && JSON.stringify(motd));
  Object.assign(known(server), { motd, at: core.clock.now() });
}
