// Read, change, write: one after the other for each key, so that no change is lost to another.

export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Calls `act` once everything begun under the key is done. */
  take<T>(key: string, act: () => Promise<T>): Promise<T> {
    const turn = (this.#last.get(key) ?? Promise.resolve()).then(act, act);
    this.#last.set(key, turn);
    const done = (): void => {
      if (this.#last.get(key) === turn) this.#last.delete(key);
    };
    turn.then(done, done);
    return turn;
  }
}
