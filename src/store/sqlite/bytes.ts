// Numbers, texts and bytes side by side in a buffer: what crosses to another thread, or lies in a blob, as it is.

const leastBytes = 64 * 1024;
/** A writer that has grown beyond this starts small again. */
const keptBytes = 4 * 1024 * 1024;
/** Short runs by hand: a call into native code costs more than forty bytes. */
const byHand = 48;

const doubles = new Float64Array(1);
const octets = new Uint8Array(doubles.buffer);

export class ByteWriter {
  #buffer = Buffer.allocUnsafeSlow(leastBytes);
  #at = 0;

  get at(): number {
    return this.#at;
  }

  byte(value: number): void {
    this.#need(1);
    this.#buffer[this.#at++] = value;
  }

  /** An integer from 0 to 2³² - 1, in one to five bytes. */
  uint(value: number): void {
    this.#need(5);
    let rest = value;
    for (; rest > 0x7f; rest >>>= 7) this.#buffer[this.#at++] = (rest & 0x7f) | 0x80;
    this.#buffer[this.#at++] = rest;
  }

  double(value: number): void {
    this.#need(8);
    doubles[0] = value;
    for (let i = 0; i < 8; i++) this.#buffer[this.#at++] = octets[i]!;
  }

  text(value: string): void {
    this.#need(value.length * 3 + 5);
    const start = this.#at;
    if (value.length <= byHand) {
      // As if it were ASCII, which it mostly is; then its length takes one byte.
      this.#buffer[this.#at++] = value.length;
      let i = 0;
      for (; i < value.length; i++) {
        const unit = value.charCodeAt(i);
        if (unit > 0x7f) break;
        this.#buffer[this.#at++] = unit;
      }
      if (i === value.length) return;
      this.#at = start;
    }
    this.uint(Buffer.byteLength(value));
    this.#at += this.#buffer.write(value, this.#at, "utf8");
  }

  bytes(value: Uint8Array): void {
    this.#need(value.length + 5);
    this.uint(value.length);
    if (value.length > byHand) this.#buffer.set(value, this.#at);
    else for (let i = 0; i < value.length; i++) this.#buffer[this.#at + i] = value[i]!;
    this.#at += value.length;
  }

  /** What was written from there to there, once more. */
  again(from: number, to: number): void {
    this.#need(to - from);
    this.#buffer.copyWithin(this.#at, from, to);
    this.#at += to - from;
  }

  /** All that was written, for its receiver alone; begins anew. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = new Uint8Array(this.#at);
    taken.set(this.#buffer.subarray(0, this.#at));
    if (this.#buffer.length > keptBytes) this.#buffer = Buffer.allocUnsafeSlow(leastBytes);
    this.#at = 0;
    return taken;
  }

  #need(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, this.#at + bytes));
    this.#buffer.copy(grown, 0, 0, this.#at);
    this.#buffer = grown;
  }
}

/** Reads what a `ByteWriter` wrote, in the same order. */
export class ByteReader {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.#at === this.#buffer.length;
  }

  byte(): number {
    return this.#buffer[this.#at++]!;
  }

  uint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.#buffer[this.#at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  double(): number {
    for (let i = 0; i < 8; i++) octets[i] = this.#buffer[this.#at++]!;
    return doubles[0]!;
  }

  text(): string {
    const length = this.uint();
    this.#at += length;
    return this.#buffer.toString("utf8", this.#at - length, this.#at);
  }

  /** A copy: the reader's buffer may be much larger. */
  bytes(): Uint8Array {
    const length = this.uint();
    this.#at += length;
    return new Uint8Array(this.#buffer.subarray(this.#at - length, this.#at));
  }
}
