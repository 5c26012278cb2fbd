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

/**
 * What a device has sent to one conversation, not known to be read, ascending: the latest, one taking the place of the other. No
 * object for each, since it would outlive what the engine collects cheaply (bench: xmpp-chat).
 */
class SentTo {
  /** Negative where no receipt is wanted. */
  readonly #seqs: number[] = [];
  readonly #ids: string[] = [];
  /** Where the oldest stands. */
  #first = 0;
  #length = 0;
  /** The first so many are known to be delivered. */
  #delivered = 0;

  add(seq: number, id: string, wantsReceipt: boolean): void {
    if (this.#length > 0 && this.#seqAt(this.#length - 1) >= seq) return; // told again of an old one
    if (this.#length === sentBound) this.#drop();
    const place = (this.#first + this.#length++) % sentBound;
    this.#seqs[place] = wantsReceipt ? seq : -seq;
    this.#ids[place] = id;
  }

  delivered(seq: number): string[] {
    const ids: string[] = [];
    for (; this.#delivered < this.#length && this.#seqAt(this.#delivered) <= seq; this.#delivered++) {
      const place = (this.#first + this.#delivered) % sentBound;
      if (this.#seqs[place]! > 0) ids.push(this.#ids[place]!);
    }
    return ids;
  }

  read(seq: number): string[] {
    const ids: string[] = [];
    while (this.#length > 0 && this.#seqAt(0) <= seq) {
      ids.push(this.#ids[this.#first]!);
      this.#drop();
    }
    return ids;
  }

  #seqAt(n: number): number {
    return Math.abs(this.#seqs[(this.#first + n) % sentBound]!);
  }

  /** The oldest. */
  #drop(): void {
    this.#first = (this.#first + 1) % sentBound;
    this.#length--;
    if (this.#delivered > 0) this.#delivered--;
  }
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
      this.#to.set(entry.conversation, (to = new SentTo()));
    }
    to.add(entry.seq, ownText(id), asks === 1 || asks === 3);
  }

  /** Whether anything sent to the conversation is known. */
  knows(conversation: ConversationId): boolean {
    return this.#to.has(conversation);
  }

  /** Ids up to `seq` that wait for a receipt; they wait no longer. */
  delivered(conversation: ConversationId, seq: number): string[] {
    return this.#to.get(conversation)?.delivered(seq) ?? [];
  }

  /** Ids up to `seq`, read now; nothing more is to be told of them. */
  read(conversation: ConversationId, seq: number): string[] {
    return this.#to.get(conversation)?.read(seq) ?? [];
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
