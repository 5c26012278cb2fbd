// What many get alike but for the address: encoded once for all of them, and the address once for each session.
import { Spliced } from "#core";
import { attribute } from "./print.ts";
import type { XmppSession } from "./session.ts";
import { slot } from "./slot.ts";

/** A stanza with a gap for `to` between its halves. */
export type Halves = readonly [head: Buffer, tail: Buffer];

const addressOf = slot((session) => Buffer.from(attribute("to", session.jid)));

export function encoded([head, tail]: readonly [string, string]): Halves {
  return [Buffer.from(head), Buffer.from(tail)];
}

export function addressedTo(session: XmppSession, [head, tail]: Halves): Spliced {
  return new Spliced(head, addressOf(session), tail);
}
