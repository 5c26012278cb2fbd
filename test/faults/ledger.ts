// The accounts of a fault run: who was promised what, who heard what, and what is wrong between the two.
import type { Heard } from "../support/clients/app.ts";

export interface Totals {
  readonly messages: number;
  readonly acknowledged: number;
  /** Acknowledged to the sender, and never heard by somebody it was for. */
  readonly lost: number;
  /** Heard under two names: an app that drops twins by message id shows it twice. */
  readonly duplicated: number;
  /** First heard after a later one of its conversation. */
  readonly reordered: number;
  /** Came again under its name, with the protocol's mark … */
  readonly markedTwins: number;
  /** … and without. */
  readonly unmarkedTwins: number;
  /** Came again although the client's acknowledgement was stored. */
  readonly acknowledgedTwins: number;
  /** Came again although the server had heard the acknowledgement a while before it was killed: not stored by then. */
  readonly lateTwins: number;
}

interface Sent {
  readonly conversation: string;
  readonly readers: readonly string[];
  acknowledged: boolean;
}

interface Reader {
  /** In the order heard, first hearing only. */
  readonly order: { readonly conversation: string; readonly mid: string }[];
  readonly namesOf: Map<string, Set<string>>;
  readonly known: Set<string>;
  /** When the server had certainly heard the acknowledgement of the message. */
  readonly provedAt: Map<string, number>;
  /** The acknowledgement is stored. */
  readonly settled: Set<string>;
}

/** How long an acknowledgement that the server has heard may wait to be stored, on a quiet machine, in milliseconds. */
const graceMs = 50;

export class Ledger {
  readonly #sent = new Map<string, Sent>();
  readonly #readers = new Map<string, Reader>();
  readonly findings: string[] = [];
  #killedAt = 0;
  #markedTwins = 0;
  #unmarkedTwins = 0;
  #acknowledgedTwins = 0;
  #lateTwins = 0;

  send(body: string, conversation: string, readers: readonly string[]): void {
    this.#sent.set(body, { conversation, readers, acknowledged: false });
  }

  acknowledge(body: string): void {
    this.#sent.get(body)!.acknowledged = true;
  }

  kill(): void {
    this.#killedAt = performance.now();
  }

  /** Acknowledgements of these messages by this reader have been heard, as a round trip after them showed. */
  prove(name: string, mids: readonly string[]): void {
    const { provedAt } = this.#reader(name);
    const now = performance.now();
    for (const mid of mids) if (!provedAt.has(mid)) provedAt.set(mid, now);
  }

  /** They have been stored: something that the reader sent after them was. */
  settle(name: string, mids: readonly string[]): void {
    const { settled } = this.#reader(name);
    for (const mid of mids) settled.add(mid);
  }

  hear(name: string, { mid, body, marked }: Heard): void {
    const reader = this.#reader(name);
    const sent = this.#sent.get(body);
    if (sent === undefined) return void this.#find(`${name} heard ${body}, which nobody sent`);
    if (mid === "") return void this.#find(`${name} heard ${body} without a name`);
    const names = reader.namesOf.get(body) ?? new Set();
    reader.namesOf.set(body, names.add(mid));
    if (reader.known.has(mid)) return this.#twin(name, mid, body, marked);
    reader.known.add(mid);
    reader.order.push({ conversation: sent.conversation, mid });
  }

