// Frames by hand on a WebSocket, and bytes below its frames: for what no client library would send.
import { once } from "node:events";
import { WebSocket } from "ws";
import type { Duplex } from "node:stream";
import { Journal } from "./journal.ts";
import { passwordOf, type Server } from "./server.ts";

export class RawWebSocket {
  readonly frames = new Journal<string>("frames from the server");
  readonly #socket: WebSocket;
  readonly #closed: Promise<number>;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => this.frames.add(String(data)));
    socket.on("error", () => {}); // "close" follows
    this.#closed = once(socket, "close").then(([code]) => code as number);
  }

  /** A connected socket, nothing said. */
  static async dial(server: Server, path: string, subprotocol: string): Promise<RawWebSocket> {
    const socket = new WebSocket(server.webSocket(path), subprotocol);
    const raw = new RawWebSocket(socket);
    await once(socket, "open");
    return raw;
  }

  static dialXmpp(server: Server): Promise<RawWebSocket> {
    return RawWebSocket.dial(server, "/xmpp-websocket", "xmpp");
  }

  static dialJson(server: Server): Promise<RawWebSocket> {
    return RawWebSocket.dial(server, "/ws", "trivium.v1.json");
  }

  /** An XMPP stream, opened, with the features read. */
  static async openXmpp(server: Server): Promise<RawWebSocket> {
    const raw = await RawWebSocket.dialXmpp(server);
    raw.text(open);
    await raw.has("features", /<(stream:)?features/);
    return raw;
  }

  /** An XMPP session, bound and ready. */
  static async loginXmpp(server: Server, user: string, resource = "raw"): Promise<RawWebSocket> {
    const raw = await RawWebSocket.openXmpp(server);
    const plain = Buffer.from(`\0${user}\0${passwordOf(user)}`).toString("base64");
    raw.text(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">${plain}</auth>`);
    await raw.has("success", /<success/);
    raw.text(open);
    await raw.has("bind", /urn:ietf:params:xml:ns:xmpp-bind/);
    raw.text(
      `<iq xmlns="jabber:client" type="set" id="bind"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>${resource}</resource></bind></iq>`,
    );
    await raw.has("the bound address", /<jid>/);
    return raw;
  }

  static async loginJson(server: Server, user: string, device = "raw"): Promise<RawWebSocket> {
    const raw = await RawWebSocket.dialJson(server);
    raw.text(JSON.stringify({ id: "auth", type: "auth", user, password: passwordOf(user), device }));
    await raw.has("the reply to auth", /"session"/);
    return raw;
  }

  text(frame: string): void {
    this.#socket.send(frame);
  }

  binary(frame: Uint8Array): void {
    this.#socket.send(frame, { binary: true });
  }

  /** Bytes straight into the TCP connection, around all framing. */
  below(bytes: Uint8Array): void {
    (this.#socket as unknown as { _socket: Duplex })._socket.write(bytes);
  }

  /** The first frame that fits, already there or to come. */
  has(what: string, fits: RegExp, withinMs = 5000): Promise<string> {
    return this.frames.find(what, (frame) => fits.test(frame), withinMs);
  }

  /** Resolves with the close code when the server has closed the connection. */
  async closed(withinMs = 5000): Promise<number> {
    const late = new Promise<never>((_, reject) =>
      setTimeout(() => reject(new Error(`still open after ${withinMs} ms`)), withinMs).unref(),
    );
    return Promise.race([this.#closed, late]);
  }

  cut(): void {
    this.#socket.terminate();
  }
}

const open = `<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="localhost" version="1.0"/>`;

/** A final text frame from a client (RFC 6455 §5.2), masked with zeros so that its payload stays readable. */
export function maskedText(payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}
