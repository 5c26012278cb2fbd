// From the session's outbox to the socket, at the client's pace: the bytes its socket still owes are the window.
import {
  type AttentionSignal,
  type BlockingSignal,
  type Clock,
  type ContactSignal,
  type ConversationId,
  type Delivery,
  Fault,
  type Link,
  type NodeSignal,
  type Session,
} from "#core";
import type { JsonOptions } from "./options.ts";
import type { Outgoing } from "./outgoing.ts";
import type { Events } from "./translate.ts";

const slice = 64;
const pollMs = 1_000;
const lagFrom = 0.8;
const lagOver = 0.5;

export interface DeliverParts {
  readonly session: Session;
  readonly link: Pick<Link, "buffered">;
  readonly outgoing: Outgoing;
  readonly events: Events;
  readonly clock: Clock;
  readonly options: Pick<JsonOptions, "highWater" | "stuckMs">;
  /** The account's own lists changed. */
  heard(news: ContactSignal | BlockingSignal | AttentionSignal): void;
  /** The outbox is nearly full; `conversation` is the log that was delivered last. */
  lags(conversation: ConversationId | undefined): void;
  /** All that `expect` named has been delivered. */
  synced(): void;
  /** The socket has not moved for too long. */
  stuck(fault: Fault): void;
}

export class Deliveries {
  readonly #parts: DeliverParts;
  /** Heads of the conversations that were behind when the session began. */
  readonly #expected = new Map<string, number>();
  #started = false;
  #caughtUp = false;
  #last: ConversationId | undefined;
  #lagging = false;
  /** When the full socket last moved, and what it owed then. */
  #stalledAt: number | undefined;
  #owed = 0;
  #cancelPoll: () => void = () => undefined;

  constructor(parts: DeliverParts) {
    this.#parts = parts;
  }

  /** `synced` waits for this conversation to be delivered up to `head`. */
  expect(conversation: string, head: number): void {
    this.#expected.set(conversation, head);
  }

  /** The socket is full; it will be asked again when it has drained. */
  get stalled(): boolean {
    return this.#stalledAt !== undefined;
  }

  /** From now on the outbox is drained: `auth` has been answered. */
  start(): void {
    this.#started = true;
    this.#settleSync();
    this.#parts.outgoing.schedule();
  }

  stop(): void {
    this.#started = false;
    this.#cancelPoll();
  }

  /** Once a tick: moves deliveries to the frame until the socket owes `highWater` bytes; the rest waits in the outbox. */
  drain(): void {
    if (!this.#started) return;
    const { session, link, outgoing, options } = this.#parts;
    while (session.waiting > 0) {
      if (link.buffered + outgoing.bytes >= options.highWater) return this.#stall();
      for (const delivery of session.take(slice)) this.#deliver(delivery);
    }
    this.#moves();
  }

  #deliver({ event, redelivered, terms }: Delivery): void {
    const { events, outgoing, session } = this.#parts;
    if (event.type === "entry") {
      outgoing.push(events.entry(event, session, redelivered));
      this.#last = event.conversation;
      if (this.#expected.size > 0) this.#reached(event.conversation, event.seq);
    } else if (event.type === "publication") outgoing.push(events.publication(event, terms?.retain ?? false));
    else if (event.type === "receipt") outgoing.push(events.receipt(event));
    else if (event.name === "contact" || event.name === "blocking" || event.name === "attention")
      this.#parts.heard(event);
    else if (event.name === "relay") outgoing.push(events.relay(event));
    else if (event.name === "node") this.#node(event);
    else outgoing.push(events.signal(event));
  }

  #node(signal: NodeSignal): void {
    const line = this.#parts.events.node(signal);
    if (line !== undefined) this.#parts.outgoing.push(line);
  }

  #reached(conversation: string, seq: number): void {
    const head = this.#expected.get(conversation);
    if (head === undefined || seq < head) return;
    this.#expected.delete(conversation);
    this.#settleSync();
  }

  #settleSync(): void {
    if (this.#caughtUp || this.#expected.size > 0) return;
    this.#caughtUp = true;
    this.#parts.synced();
  }

  /** The socket is full: its `drained` will call again, unless the client never reads. */
  #stall(): void {
    if (this.#stalledAt !== undefined) return;
    this.#stalledAt = this.#parts.clock.now();
    this.#owed = this.#parts.link.buffered;
    this.#poll();
  }

  #moves(): void {
    if (this.#stalledAt === undefined) return;
    this.#stalledAt = undefined;
    this.#cancelPoll();
    if (this.#parts.session.fullness < lagOver) this.#lagging = false;
  }

  #poll(): void {
    const { clock, link, session, options } = this.#parts;
    this.#cancelPoll = clock.after(pollMs, () => {
      if (this.#stalledAt === undefined) return;
      if (link.buffered < this.#owed) this.#stalledAt = clock.now();
      this.#owed = link.buffered;
      if (clock.now() - this.#stalledAt >= options.stuckMs) {
        return this.#parts.stuck(
          new Fault("slow-consumer", "the socket does not take what it is owed", { ends: "connection" }),
        );
      }
      if (!this.#lagging && session.fullness >= lagFrom) {
        this.#lagging = true;
        this.#parts.lags(this.#last);
      }
      this.#poll();
    });
  }
}
