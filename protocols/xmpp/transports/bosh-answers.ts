// What a BOSH session has answered: kept for as long as the client may ask for it again (XEP-0124 §14.3).

export interface Answer {
  readonly text: string;
  /** Bytes of payloads that nobody is known to have got. */
  unsent: number;
}

export class BoshAnswers {
  readonly #answers = new Map<number, Answer>();
  #unsent = 0;

  /** Bytes of payloads that may not have arrived. */
  get unsent(): number {
    return this.#unsent;
  }

  add(rid: number, text: string, payloadBytes: number): Answer {
    const answer: Answer = { text, unsent: payloadBytes };
    this.#unsent += payloadBytes;
    this.#answers.set(rid, answer);
    return answer;
  }

  get(rid: number): Answer | undefined {
    return this.#answers.get(rid);
  }

  /** The kernel has it. */
  sent(answer: Answer): void {
    this.#unsent -= answer.unsent;
    answer.unsent = 0;
  }

  /** The client has all up to this one, which need not be kept. */
  arrived(last: number): void {
    for (const [rid, answer] of this.#answers) {
      if (rid > last) continue;
      this.#answers.delete(rid);
      this.sent(answer);
    }
  }
}
