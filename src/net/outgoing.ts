// The sending half of a link: collects what is sent within a tick and hands it to the socket as one write.
import type { Socket } from "node:net";
import { counter } from "../ops/metrics.ts";
import { writeDirectly, writesDirectly } from "./direct.ts";
import { flushSoon, type Flushable } from "./flush.ts";
import { claim, giveBack, keep } from "./slab.ts";
import { Spliced } from "./spliced.ts";

export type Message = string | Uint8Array | Spliced;

/** How a message becomes bytes on this kind of socket. */
export interface Framing {
  /** Whether something else writes to the socket, too. */
  readonly shares: boolean;
  /** Whether the peer still takes messages. */
  readonly writable: boolean;
  /** Bytes in front of a payload of this length. */
  headerSize(payload: number): number;
  /** Writes them; returns the position behind. */
  putHeader(into: Buffer, at: number, payload: number, text: boolean): number;
}

/** Told when all that was sent is with the kernel. */
export interface Drained {
  drained(): void;
}

/** Larger payloads are not copied, so that many slow sockets share the bytes that were encoded once for all. */
const copyLimit = 8 * 1024;
/** Units of joined texts, whose bytes are never too many to be copied. */
const joinLimit = Math.floor(copyLimit / 3);
/** Small messages are gathered into runs of at most this. */
const runLimit = 16 * 1024;
const empty = Buffer.alloc(0);
/** Nothing is queued: one for all. */
const none: Message[] = [];
/** Payload sizes of the messages of the flush that runs. */
const sizes: number[] = [];

const bytesOut = counter("trivium_net_sent_bytes_total", "Bytes handed to sockets of long-lived connections");
const writes = counter("trivium_net_writes_total", "Writes to sockets of long-lived connections");

export class Outgoing implements Flushable {
  readonly #socket: Socket;
  readonly #framing: Framing;
  readonly #owner: Drained;
  /** Encrypts what it is handed at once, into memory of its own, and says only later that it was written. */
  readonly #encrypts: boolean;
  /** What finds nothing in front of it needs no stream. */
  readonly #direct: boolean;
  /** Something may wait in the socket's stream: asking it costs as much as a short message. */
  #streamed: boolean;
  /** Messages have no frames: texts may become one. */
  readonly #joins: boolean;
  #queue: Message[] = none;
  #queued = 0;
  #waiting = false;
  /** Bytes written directly that the kernel has not taken yet. */
  #underWay = 0;

  constructor(socket: Socket, framing: Framing, owner: Drained) {
    this.#socket = socket;
    this.#framing = framing;
    this.#owner = owner;
    this.#joins = framing.headerSize(0) === 0;
    this.#encrypts = "encrypted" in socket;
    this.#direct = !this.#encrypts && writesDirectly(socket);
    this.#streamed = !this.#direct || framing.shares;
  }

  /** A string counts its UTF-16 units until it is encoded at the end of the tick. */
  get buffered(): number {
    return this.#queued + this.#underWay + this.#inStream();
  }

