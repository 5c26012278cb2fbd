// What a session keeps between connections besides the core's part of it (MQTT 5.0 §4.1), as the JSON of DeviceRecord.state.
import type { ConversationId } from "#core";
import { Received } from "./received.ts";
import type { Qos } from "./packet.ts";

/** A subscription to `chat/` topics; those to plain topics are the core's. */
export interface ChatSubscription {
  readonly filter: string;
  readonly qos: Qos;
  readonly noLocal: boolean;
  readonly id?: number | undefined;
}

/** A log entry that was sent and not finished: a resend takes the same identifier [MQTT-4.4.0-1]. */
export interface SentEntry {
  readonly conversation: ConversationId;
  readonly seq: number;
  readonly messageId: number;
}

interface Stored {
  readonly v: 1;
  readonly received?: readonly number[];
  readonly released?: readonly (readonly [number, number])[];
  readonly settling?: readonly number[];
  readonly sentTo?: number;
  readonly entries?: readonly (readonly [ConversationId, number, number])[];
  readonly chat?: readonly ChatSubscription[];
}

const none: readonly SentEntry[] = [];

/** Made of what is there: most sessions have none of it, and an idle connection should weigh little. */
export class SessionState {
  /** Packet identifiers of QoS 2 messages from the client that we answered with PUBREC and it did not release yet. */
  get received(): Received {
    return (this.#received ??= new Received());
  }
  /** Identifiers we released (PUBREC came) and the client did not complete; with the queue position each stood for, or 0. */
  get released(): Map<number, number> {
    return (this.#released ??= new Map());
  }
  /**
   * Queue positions whose entries were released, and which the store may still hold: an exchange may be complete before
   * the end of its entry is durable, and would begin anew after a crash.
   */
  get settling(): Set<number> {
    return (this.#settling ??= new Set());
  }
  /** Queue positions up to this one were sent before: a resend carries DUP. */
  sentTo: number;
  entries: readonly SentEntry[] = none;
  get chat(): Map<string, ChatSubscription> {
    return (this.#chat ??= new Map());
  }
  #received: Received | undefined;
  #released: Map<number, number> | undefined;
  #settling: Set<number> | undefined;
  #chat: Map<string, ChatSubscription> | undefined;

  constructor(stored: Stored = { v: 1 }) {
    this.sentTo = stored.sentTo ?? 0;
    if (stored.received !== undefined) this.#received = new Received(stored.received);
    if (stored.released !== undefined) this.#released = new Map(stored.released);
    if (stored.settling !== undefined) this.#settling = new Set(stored.settling);
    if (stored.entries !== undefined)
      this.entries = stored.entries.map(([conversation, seq, messageId]) => ({ conversation, seq, messageId }));
    if (stored.chat !== undefined)
      this.#chat = new Map(stored.chat.map((subscription) => [subscription.filter, subscription]));
  }

  /** State written by this front-end; anything else is an empty state. */
  static parse(state: string | undefined): SessionState {
    if (state === undefined || state === "") return new SessionState();
    const stored = JSON.parse(state) as Stored;
    return stored.v === 1 ? new SessionState(stored) : new SessionState();
  }

  serialise(): string {
    const stored: Stored = {
      v: 1,
      received: this.received.held(),
      released: [...this.released],
      settling: [...this.settling],
      sentTo: this.sentTo,
      entries: this.entries.map(({ conversation, seq, messageId }) => [conversation, seq, messageId] as const),
      chat: [...this.chat.values()],
    };
    return JSON.stringify(stored);
  }
}

/**
 * The identifier of a queue entry, the same whenever it is sent, after a kill -9 too: positions are dense, so
 * neighbours differ and 65,535 entries go by before one comes again.
 */
export function idOfPosition(position: number): number {
  return ((position - 1) % 0xffff) + 1;
}
