// A link over a socket of either kind; what differs between TCP and WebSocket is its wire.
import type { Socket } from "node:net";
import { counter } from "../ops/metrics.ts";
import type { Logger } from "../ops/log.ts";
import { isLoopback } from "./address.ts";
import type { Accept, Link, LinkHandler } from "./link.ts";
import { Outgoing, type Framing } from "./outgoing.ts";
import type { TlsState } from "./tls-state.ts";

export interface Wire extends Framing {
  readonly subprotocol: string;
  /** Ends in good order, and keeps reading until the peer has ended too. */
  end(code: number | undefined, reason: string | undefined): void;
  cut(): void;
  pause(): void;
  resume(): void;
}

/** A peer that does not answer our goodbye within this is cut. */
export const goodbyeMs = 5_000;

const bytesIn = counter("trivium_net_received_bytes_total", "Payload bytes read from long-lived connections");

export class SocketLink implements Link {
  readonly name: string;
  readonly remote: string;
  readonly secure: boolean;
  readonly tls: TlsState | undefined = undefined;
  readonly startTls: (() => void) | undefined = undefined;
  readonly #wire: Wire;
  readonly #log: Logger;
  readonly #outgoing: Outgoing;
  #handler: LinkHandler | undefined;
  #closing = false;
  #gone = false;

  constructor(name: string, remote: string, socket: Socket, wire: Wire, log: Logger) {
    this.name = name;
    this.remote = remote;
    this.secure = isLoopback(remote);
    this.#wire = wire;
    this.#log = log;
    this.#outgoing = new Outgoing(socket, wire, () => this.#drained());
  }

  /** Hands the link to its front-end. Called once, before anything is read. */
  serve(accept: Accept): void {
    try {
      this.#handler = accept(this);
    } catch (error) {
      this.#failed(error);
    }
  }

  get subprotocol(): string {
    return this.#wire.subprotocol;
  }

  get buffered(): number {
    return this.#outgoing.buffered;
  }

  send(data: string | Uint8Array): void {
    if (!this.#closing) this.#outgoing.send(data);
  }

  close(code?: number, reason?: string): void {
    if (this.#closing) return;
    // First, so that a front-end is not asked for more behind its own goodbye.
    this.#closing = true;
    this.#outgoing.flush();
    // A paused socket would never show the peer's answer.
    this.#wire.resume();
    this.#wire.end(code, reason);
  }

  destroy(): void {
    this.#closing = true;
    this.#outgoing.drop();
    this.#wire.cut();
  }

  pause(): void {
    if (!this.#closing) this.#wire.pause();
  }

  resume(): void {
    if (!this.#closing) this.#wire.resume();
  }

  /** A TCP chunk or a binary frame came. What comes after our goodbye is thrown away. */
  receivedBytes(chunk: Buffer): void {
    if (this.#closing) return;
    bytesIn.add(chunk.length);
    if (this.#handler?.bytes === undefined) return this.close(1003, "text frames only");
    try {
      this.#handler.bytes(chunk);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** A text frame came; `frame` is valid UTF-8. */
  receivedText(frame: Buffer): void {
    if (this.#closing) return;
    bytesIn.add(frame.length);
    if (this.#handler?.text === undefined) return this.close(1003, "binary frames only");
    try {
      this.#handler.text(frame.toString());
    } catch (error) {
      this.#failed(error);
    }
  }

  /** The peer broke the WebSocket protocol and was told so: nothing more is read or sent. */
  broken(): void {
    this.#closing = true;
    this.#outgoing.drop();
  }

  /** The socket is closed. */
  closed(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.broken();
    try {
      this.#handler?.closed();
    } catch (error) {
      this.#failed(error);
    }
  }

  #drained(): void {
    if (this.#closing || this.#handler?.drained === undefined) return;
    try {
      this.#handler.drained();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** A front-end's bug on one connection costs that connection, and no other. */
  #failed(error: unknown): void {
    this.#log.error(
      { what: "link_handler_failed", link: this.name, err: error },
      "a front-end threw; its connection is cut",
    );
    this.destroy();
  }
}
