// Reads a plain WebSocket beside the streams: frames that are whole and usual are taken where they lie, all else is left to
// `ws`, which alone decides what breaks the protocol (docs/decisions/0063-beside-the-streams.md).
import { isUtf8 } from "node:buffer";
import type { Socket } from "node:net";
import { type Glancer, readDirectly } from "./direct.ts";
import type { SocketLink } from "./socket-link.ts";

// RFC 6455 §5.2: FIN and opcode.
const wholeText = 0x81;
const wholeBinary = 0x82;
const opcodeBits = 0x0f;
const finBit = 0x80;
const closing = 0x8;
const maskBit = 0x80;
/** Stands for what is no character; clients may also write it. */
const replacement = "\ufffd";

/** Takes over what `ws` is about to read; `ws` goes on reading where that cannot be. */
export function readFrames(socket: Socket, link: SocketLink, mostBytes: number): void {
  // What came with the request is in the stream already.
  if (socket.readableLength > 0) return;
  readDirectly(socket, new FrameReader(socket, link, mostBytes), true);
}

type FrameTaker = Pick<SocketLink, "heardText" | "glanced">;

export class FrameReader implements Glancer {
  readonly #socket: Pick<Socket, "emit">;
  readonly #link: FrameTaker;
  readonly #mostBytes: number;
  /** Of the frame that `ws` is in the middle of: what is to come of its payload, and its header as far as it has come. */
  #left = 0;
  #header: number[] | undefined;
  /** Between the fragments of a message. */
  #fragmented = false;
  /** Nothing more is ours: the peer has closed, or broken the protocol. */
  #over = false;

  constructor(socket: Pick<Socket, "emit">, link: FrameTaker, mostBytes: number) {
    this.#socket = socket;
    this.#link = link;
    this.#mostBytes = mostBytes;
  }

  glanced(memory: Buffer, length: number): void {
    let at = 0;
    if (this.#left === 0 && this.#header === undefined && !this.#fragmented && !this.#over) {
      for (let end = 0; at < length; at = end) if ((end = this.#take(memory, at, length)) < 0) break;
    }
    if (at === length) return;
    // `ws` tells of errors in a later tick: nothing of this chunk that stands behind may overtake them.
    if (!this.#over) this.#follow(memory, at, length);
    this.#socket.emit("data", Buffer.from(memory.subarray(at, length)));
  }

  /** Gives the frame that begins at `at` to the link. Returns where it ends; -1 when it is not ours to take. */
  #take(memory: Buffer, at: number, length: number): number {
    if (length - at < 6) return -1;
    const kind = memory[at]!;
    let size = memory[at + 1]! - maskBit; // RFC 6455 §5.1: a client masks all its frames
    if ((kind !== wholeText && kind !== wholeBinary) || size < 0 || size === 127) return -1;
    let from = at + 6;
    if (size === 126) {
      if (length - at < 8) return -1;
      size = (memory[at + 2]! << 8) | memory[at + 3]!;
      from += 2;
      if (size < 126) return -1; // not the shortest form: for `ws` to judge
    }
    const end = from + size;
    if (end > length || size > this.#mostBytes) return -1;
    unmask(memory, from, end);
    if (kind === wholeBinary) {
      // The bytes in front of it are read, and a link looks at the beginning.
      memory.copyWithin(0, from, end);
      this.#link.glanced(memory, size);
      return end;
    }
    const text = memory.toString("utf8", from, end);
    if (text.includes(replacement) && !isUtf8(memory.subarray(from, end))) {
      unmask(memory, from, end); // masked again
      return -1;
    }
    this.#link.heardText(text, size);
    return end;
  }

  /** Finds out where in a frame `ws` will be. */
  #follow(memory: Buffer, from: number, to: number): void {
    for (let at = from; at < to && !this.#over;) {
      const step = Math.min(this.#left, to - at);
      this.#left -= step;
      at += step;
      if (at === to) return;
      const header = (this.#header ??= []);
      header.push(memory[at++]!);
      if (header.length < 2 || header.length < headerSize(header[1]!)) continue;
      this.#header = undefined;
      this.#begun(header);
    }
  }

  #begun(header: readonly number[]): void {
    const [first, second] = [header[0]!, header[1]!];
    const opcode = first & opcodeBits;
    if (opcode === closing || (second & maskBit) === 0) this.#over = true;
    // §5.4: control frames may stand between fragments.
    if (opcode < closing) this.#fragmented = (first & finBit) === 0;
    const size = second & ~maskBit;
    const extended = size === 126 ? header.slice(2, 4) : size === 127 ? header.slice(2, 10) : [size];
    this.#left = extended.reduce((sum, byte) => sum * 256 + byte, 0);
  }
}

/** RFC 6455 §5.2: with the extended length and the masking key. */
function headerSize(second: number): number {
  const size = second & ~maskBit;
  return 2 + (size === 126 ? 2 : size === 127 ? 8 : 0) + ((second & maskBit) === 0 ? 0 : 4);
}

let words: Int32Array = new Int32Array(0);

/** RFC 6455 §5.3: in place, by the key that stands in front; by words, where they are aligned. */
function unmask(memory: Buffer, from: number, end: number): void {
  const key = [memory[from - 4]!, memory[from - 3]!, memory[from - 2]!, memory[from - 1]!] as const;
  let at = from;
  while (at < end && ((memory.byteOffset + at) & 3) !== 0) memory[at] = memory[at]! ^ key[(at++ - from) & 3]!;
  if (end - at >= 8) {
    if (words.buffer !== memory.buffer) words = new Int32Array(memory.buffer);
    const turn = at - from;
    const byte = (n: number): number => key[(turn + n) & 3]!;
    const word = byte(0) | (byte(1) << 8) | (byte(2) << 16) | (byte(3) << 24);
    const last = (memory.byteOffset + end) >> 2;
    for (let n = (memory.byteOffset + at) >> 2; n < last; n++) words[n] = words[n]! ^ word;
    at = (last << 2) - memory.byteOffset;
  }
  for (; at < end; at++) memory[at] = memory[at]! ^ key[(at - from) & 3]!;
}
