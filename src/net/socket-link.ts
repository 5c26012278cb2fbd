// A link over a socket of either kind; what differs between TCP and WebSocket is its wire.
import type { Socket } from "node:net";
import { counter } from "../ops/metrics.ts";
import type { Logger } from "../ops/log.ts";
import type { Glancer } from "./direct.ts";
import { type Accept, glanceLimit, type Link, type LinkHandler } from "./link.ts";
import { type Drained, Outgoing, type Framing } from "./outgoing.ts";
import type { Spliced } from "./spliced.ts";
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

/** A socket that is ready for its protocol. */
export interface Arrival {
  readonly socket: Socket;
  /** The client's address, whoever brought the connection here. */
  readonly remote: string;
  /** See `Link`. */
  readonly secure: boolean;
  readonly tls: TlsState | undefined;
  /** Told when a plain socket is closed; whoever serves it sets it. */
  leaver: { closed(): void } | undefined;
}

/** Makes a plain socket ready anew, in TLS; see `SocketLink.secured`. */
export type Securing = (link: SocketLink) => void;

export class SocketLink implements Link, Drained, Glancer {
  readonly name: string;
  readonly #log: Logger;
  #arrival: Arrival;
  #wire: Wire;
  #outgoing: Outgoing;
  #securing: Securing | undefined;
  #handler: LinkHandler | undefined;
  /** Between `startTls` and the end of the handshake: nothing is said, and nothing heard. */
  #inHandshake = false;
  #closing = false;
  #gone = false;

  /** `securing` for a plain link that may go on in TLS. */
  constructor(name: string, arrival: Arrival, wire: Wire, log: Logger, securing?: Securing) {
    this.name = name;
    this.#log = log;
    this.#arrival = arrival;
    this.#wire = wire;
    this.#outgoing = new Outgoing(arrival.socket, wire, this);
    this.#securing = securing;
  }

  /** Hands the link to its front-end. Called once, before anything is read. */
  serve(accept: Accept): void {
    try {
      this.#handler = accept(this);
    } catch (error) {
      this.#failed(error);
    }
  }

  get remote(): string {
    return this.#arrival.remote;
  }

  get secure(): boolean {
    return this.#arrival.secure;
  }

  get tls(): TlsState | undefined {
    return this.#arrival.tls;
  }

  get startTls(): (() => void) | undefined {
    const securing = this.#securing;
    if (securing === undefined) return undefined;
    return () => {
      if (this.#closing || this.#inHandshake) return;
      this.#securing = undefined;
      this.#outgoing.flush();
      this.#inHandshake = true;
      securing(this);
    };
  }

  /** The handshake has succeeded. */
  secured(arrival: Arrival, wire: Wire): void {
    if (this.#closing) return wire.cut();
    this.#arrival = arrival;
    this.#wire = wire;
    this.#outgoing = new Outgoing(arrival.socket, wire, this);
    this.#inHandshake = false;
    try {
      this.#handler?.secured?.();
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
    if (!this.#closing && !this.#inHandshake) this.#outgoing.send(data);
  }

  sendSpliced(text: Spliced): void {
    if (!this.#closing && !this.#inHandshake) this.#outgoing.send(text);
  }

  close(code?: number, reason?: string): void {
    if (this.#closing) return;
    // What would be said now would be said in plain, into the handshake.
    if (this.#inHandshake) return this.destroy();
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
    if (!this.#closing && !this.#inHandshake) this.#wire.pause();
  }

  resume(): void {
    if (!this.#closing && !this.#inHandshake) this.#wire.resume();
  }

  /** A TCP chunk or a binary frame came. What comes after our goodbye is thrown away. */
  receivedBytes(chunk: Buffer): void {
    if (this.#closing || this.#inHandshake) return;
    bytesIn.add(chunk.length);
    if (this.#handler?.bytes === undefined) return this.close(1003, "text frames only");
    try {
      this.#handler.bytes(chunk);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** A TCP chunk or a binary frame came, in memory that the next one overwrites. */
  glanced(memory: Buffer, length: number): void {
    const handler = this.#handler;
    if (handler?.glance === undefined || length > (handler.mostGlanced ?? glanceLimit)) {
      const chunk = Buffer.allocUnsafeSlow(length);
      memory.copy(chunk, 0, 0, length);
      return this.receivedBytes(chunk);
    }
    if (this.#closing || this.#inHandshake) return;
    bytesIn.add(length);
    try {
      handler.glance(memory, length);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** A text frame came; `frame` is valid UTF-8. */
  receivedText(frame: Buffer): void {
    if (!this.#closing) this.heardText(frame.toString(), frame.length);
  }

  /** A text frame of so many bytes came. */
  heardText(frame: string, size: number): void {
    if (this.#closing) return;
    bytesIn.add(size);
    if (this.#handler?.text === undefined) return this.close(1003, "binary frames only");
    try {
      this.#handler.text(frame);
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

  drained(): void {
    if (this.#closing || this.#inHandshake || this.#handler?.drained === undefined) return;
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
