// A WebSocket's own part of a link. `ws` reads frames and answers pings and closes; data frames we write ourselves,
// because a tick's frames then leave as one buffer, where `ws` writes two to the socket for each.
import type { WebSocket } from "ws";
import type { Wire } from "./socket-link.ts";

const text = 0x81; // FIN and opcode 1, RFC 6455 §5.2
const binary = 0x82;

export class WebSocketWire implements Wire {
  /** `ws` answers pings and says goodbye. */
  readonly shares = true;
  readonly #ws: WebSocket;

  constructor(ws: WebSocket) {
    this.#ws = ws;
  }

  get subprotocol(): string {
    return this.#ws.protocol;
  }

  /** No data frame may follow a close frame (RFC 6455 §5.5.1). */
  get writable(): boolean {
    return this.#ws.readyState === this.#ws.OPEN;
  }

  headerSize(payload: number): number {
    if (payload < 126) return 2;
    return payload < 65_536 ? 4 : 10;
  }

  /** RFC 6455 §5.2; a server does not mask. */
  putHeader(into: Buffer, at: number, payload: number, isText: boolean): number {
    into[at] = isText ? text : binary;
    if (payload < 126) {
      into[at + 1] = payload;
      return at + 2;
    }
    if (payload < 65_536) {
      into[at + 1] = 126;
      return into.writeUInt16BE(payload, at + 2);
    }
    into[at + 1] = 127;
    into.writeUInt32BE(0, at + 2);
    return into.writeUInt32BE(payload, at + 6);
  }

  end(code: number | undefined, reason: string | undefined): void {
    this.#ws.close(code, reason);
  }

  cut(): void {
    this.#ws.terminate();
  }

  pause(): void {
    this.#ws.pause();
  }

  resume(): void {
    this.#ws.resume();
  }
}
