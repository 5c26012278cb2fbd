// A socket that sends any bytes and cuts what comes into packets, no more: what is judged is the server.
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface Answer {
  readonly first: number;
  readonly body: Buffer;
}

export class MqttSocket {
  readonly #socket: Socket;
  readonly #heard: (answer: Answer) => void;
  readonly #over: Promise<void>;
  #pending: Buffer = Buffer.alloc(0);

  private constructor(socket: Socket, heard: (answer: Answer) => void) {
    this.#socket = socket;
    this.#heard = heard;
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("error", () => {}); // "close" follows
    this.#over = once(socket, "close").then(() => undefined);
  }

  static async dial(port: number, heard: (answer: Answer) => void): Promise<MqttSocket> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return new MqttSocket(socket, heard);
  }

  /** Resolves when the server, or we, have closed. */
  get closed(): Promise<void> {
    return this.#over;
  }

  write(bytes: Buffer): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  async cut(): Promise<void> {
    this.#socket.destroy();
    await this.#over;
  }

  #read(chunk: Buffer): void {
    let bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    for (;;) {
      const packet = cut(bytes);
      if (packet === undefined) break;
      this.#heard({ first: bytes[0]!, body: bytes.subarray(packet.start, packet.end) });
      bytes = bytes.subarray(packet.end);
    }
    this.#pending = bytes;
  }
}

function cut(bytes: Buffer): { readonly start: number; readonly end: number } | undefined {
  let length = 0;
  for (let at = 1; at < bytes.length && at < 5; at++) {
    length |= (bytes[at]! & 0x7f) << (7 * (at - 1));
    if (bytes[at]! >= 0x80) continue;
    const end = at + 1 + length;
    return end > bytes.length ? undefined : { start: at + 1, end };
  }
  return undefined;
}

/** Resolves with the promise, or rejects: a server that neither answers nor closes hangs. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing for ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
