// A TCP socket's own part of a link, in plain or in TLS: bytes need no frames.
import type { Socket } from "node:net";
import { goodbyeMs, type Wire } from "./socket-link.ts";

export class TcpWire implements Wire {
  readonly subprotocol = "";
  readonly shares = false;
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get writable(): boolean {
    return this.#socket.writable;
  }

  headerSize(): number {
    return 0;
  }

  putHeader(_into: Buffer, at: number): number {
    return at;
  }

  end(): void {
    this.#socket.end();
    const timer = setTimeout(() => this.#socket.destroy(), goodbyeMs);
    timer.unref();
    this.#socket.once("close", () => clearTimeout(timer));
  }

  cut(): void {
    this.#socket.destroy();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }
}
