import { type Contact, Fault, type UserId } from "#core";
import { z } from "zod";
import { contactFields } from "../contact-news.ts";
import { Refusal } from "../faults.ts";
import { text, userField } from "../fields.ts";
import { page } from "../page.ts";
import type { JsonSession } from "../session.ts";
import { accepted, asked, type Pair, parted, stranger } from "../subscription.ts";
import { verb } from "../verb.ts";

const schema = z.object({
  /** At most one of these three; none: the list. */
  add: userField.optional(),
  accept: userField.optional(),
  remove: userField.optional(),
  /** With `add`: how to call them, and under which headings. */
  name: text(200).optional(),
  groups: z.array(text(100)).max(20).optional(),
});

/** The contact list. `add` asks to see somebody's presence, `accept` lets them see mine, `remove` ends both. */
export const contacts = verb(schema, async ({ add, accept, remove, name, groups }, session) => {
  if ([add, accept, remove].filter((each) => each !== undefined).length > 1)
    throw new Refusal("bad-request", "one of add, accept, remove");
  if (add !== undefined)
    return change(session, add, (pair) => renamed(asked(pair.mine.pendingIn ? accepted(pair) : pair), name, groups));
  if (accept !== undefined) return change(session, accept, acceptedIfAsked);
  if (remove !== undefined) return removed(session, remove);
  return list(session);
});

async function list({ core, names, options, user }: JsonSession) {
  const lines = (await core.contacts.list(user)).map((contact) => JSON.stringify(contactFields(contact, names)));
  const { json, taken } = page(lines, options.maxFrame);
  return `"contacts":${json},"more":${taken < lines.length}`;
}

async function change(session: JsonSession, other: string, step: (pair: Pair) => Pair) {
  const { core, names } = session;
  const { mine, theirs } = step(await pairWith(session, names.user(other)));
  await core.contacts.put(theirs, session.attached);
  await core.contacts.put(mine, session.attached);
  return { contact: contactFields(mine, names) };
}

async function removed(session: JsonSession, other: string) {
  const { core, names, user } = session;
  const contact = names.user(other);
  const known = await core.contacts.get(contact, user);
  const { theirs } = parted(await pairWith(session, contact));
  if (known !== undefined) await core.contacts.put(theirs, session.attached);
  await core.contacts.remove(user, contact, session.attached);
  return {};
}

async function pairWith({ core, user }: JsonSession, other: UserId): Promise<Pair> {
  if (other === user) throw new Refusal("bad-request", "oneself is no contact");
  if (!(await core.accounts.exists(other))) throw new Fault("not-found", "no such account");
  const mine = (await core.contacts.get(user, other)) ?? stranger(user, other);
  const theirs = (await core.contacts.get(other, user)) ?? stranger(other, user);
  return { mine, theirs };
}

function acceptedIfAsked(pair: Pair): Pair {
  if (!pair.mine.pendingIn) throw new Fault("not-found", "nobody of that name asked");
  return accepted(pair);
}

function renamed({ mine, theirs }: Pair, name: string | undefined, groups: readonly string[] | undefined): Pair {
  const line: Contact = { ...mine, name: name ?? mine.name, groups: groups ?? mine.groups };
  return { mine: line, theirs };
}
