// Receipts and markers name messages by their stanza ids, the core by seq: what each session remembers of both.
import { type ConversationId, deviceKey, type Envelope, ownText } from "#core";
import { serverSlot } from "./server-slot.ts";
import type { XmppSession } from "./session.ts";
import { slot } from "./slot.ts";
import { readEntry } from "./translate.ts";

const heardBound = 512;
const sentBound = 128; // in each conversation
const conversationsBound = 32;

/** Messages a client has got and may answer for, by their ids. The oldest are forgotten, and then looked up in the log. */
export class HeardIds {
  readonly #seqs = new Map<string, number>();

  add(entry: Envelope): void {
    const { i: id, q: asks } = readEntry(entry).note;
    if (asks === undefined) return;
    if (this.#seqs.size >= heardBound) this.#seqs.delete(this.#seqs.keys().next().value!);
    this.#seqs.set(ownText(`${entry.conversation} ${id ?? entry.mid}`), entry.seq);
  }

  seq(conversation: ConversationId, id: string): number | undefined {
    return this.#seqs.get(`${conversation} ${id}`);
  }
}

interface Sent {
  readonly seq: number;
  readonly id: string;
  readonly wantsReceipt: boolean;
}

interface SentTo {
  /** Not known to be read, ascending. */
  sent: Sent[];
  /** The first so many are known to be delivered. */
  delivered: number;
}

/** Messages a device has sent under an id: it is told when they arrive and when they are read. The oldest are forgotten. */
export class SentIds {
  readonly #to = new Map<ConversationId, SentTo>();

  add(entry: Envelope): void {
    const { i: id, q: asks } = readEntry(entry).note;
    if (id === undefined) return;
    let to = this.#to.get(entry.conversation);
    if (to === undefined) {
      if (this.#to.size >= conversationsBound) this.#to.delete(this.#to.keys().next().value!);
      this.#to.set(entry.conversation, (to = { sent: [], delivered: 0 }));
    }
    if ((to.sent.at(-1)?.seq ?? 0) >= entry.seq) return; // told again of an old one
    to.sent.push({ seq: entry.seq, id: ownText(id), wantsReceipt: asks === 1 || asks === 3 });
    if (to.sent.length <= sentBound) return;
    to.sent.shift();
    to.delivered = Math.max(0, to.delivered - 1);
  }

  /** Whether anything sent to the conversation is known. */
  knows(conversation: ConversationId): boolean {
    return this.#to.has(conversation);
  }

  /** Ids up to `seq` that wait for a receipt; they wait no longer. */
  delivered(conversation: ConversationId, seq: number): string[] {
    const to = this.#to.get(conversation);
    const ids: string[] = [];
    for (; to !== undefined && to.delivered < to.sent.length && to.sent[to.delivered]!.seq <= seq; to.delivered++) {
      const { id, wantsReceipt } = to.sent[to.delivered]!;
      if (wantsReceipt) ids.push(id);
    }
    return ids;
  }

  /** Ids up to `seq`, read now; nothing more is to be told of them. */
  read(conversation: ConversationId, seq: number): string[] {
    const to = this.#to.get(conversation);
    if (to === undefined) return [];
    let count = 0;
    while (count < to.sent.length && to.sent[count]!.seq <= seq) count++;
    to.delivered = Math.max(0, to.delivered - count);
    return to.sent.splice(0, count).map(({ id }) => id);
  }
}

export const heardIds = slot(() => new HeardIds());

const rememberedDevices = 1000;
/** What devices that are away have sent: news of it comes when they are back. */
const awayOf = serverSlot(() => new Map<string, SentIds>());

export const sentIds = slot(
  (session) => awayOf(session.server).get(deviceKey(session.user, session.device)) ?? new SentIds(),
);

/** The device goes, and may come back. */
export function keepSentIds(session: XmppSession): void {
  const devices = awayOf(session.server);
  if (devices.size >= rememberedDevices) devices.delete(devices.keys().next().value!);
  devices.set(deviceKey(session.user, session.device), sentIds(session));
}
