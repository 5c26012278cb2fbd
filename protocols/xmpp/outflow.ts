// A session's way out: entries at the client's pace, and what becomes of them when it has acknowledged them.
import type { ConversationId, Spliced } from "#core";
import { ns } from "./namespaces.ts";
import type { XmppSession } from "./session.ts";
import type { Place } from "./stream-management.ts";

/** A peer that takes nothing is sent no more than this; the rest waits in the outbox, and then in the log. */
const highWater = 256 << 10;
/** How often a client that is sent pages is looked at. */
const easeMs = 50;
const patienceMs = 30_000;
const takenAtOnce = 128;
const clearedAtOnce = 1000;
/** Stanzas that are no log entries, and that a hibernating client would have to be sent again. */
const unackedBound = 2000;
/** How long they may be together, log entries with them: bytes, or characters. */
const unackedSizeBound = 16 << 20;
/** Unacknowledged stanzas after which we ask, entries of logs aside: those we ask for at once. */
const askAfter = 16;

export class Outflow {
  readonly #session: XmppSession;
  /** Without XEP-0198: entries sent, and perhaps not with the kernel yet. */
  #sent: Map<ConversationId, Place> | undefined;
  /** Acknowledged, and not told to the core yet. */
  #untold: Map<ConversationId, number> | undefined;
  #held = 0;
  /** Called once, before the next stanza goes out. */
  ahead: (() => void) | undefined;

  constructor(session: XmppSession) {
    this.#session = session;
  }

  /** A stanza to the client. While the session waits to be resumed it is kept. */
  send(xml: string | Spliced): void {
    if (this.#session.over) return;
    if (this.ahead !== undefined) this.#goAhead();
    if (this.#session.sm !== undefined) {
      this.#session.sm.push(xml);
      const { unacked, size } = this.#session.sm;
      if (unacked > unackedBound || size > unackedSizeBound) return this.#session.overflowed();
      if (unacked >= askAfter || size > highWater) this.#session.server.drainSoon(this.#session);
    }
    this.#session.stream?.send(xml);
  }

  /** An entry of a log to the client: acknowledged by it, or without XEP-0198 once the kernel has it. */
  sendEntry(xml: string | Spliced, place: Place): void {
    if (this.ahead !== undefined) this.#goAhead();
    if (this.#session.sm !== undefined) this.#session.sm.push(xml, place);
    else (this.#sent ??= new Map()).set(place.conversation, place);
    this.#session.stream?.send(xml);
  }

  /** An entry the client is not to see: acknowledged as soon as all before it is. */
  skipEntry(place: Place): void {
    if (this.#session.sm !== undefined) {
      if (!this.#session.sm.cover(place)) this.acknowledge(place);
    } else if (this.#sent !== undefined && this.#sent.size > 0) this.#sent.set(place.conversation, place);
    else this.acknowledge(place);
  }

  acknowledge({ conversation, seq, lazily }: Place): void {
    if (lazily === true) (this.#untold ??= new Map()).set(conversation, seq);
    else if (this.#session.core.attached)
      this.#session.server.core.conversations.ack(this.#session.core, conversation, seq);
  }

  /** Tells the core what was acknowledged lazily. */
  tellAcknowledged(): void {
    const untold = this.#untold;
    this.#untold = undefined;
    for (const [conversation, seq] of untold ?? []) this.acknowledge({ conversation, seq });
  }

  /** Something waits in the outbox. */
  wake(): void {
    this.#session.server.drainSoon(this.#session);
  }

  /** Brings what waits in the outbox, as far as the client keeps up. */
  drain(): void {
    if (this.#held > 0 || this.#session.over) return;
    while (this.#session.stream !== undefined) {
      const taken = this.#session.core.take(this.#room());
      if (taken.length === 0) break;
      for (const delivery of taken) this.#session.server.deliver(this.#session, delivery);
    }
    this.#ask();
  }

  /** Brings all that waits, whatever the client's pace: for a change of what is to be brought. */
  clear(): void {
    for (
      let taken = this.#session.core.take(clearedAtOnce);
      taken.length > 0;
      taken = this.#session.core.take(clearedAtOnce)
    ) {
      for (const delivery of taken) this.#session.server.deliver(this.#session, delivery);
    }
  }

  /** All that was sent is with the kernel. */
  flushed(): void {
    if (this.#sent !== undefined && this.#sent.size > 0 && this.#session.stream?.link.buffered === 0) {
      const sent = [...this.#sent.values()];
      this.#sent.clear();
      for (const place of sent) this.acknowledge(place);
    }
    if (this.#session.core.waiting > 0) this.drain();
  }

  /**
   * Resolves when the client takes what it is sent, for what need not be sent before; at once when nobody is there. Who has
   * XEP-0198 and acknowledges nothing for long gets the rest all the same, and is cut off once that is more than is kept.
   */
  async eased(): Promise<void> {
    const { clock } = this.#session.server.core;
    for (let waited = 0; !this.#session.over; waited += easeMs) {
      const full = (this.#session.stream?.link.buffered ?? 0) >= highWater;
      const owed = this.#owes(0.5) && waited < patienceMs;
      if (!full && !owed) return;
      if (owed && !this.#session.sm!.requested) this.request();
      await new Promise<void>((resolve) => clock.after(easeMs, resolve));
    }
  }

  /** Holds the outbox back while a feature brings things that come before it; `release` once for each. */
  hold(): void {
    this.#held++;
  }

  release(): void {
    if (--this.#held === 0) this.drain();
  }

  #goAhead(): void {
    const ahead = this.ahead!;
    this.ahead = undefined;
    ahead();
  }

  #room(): number {
    if (this.#session.stream!.link.buffered >= highWater) return 0;
    if (this.#session.sm === undefined) return takenAtOnce;
    if (this.#owes(0.5)) return 0;
    return Math.max(0, Math.min(takenAtOnce, this.#session.server.settings.window - this.#session.sm.unacked));
  }

  /** That share of what may be unacknowledged is. */
  #owes(share: number): boolean {
    const { sm } = this.#session;
    return sm !== undefined && (sm.unacked >= unackedBound * share || sm.size >= unackedSizeBound * share);
  }

  #ask(): void {
    const { sm } = this.#session;
    if (sm === undefined || sm.requested || !(sm.owing || sm.unacked >= askAfter || sm.size > highWater)) return;
    this.request();
  }

  /** Asks the client what it has handled (XEP-0198 §4). */
  request(): void {
    if (this.#session.stream === undefined) return;
    this.#session.sm!.requested = true;
    this.#session.stream.send(`<r xmlns="${ns.sm}"/>`);
  }
}
