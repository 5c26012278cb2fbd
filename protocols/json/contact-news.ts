// A change of a contact, told to the JSON devices of both sides, whose presence watches follow it.
import type { Contact } from "#core";
import { z } from "zod";
import type { Names } from "./addressing.ts";
import type { JsonSession } from "./session.ts";
import { sees } from "./subscription.ts";

/** What a client is shown of a line of its list. */
export function contactFields(line: Contact, names: Names) {
  const { contact, name, groups, subscription, ask, pendingIn } = line;
  return { user: names.ofUser(contact), name, groups, subscription, asked: ask, asks: pendingIn };
}

const news = z.object({ by: z.string(), user: z.string(), sees: z.boolean(), line: z.string() });

/** Tells the devices of both accounts on every node, at most once: the list itself is the truth. */
export function tellChange(session: JsonSession, mine: Contact, theirs: Contact): void {
  for (const line of [mine, theirs]) {
    const shown = JSON.stringify({ type: "contact", ...contactFields(line, session.names) });
    const payload = JSON.stringify({
      by: session.attached.id,
      user: line.contact,
      sees: sees(line),
      line: shown,
    } satisfies z.output<typeof news>);
    session.core.signals.relay(session.attached, "json", line.owner, undefined, payload);
  }
  follow(session, mine.contact, sees(mine));
}

/** A change made on another device. */
export function hearChange(session: JsonSession, payload: string): void {
  const heard = news.safeParse(JSON.parse(payload));
  if (!heard.success) return; // in the words of a newer node
  const { by, user, sees: seen, line } = heard.data;
  if (by === session.attached.id) return; // its reply has said it
  follow(session, user as Contact["contact"], seen);
  session.tell(line);
}

function follow({ attached, core }: JsonSession, contact: Contact["contact"], seen: boolean): void {
  if (seen) core.presence.watch(attached, contact);
  else core.presence.unwatch(attached, contact);
}
