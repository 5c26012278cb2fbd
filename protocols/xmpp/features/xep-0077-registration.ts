// XEP-0077: making an account from within a client, where the operator allows it; changing its password anywhere.
import { Fault, nameOf, preparedPassword, type UserId } from "#core";
import { accountOf } from "../addressing.ts";
import { childrenOf, type Element } from "../element.ts";
import { StanzaError } from "../faults.ts";
import type { Feature, IqRequest } from "../feature.ts";
import { type Invitation, invited, redeem } from "../invitations.ts";
import { ns } from "../namespaces.ts";
import { escapeText } from "../print.ts";
import { RegistrationRate } from "../registration-rate.ts";
import type { XmppServer } from "../server.ts";
import { serverSlot } from "../server-slot.ts";
import type { XmppSession } from "../session.ts";
import type { Stream } from "../stream.ts";
import { isAdmin } from "../admin-command.ts";

export const registration: Feature = {
  spec: {
    id: "XEP-0077",
    title: "In-Band Registration",
    version: "2.4",
    status: "complete",
    note: "making accounts is off by default",
  },
  disco: [ns.register], // §9: passwords are changed so, whether accounts are made or not
  offer: (stream) =>
    stream.phase === "fresh" && stream.server.settings.registration
      ? `<register xmlns="${ns.registerFeature}"/>`
      : undefined,
  preliminaries: [
    { phase: "fresh", type: "get", name: "query", xmlns: ns.register, answer: form },
    { phase: "fresh", type: "set", name: "query", xmlns: ns.register, answer: register },
  ],
  iq: [
    { type: "get", name: "query", xmlns: ns.register, to: ["own", "server"], answer: registered },
    { type: "set", name: "query", xmlns: ns.register, to: ["own", "server"], answer: change },
  ],
};

const rateOf = serverSlot(({ core, settings }) => new RegistrationRate(core.clock, settings.registrationsPerAddress));

function form(stream: Stream): string {
  checkOpen(stream);
  checkEncrypted(stream);
  return `<query xmlns="${ns.register}"><instructions>Choose a name and a password.</instructions><username/><password/></query>`;
}

/** RFC 6120 §5.3.1: where TLS must come first, a password must not. */
function checkEncrypted(stream: Stream): void {
  if (stream.mustEncrypt) throw new StanzaError("not-allowed", "before TLS");
}

async function register(stream: Stream, query: Element): Promise<undefined> {
  const { server } = stream;
  checkOpen(stream);
  checkEncrypted(stream);
  // §3.1.1: what is missing is <not-acceptable/> here, in a change <bad-request/> (§3.3).
  const { name, secret } = credentialsOf(query, "not-acceptable");
  const user = accountOf(name, server.host);
  if (user === undefined) throw new StanzaError("not-acceptable", "not a name"); // §3.1.1
  rateOf(server).spend(stream.link.remote);
  const invitation = invited.get(stream);
  if (invitation === undefined) await server.core.accounts.create(user, secret); // conflict when it is taken
  else await registerInvited(server, invitation, user, secret);
  return undefined;
}

/** XEP-0445: with a token that is used up only now; XEP-0401 §5.6: and then both are contacts, if that was meant. */
async function registerInvited(
  server: XmppServer,
  invitation: Invitation,
  user: UserId,
  secret: string,
): Promise<void> {
  const { accounts, contacts } = server.core;
  if (invitation.name !== undefined && invitation.name !== nameOf(user))
    throw new StanzaError("not-acceptable", "an invitation for another name");
  const used = await redeem(server, invitation, async () => void (await accounts.create(user, secret)));
  if (!used && !server.settings.registration) throw new StanzaError("item-not-found", "the invitation was used");
  if (!used) await accounts.create(user, secret);
  if (!used || !invitation.contacts) return;
  const mutual = { subscription: "both", ask: false, pendingIn: false, groups: [] } as const;
  await contacts.put({ ...mutual, owner: user, contact: invitation.by });
  await contacts.put({ ...mutual, owner: invitation.by, contact: user });
}

function registered({ user }: XmppSession): string {
  return `<query xmlns="${ns.register}"><registered/><username>${escapeText(nameOf(user))}</username><password/></query>`;
}

/** §3.2, §3.3: another password, or no account any more; an administrator may make accounts this way, too. */
async function change(session: XmppSession, { stanza, payload }: IqRequest): Promise<string | undefined> {
  const { server, user } = session;
  if (payload.getChild("remove", ns.register) !== undefined) {
    // §3.2: not the only child.
    if (childrenOf(payload).length > 1) throw new StanzaError("bad-request", "removed, and more");
    await session.answer(stanza, undefined); // before the account's sessions end, this one among them
    await server.core.accounts.remove(user);
    throw new Fault("unauthorized", "the account is gone", { ends: "connection" });
  }
  const { name, secret } = credentialsOf(payload);
  const named = accountOf(name, server.host);
  if (named === undefined) throw new StanzaError("not-acceptable", "not a name");
  if (named === user) await server.core.accounts.changePassword(user, secret, session.core);
  else if (isAdmin(session)) await server.core.accounts.create(named, secret);
  else throw new StanzaError("not-allowed", "another's password");
  return undefined;
}

function credentialsOf(
  query: Element,
  missing: "bad-request" | "not-acceptable" = "bad-request",
): { readonly name: string; readonly secret: string } {
  const name = query.getChildText("username", ns.register) ?? "";
  const secret = preparedPassword(query.getChildText("password", ns.register) ?? "");
  if (name === "" || secret === "") throw new StanzaError(missing, "a name and a password are needed");
  return { name, secret };
}

function checkOpen(stream: Stream): void {
  if (!stream.server.settings.registration && !invited.has(stream))
    throw new StanzaError("service-unavailable", "no registration here");
}
