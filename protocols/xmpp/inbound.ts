// A session's stanzas, counted as they come and as they are handled: in order, though they settle in any.

export class Inbound {
  #begun = 0;
  #done = 0;
  /** Handled before one ahead of them; made when there is one. */
  #early: Set<number> | undefined;
  /** Called when everything is; made when there is one. */
  #idle: (() => void)[] | undefined;

  /** All that came. */
  get begun(): number {
    return this.#begun;
  }

  /** So many, from the first on, are handled without a gap. */
  get done(): number {
    return this.#done;
  }

  get unanswered(): number {
    return this.#begun - this.#done;
  }

  /** The stanza's ticket. */
  begin(): number {
    return this.#begun++;
  }

  end(ticket: number): void {
    if (ticket !== this.#done) {
      if (ticket > this.#done) (this.#early ??= new Set()).add(ticket);
      return;
    }
    this.#done++;
    while (this.#early !== undefined && this.#early.size > 0 && this.#early.delete(this.#done)) this.#done++;
    if (this.#idle !== undefined && this.#done === this.#begun) for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Resolves once everything that came is handled. */
  idle(): Promise<void> {
    if (this.#done === this.#begun) return Promise.resolve();
    return new Promise((resolve) => (this.#idle ??= []).push(resolve));
  }
}
