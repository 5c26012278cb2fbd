// XEP-0441: what of an account's archive its owner wants to see in it. The log itself is everybody's who takes part: what is
// not wanted is left out of the archive, and not out of the log.
import { type ConversationId, directOf, type UserId } from "#core";
import { parseJid } from "./addressing.ts";
import { StanzaError } from "./faults.ts";
import type { XmppServer } from "./server.ts";

export interface ArchivePreferences {
  readonly default: "always" | "never" | "roster";
  /** Bare JIDs. */
  readonly always: readonly string[];
  readonly never: readonly string[];
}

export const usualPreferences: ArchivePreferences = { default: "always", always: [], never: [] };

const datum = "xmpp/archive-preferences";

export async function preferencesOf(server: XmppServer, user: UserId): Promise<ArchivePreferences> {
  const text = await server.core.accountData.get(user, datum);
  return text === undefined ? usualPreferences : (JSON.parse(text) as ArchivePreferences);
}

export function keepPreferences(server: XmppServer, user: UserId, wanted: ArchivePreferences): Promise<void> {
  return server.core.accountData.put(user, datum, JSON.stringify(wanted));
}

/** Bare, for a whole account is one conversation; the same ones once. */
export function peersIn(jids: readonly string[]): readonly string[] {
  return [
    ...new Set(
      jids.map((text) => {
        const jid = parseJid(text);
        if (jid === undefined) throw new StanzaError("jid-malformed", "a preference");
        return jid.bare;
      }),
    ),
  ];
}

/** What of the account's conversations its archive holds. */
export async function archivedOf(
  server: XmppServer,
  user: UserId,
): Promise<{ readonly only?: readonly ConversationId[]; readonly but?: readonly ConversationId[] }> {
  const wanted = await preferencesOf(server, user);
  const withPeer = (peer: string): ConversationId => directOf(user, peer as UserId);
  const never = new Set(wanted.never);
  if (wanted.default === "always") return never.size === 0 ? {} : { but: [...never].map(withPeer) };
  const listed = wanted.default === "never" ? [] : await server.core.contacts.list(user);
  const peers = new Set([...wanted.always, ...listed.map(({ contact }) => contact as string)]);
  return { only: [...peers].filter((peer) => !never.has(peer)).map(withPeer) };
}
