/** A text for many, encoded once, but for a part in it that is each one's own. */
export class Spliced {
  readonly head: Uint8Array;
  readonly own: Uint8Array;
  readonly tail: Uint8Array;

  constructor(head: Uint8Array, own: Uint8Array, tail: Uint8Array) {
    this.head = head;
    this.own = own;
    this.tail = tail;
  }

  /** In bytes. */
  get length(): number {
    return this.head.length + this.own.length + this.tail.length;
  }

  /** Writes it; returns the position behind. */
  put(into: Uint8Array, at: number): number {
    into.set(this.head, at);
    const own = at + this.head.length;
    into.set(this.own, own);
    const tail = own + this.own.length;
    into.set(this.tail, tail);
    return tail + this.tail.length;
  }

  bytes(): Buffer {
    return Buffer.concat([this.head, this.own, this.tail]);
  }

  toString(): string {
    return this.bytes().toString();
  }
}
