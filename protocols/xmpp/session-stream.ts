// What a session needs of what carries it: a client's stream, or its part of a component's.
import type { Fault, Link, Spliced } from "#core";
import type { XmppSession } from "./session.ts";

export interface SessionStream {
  readonly link: Pick<Link, "buffered" | "remote">;
  /** Of stanzas that name none. */
  readonly lang: string | undefined;
  send(xml: string | Spliced): void;
  bound(session: XmppSession): void;
  /** The session goes on elsewhere. */
  abandon(): void;
  /** Some of what was unanswered is answered. */
  eased(): void;
  /** For good, with an error or in good order; the session with it. */
  end(fault?: Fault): void;
}