  send(message: Message): void {
    this.#queued += message.length;
    if (this.#queue !== none) return this.#add(message);
    this.#queue = [message];
    flushSoon(this);
  }

  #add(message: Message): void {
    const last = this.#queue.length - 1;
    const before = this.#queue[last]!;
    if (this.#joins && typeof message === "string" && typeof before === "string") {
      // One text is measured and encoded at the cost of one (bench: xmpp-chat-tcp).
      if (before.length + message.length <= joinLimit) return void (this.#queue[last] = before + message);
    }
    this.#queue.push(message);
  }

  /** Nothing that was queued will be sent. */
  drop(): void {
    this.#queue = none;
    this.#queued = 0;
  }

  flush(): void {
    const queue = this.#queue;
    if (queue === none) return;
    const many = this.#queued > runLimit;
    this.#queue = none;
    this.#queued = 0;
    if (!this.#framing.writable) return;
    if (this.#encrypts) return this.#encrypt(queue);
    if (queue.length === 1 && this.#isWhole(queue[0] as Message)) this.#hand(queue[0] as Uint8Array);
    else this.#write(queue, many);
    if (this.#inStream() > 0) return this.#wait();
    if (this.#underWay > 0) return keep();
    giveBack();
    this.#owner.drained();
  }

  /** On its way as it is: bytes that need no frame. */
  #isWhole(message: Message): boolean {
    return message instanceof Uint8Array && this.#framing.headerSize(message.length) === 0;
  }

  /**
   * A TLS socket's write always ends in a later tick. Waiting as for the kernel would cost an empty write each time, and
   * keep memory that is free already; so the last write itself tells. Corked, so that all becomes one write of few records.
   */
  #encrypt(queue: readonly Message[]): void {
    const busy = this.#socket.writableLength > 0;
    this.#write(queue, true);
    // Behind a write that has not ended, the socket keeps the bytes as they are.
    if (busy) keep();
    else giveBack();
  }

  #encrypted(error: Error | null | undefined): void {
    if (error || this.#socket.writableLength > 0 || this.#queue.length > 0) return;
    this.#owner.drained();
  }

  #write(queue: readonly Message[], corked: boolean): void {
    if (corked) {
      this.#streamed = true;
      this.#socket.cork();
    }
    let from = 0;
    let size = 0;
    for (let i = 0; i < queue.length; i++) {
      const message = queue[i] as Message;
      const payload = typeof message === "string" ? Buffer.byteLength(message) : message.length;
      sizes[i] = payload;
      const large = payload > copyLimit;
      const framed = this.#framing.headerSize(payload) + (large ? 0 : payload);
      if (size > 0 && size + framed > runLimit) {
        this.#writeRun(queue, from, i, size);
        from = i;
        size = 0;
      }
      size += framed;
      if (!large) continue;
      this.#writeRun(queue, from, i + 1, size);
      from = i + 1;
      size = 0;
    }
    if (from < queue.length) this.#writeRun(queue, from, queue.length, size);
    if (this.#encrypts) this.#socket.write(empty, (error) => this.#encrypted(error));
    if (corked) this.#socket.uncork();
  }

  /** Messages `from` to before `to`, of which only the last may be large: then its payload follows as it is. */
  #writeRun(queue: readonly Message[], from: number, to: number, size: number): void {
    const run = size === 0 ? empty : claim(size);
    let at = 0;
    let tail: string | Uint8Array | undefined;
    for (let i = from; i < to; i++) {
      const message = queue[i] as Message;
      const spliced = message instanceof Spliced;
      const payload = sizes[i] as number;
      at = this.#framing.putHeader(run, at, payload, spliced || typeof message === "string");
      if (payload > copyLimit) tail = spliced ? message.bytes() : message;
      else if (spliced) at = message.put(run, at);
      else if (typeof message === "string") at += run.write(message, at, "utf8");
      else {
        run.set(message, at);
        at += payload;
      }
    }
    if (size > 0) this.#hand(run);
    if (tail !== undefined) this.#hand(tail);
  }

  #hand(bytes: string | Uint8Array): void {
    bytesOut.add(typeof bytes === "string" ? Buffer.byteLength(bytes) : bytes.length);
    writes.add();
    const socket = this.#socket;
    const inTurn = this.#underWay > 0 || (this.#streamed && (socket.writableLength > 0 || socket.writableCorked > 0));
    if (inTurn || !this.#direct || typeof bytes === "string") {
      this.#streamed = true;
      socket.write(bytes);
    } else if (!writeDirectly(socket, bytes, this)) this.#underWay = bytes.length;
  }

  /** Bytes that wait in the socket's stream. */
  #inStream(): number {
    if (!this.#streamed) return 0;
    const { writableLength } = this.#socket;
    if (writableLength === 0 && this.#direct && !this.#framing.shares) this.#streamed = false;
    return writableLength;
  }

  /** The kernel has what was written directly. */
  written(failed: boolean): void {
    this.#underWay = 0;
    if (!failed && this.#queue.length === 0 && this.#inStream() === 0) this.#owner.drained();
  }

  /** The kernel is full: an empty write is answered when everything before it is gone. */
  #wait(): void {
    keep();
    if (this.#waiting || !this.#socket.writable) return;
    this.#waiting = true;
    this.#streamed = true;
    this.#socket.write(empty, (error) => {
      this.#waiting = false;
      if (error) return;
      if (this.#socket.writableLength > 0) return this.#wait();
      if (this.#queue.length === 0) this.#owner.drained();
    });
  }
}
