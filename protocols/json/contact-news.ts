// What changed in the account's own lists, by whatever device of it or by the other side: presence watches follow.
import type { Attention, AttentionSignal, BlockingSignal, Contact, ContactSignal } from "#core";
import type { Names } from "./addressing.ts";
import type { JsonSession } from "./session.ts";
import { sees, stranger } from "./subscription.ts";

/** What a client is shown of a line of its list. */
export function contactFields(line: Contact, names: Names) {
  const { contact, name, groups, subscription, ask, pendingIn } = line;
  return { user: names.ofUser(contact), name, groups, subscription, asked: ask, asks: pendingIn };
}

export function attentionFields(attention: Attention | undefined) {
  const until = attention?.until;
  return { notify: attention?.level ?? null, until: until === undefined ? undefined : new Date(until).toISOString() };
}

export function hearNews(session: JsonSession, news: ContactSignal | BlockingSignal | AttentionSignal): void {
  const byOther = news.by !== session.attached.id; // else its reply has said it
  if (news.name === "contact") {
    follow(session, news);
    if (byOther) session.tell(contactLine(session, news));
  } else if (news.name === "attention") {
    const c = session.names.ofConversation(news.conversation);
    if (byOther) session.tell(JSON.stringify({ type: "mute", c, ...attentionFields(news.attention) }));
  } else if (byOther) {
    const users = news.addresses.map((address) => nameOfAddress(session.names, address));
    session.tell(JSON.stringify({ type: "block", users, blocked: news.blocked }));
  }
}

function contactLine({ names, user }: JsonSession, { contact, line }: ContactSignal): string {
  const shown = line ?? stranger(user, contact);
  return JSON.stringify({
    type: "contact",
    ...contactFields(shown, names),
    removed: line === undefined ? true : undefined,
  });
}

/** A host stays as it is. */
export function nameOfAddress(names: Names, address: string): string {
  return address.includes("@") ? names.ofUser(address as Contact["contact"]) : address;
}

function follow({ attached, core }: JsonSession, { contact, line }: ContactSignal): void {
  if (line !== undefined && sees(line)) core.presence.watch(attached, contact);
  else core.presence.unwatch(attached, contact);
}
