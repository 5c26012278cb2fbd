// XEP-0012: how long ago an account was last here, for those who may see its presence; for the host, how long it is up.
import type { UserId } from "#core";
import { userOfJid } from "../addressing.ts";
import { availabilityOf } from "../availability.ts";
import { StanzaError } from "../faults.ts";
import type { Feature, IqRequest } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { attribute, escapeText } from "../print.ts";
import type { XmppServer } from "../server.ts";
import type { XmppSession } from "../session.ts";

/** Each account's: when it went, and with what word. */
export const lastDatum = "xmpp/last";

export const lastActivity: Feature = {
  spec: {
    id: "XEP-0012",
    title: "Last Activity",
    version: "2.0",
    status: "complete",
    note: "of XMPP clients; devices of other protocols count while they are there",
  },
  disco: [ns.last],
  iq: [
    { type: "get", name: "query", xmlns: ns.last, to: ["server"], answer: uptime },
    { type: "get", name: "query", xmlns: ns.last, to: ["own", "account"], answer: ofAccount },
  ],
  unavailable: note,
  ended: (session) => note(session),
};

/** §3.3. */
function uptime(): string {
  return `<query xmlns="${ns.last}" seconds="${Math.floor(process.uptime())}"/>`;
}

/** §3.1: 0 while a resource is there; else since the last one went. */
async function ofAccount(session: XmppSession, { to }: IqRequest): Promise<string> {
  const { core } = session.server;
  const user: UserId = to === undefined ? session.user : userOfJid(to);
  if (!(await core.presence.maySee(session.user, user))) throw await notFor(session, user); // §6
  if (core.presence.of(user).length > 0) return `<query xmlns="${ns.last}" seconds="0"/>`;
  const kept = await core.accountData.get(user, lastDatum);
  if (kept === undefined) throw new StanzaError("item-not-found", "never here");
  const { at, status } = JSON.parse(kept) as { at: number; status: string };
  const seconds = Math.max(0, Math.floor((core.clock.now() - at) / 1000));
  return `<query xmlns="${ns.last}"${attribute("seconds", `${seconds}`)}>${escapeText(status)}</query>`;
}

/** RFC 6121 §8.5.1: of an account that is none nobody says that it is forbidden. */
async function notFor(session: XmppSession, user: UserId): Promise<StanzaError> {
  const there = await session.server.core.accounts.exists(user);
  return new StanzaError(there ? "forbidden" : "service-unavailable", "not for strangers");
}

/** The account goes, unless another of its devices stays; with the status of its last unavailable presence, if any (§3.1). */
function note(session: XmppSession, status = ""): void {
  if (!availabilityOf(session).available) return;
  const { server, user, device } = session;
  const others = server.core.presence.of(user).some((signal) => signal.device !== device);
  if (!others) void keep(server, user, status);
}

function keep(server: XmppServer, user: UserId, status: string): Promise<void> {
  const said = JSON.stringify({ at: server.core.clock.now(), status: status.slice(0, 1000) });
  return server.core.accountData
    .put(user, lastDatum, said)
    .catch((error: unknown) => server.core.log.debug({ what: "last_not_kept", err: error }, "the store is away"));
}
