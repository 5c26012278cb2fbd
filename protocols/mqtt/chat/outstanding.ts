// Which entries a client has, per conversation: acknowledged in any order, told to the core without a hole (P4, P5).
import type { ConversationId } from "#core";

interface Line {
  readonly seqs: number[];
  /** Acknowledgements still to come for each. */
  readonly owed: number[];
}

/** Bounded by what is in flight: a conversation with nothing outstanding is not kept. */
export class Outstanding {
  readonly #lines = new Map<ConversationId, Line>();

  /**
   * The entry was sent, `times` over; seq grows within a conversation. With 0 it is as if acknowledged: then the seq is
   * returned when nothing before it is outstanding.
   */
  add(conversation: ConversationId, seq: number, times: number): number | undefined {
    let line = this.#lines.get(conversation);
    if (line === undefined) {
      if (times === 0) return seq;
      this.#lines.set(conversation, (line = { seqs: [], owed: [] }));
    }
    line.seqs.push(seq);
    line.owed.push(times);
    return undefined;
  }

  /** One acknowledgement. Returns up to where the conversation is received without a hole, when that moved. */
  acknowledge(conversation: ConversationId, seq: number): number | undefined {
    const line = this.#lines.get(conversation);
    const at = line?.seqs.indexOf(seq) ?? -1;
    if (line === undefined || at === -1) return undefined;
    line.owed[at]!--;
    if (at > 0) return undefined;
    let through = 0;
    while (through < line.owed.length && line.owed[through]! <= 0) through++;
    if (through === 0) return undefined;
    const clear = line.seqs[through - 1]!;
    line.seqs.splice(0, through);
    line.owed.splice(0, through);
    if (line.seqs.length === 0) this.#lines.delete(conversation);
    return clear;
  }
}
