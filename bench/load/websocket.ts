// A raw WebSocket client. Its mask is zero, which RFC 6455 does not forbid and which spares us the masking: the server's
// work is the same.
import { connect, type Socket } from "node:net";
import { fatal } from "./mqtt-wire.ts";

/** The bytes of a frame as a client sends it. */
export function frameOf(text: string | Buffer, kind: "text" | "binary" = "text"): Buffer {
  const payload = Buffer.from(text);
  const length =
    payload.length < 126 ? [0x80 | payload.length] : [0x80 | 126, payload.length >> 8, payload.length & 0xff];
  if (payload.length > 65_535) throw new Error("the load's frames are small");
  return Buffer.concat([Buffer.from([kind === "text" ? 0x81 : 0x82, ...length, 0, 0, 0, 0]), payload]);
}

export class RawWebSocket {
  readonly #socket: Socket;
  #rest: Buffer | undefined;
  #ended = false;
  /** What came before anybody asked. */
  readonly #early: string[] = [];
  /** Called for each frame of data: where its payload begins and ends. */
  onFrame: (bytes: Buffer, from: number, to: number) => void = (bytes, from, to) => {
    this.#early.push(bytes.toString("utf8", from, to));
  };
  /** Called when all frames of one chunk have been handled. */
  onChunk: () => void = () => {};

  private constructor(socket: Socket, rest: Buffer) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("close", () => this.#ended || fatal("the server closed a connection"));
    socket.on("error", (error) => this.#ended || fatal(error.message));
    if (rest.length > 0) queueMicrotask(() => this.#read(rest));
  }

  static async dial(address: string, protocol: string): Promise<RawWebSocket> {
    const url = new URL(address);
    const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    const key = Buffer.from(Array.from({ length: 16 }, () => Math.floor(Math.random() * 256))).toString("base64");
    socket.write(
      `GET ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ${protocol}\r\n\r\n`,
    );
    const rest = await new Promise<Buffer>((resolve) => {
      let head = Buffer.alloc(0);
      const read = (chunk: Buffer): void => {
        head = Buffer.concat([head, chunk]);
        const end = head.indexOf("\r\n\r\n");
        if (end === -1) return;
        if (!head.toString("latin1").startsWith("HTTP/1.1 101")) fatal(head.toString("latin1", 0, 200));
        socket.off("data", read);
        resolve(head.subarray(end + 4));
      };
      socket.on("data", read);
    });
    return new RawWebSocket(socket, rest);
  }

  write(frames: Buffer): void {
    this.#socket.write(frames);
  }

  /** Leaves without a word. */
  end(): void {
    this.#ended = true;
    this.#socket.destroy();
  }

  /** Sends a text and waits for a frame that has one of these in it, and is not one that has `wrong`. */
  ask(text: string, ...expected: readonly string[]): Promise<string> {
    return new Promise((resolve) => {
      const hear = (got: string): void => {
        if (got.includes("failure") || got.includes('"error"')) fatal(`refused: ${got}`);
        if (expected.some((one) => got.includes(one))) resolve(got);
      };
      this.onFrame = (bytes, from, to) => hear(bytes.toString("utf8", from, to));
      this.#early.splice(0).forEach(hear);
      if (text !== "") this.write(frameOf(text));
    });
  }

  /** Who keeps silent for long is cut off. */
  #pong(payload: Buffer): void {
    this.write(Buffer.concat([Buffer.from([0x8a, 0x80 | payload.length, 0, 0, 0, 0]), payload]));
  }

  #read(chunk: Buffer): void {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (;;) {
      let from = at + 2;
      if (from > bytes.length) break;
      let length = bytes[at + 1]!;
      if (length >= 126) {
        from += length === 126 ? 2 : 8;
        if (from > bytes.length) break;
        length = length === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
      }
      if (from + length > bytes.length) break;
      const kind = bytes[at]! & 0x0f;
      if (kind === 1 || kind === 2) this.onFrame(bytes, from, from + length);
      if (kind === 9) this.#pong(bytes.subarray(from, from + length));
      if (kind === 8)
        fatal(`closed with ${bytes.readUInt16BE(from)} ${bytes.toString("utf8", from + 2, from + length)}`);
      at = from + length;
    }
    this.#rest = at === bytes.length ? undefined : bytes.subarray(at);
    this.onChunk();
  }
}