  /** Acknowledged messages that readers still wait for. */
  get outstanding(): number {
    let count = 0;
    for (const [body, { acknowledged, readers }] of this.#sent) {
      if (!acknowledged) count++;
      for (const name of readers) if (!this.#reader(name).namesOf.has(body)) count++;
    }
    return count;
  }

  /** `seqOf` gives a message's place in its conversation, from the server's own history. */
  close(seqOf: ReadonlyMap<string, number>): Totals {
    let acknowledged = 0;
    let lost = 0;
    let duplicated = 0;
    const tails = this.#tails();
    for (const [body, sent] of this.#sent) {
      if (sent.acknowledged) acknowledged++;
      for (const name of sent.readers) {
        const names = this.#reader(name).namesOf.get(body)?.size ?? 0;
        if (names === 0 && sent.acknowledged) lost++;
        if (names === 0 && sent.acknowledged)
          this.#find(
            `${name} never heard ${body}${tails.get(name)?.has(body) === true ? ", nor anything after it" : ""}`,
          );
        if (names > 1) duplicated++;
        if (names > 1) this.#find(`${name} heard ${body} under ${names} names`);
      }
    }
    return {
      messages: this.#sent.size,
      acknowledged,
      lost,
      duplicated,
      reordered: this.#reordered(seqOf),
      markedTwins: this.#markedTwins,
      unmarkedTwins: this.#unmarkedTwins,
      acknowledgedTwins: this.#acknowledgedTwins,
      lateTwins: this.#lateTwins,
    };
  }

  /** For each reader what was sent after all that it heard: it may have been on its way still. */
  #tails(): ReadonlyMap<string, ReadonlySet<string>> {
    const tails = new Map<string, Set<string>>();
    for (const [body, { readers }] of [...this.#sent].reverse()) {
      for (const name of readers) {
        const tail = tails.get(name) ?? new Set();
        tails.set(name, tail);
        // What was heard ends it: a mark that no message has.
        if (this.#reader(name).namesOf.has(body)) tail.add("");
        else if (!tail.has("")) tail.add(body);
      }
    }
    return tails;
  }

  #reordered(seqOf: ReadonlyMap<string, number>): number {
    let count = 0;
    for (const [name, { order }] of this.#readers) {
      const last = new Map<string, number>();
      for (const { conversation, mid } of order) {
        const seq = seqOf.get(mid);
        if (seq === undefined) this.#find(`${name} heard ${mid}, which is in no history`);
        const before = last.get(conversation) ?? 0;
        if (seq !== undefined && seq < before) {
          count++;
          this.#find(`${name} heard ${conversation} ${seq} after ${before}`);
        }
        last.set(conversation, Math.max(before, seq ?? 0));
      }
    }
    return count;
  }

  #twin(name: string, mid: string, body: string, marked: boolean): void {
    if (marked) this.#markedTwins++;
    else this.#unmarkedTwins++;
    const where = this.#sent.get(body)!.conversation;
    if (!marked) this.#find(`${name} heard ${body} in ${where} again, unmarked`);
    const { settled, provedAt } = this.#reader(name);
    if (settled.has(mid)) {
      this.#acknowledgedTwins++;
      this.#find(`${name} heard ${body} in ${where} again, after its acknowledgement was stored`);
    } else if (this.#killedAt - (provedAt.get(mid) ?? Infinity) > graceMs) this.#lateTwins++;
  }

  #reader(name: string): Reader {
    let reader = this.#readers.get(name);
    if (reader === undefined) {
      reader = { order: [], namesOf: new Map(), known: new Set(), provedAt: new Map(), settled: new Set() };
      this.#readers.set(name, reader);
    }
    return reader;
  }

  #find(what: string): void {
    if (this.findings.length < 40) this.findings.push(what);
  }
}

export function report(rounds: number, totals: Totals): string {
  const { messages, acknowledged, lost, duplicated, reordered, markedTwins, unmarkedTwins } = totals;
  return (
    `rounds ${rounds}, messages ${messages}, acknowledged ${acknowledged}, lost ${lost}, duplicated ${duplicated}, ` +
    `reordered ${reordered}, twins on the wire ${markedTwins + unmarkedTwins} (marked ${markedTwins} / unmarked ` +
    `${unmarkedTwins}; of messages whose acknowledgement was stored ${totals.acknowledgedTwins}, heard ${graceMs} ms ` +
    `before the kill and not yet stored ${totals.lateTwins})`
  );
}
