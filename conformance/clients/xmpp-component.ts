// An external component's side of XEP-0114: its stream, its handshake, and the few stanzas that checks begin with.
import { createHash } from "node:crypto";
import { Arrivals } from "./arrivals.ts";
import { escape, type Xml } from "./xml.ts";
import { ns } from "./xmpp-namespaces.ts";
import { openTcp, type TcpXmppWire } from "./xmpp-tcp.ts";

export const componentNamespace = "jabber:component:accept";

export class ComponentClient {
  readonly #wire: TcpXmppWire;
  readonly #arrivals = new Arrivals<Xml>((xml) => String(xml).slice(0, 200));
  readonly #closed: Promise<void>;
  #ids = 0;

  private constructor(wire: (events: Parameters<Awaited<ReturnType<typeof openTcp>>>[0]) => TcpXmppWire) {
    let resolve: () => void;
    this.#closed = new Promise((resolved) => (resolve = resolved));
    this.#wire = wire({
      element: (xml) => this.#arrivals.push(xml),
      broken: (why) => this.#arrivals.end(new Error(why)),
      closed: () => {
        this.#arrivals.end(new Error("the connection was closed"));
        resolve();
      },
    });
  }

  static async connect(url: string): Promise<ComponentClient> {
    return new ComponentClient(await openTcp(url));
  }

  /** Opens the stream and gives the server's header. */
  open(domain: string, xmlns = componentNamespace): Promise<Xml> {
    this.send(`<?xml version="1.0"?><stream:stream xmlns="${xmlns}" xmlns:stream="${ns.streams}" to="${domain}">`);
    return this.take("a stream header", (xml) => this.#wire.isHeader(xml));
  }

  /** Proves the secret in the stream of that id. */
  prove(id: string, secret: string): void {
    this.send(`<handshake>${createHash("sha1").update(`${id}${secret}`).digest("hex")}</handshake>`);
  }

  /** The same, and the answer to it. */
  handshake(id: string, secret: string): Promise<Xml> {
    this.prove(id, secret);
    return this.take("an answer to the handshake", (xml) => xml.is("handshake") || xml.is("error", ns.streams));
  }

  send(xml: string): void {
    this.#wire.send(xml);
  }

  take(what: string, matches: (xml: Xml) => boolean): Promise<Xml> {
    return this.#arrivals.take(what, matches);
  }

  /** A stanza of that name whose text holds the word. */
  stanza(name: string, word: string): Promise<Xml> {
    return this.take(`${name} with “${word}”`, (xml) => xml.name === name && String(xml).includes(word));
  }

  /** Asks, and takes the answer. */
  async iq(from: string, to: string, type: "get" | "set", payload: string): Promise<Xml> {
    const id = `k${++this.#ids}`;
    this.send(`<iq type="${type}" id="${id}" from="${escape(from)}" to="${escape(to)}">${payload}</iq>`);
    return this.take(
      `an answer to iq ${id}`,
      (xml) =>
        xml.name === "iq" && xml.attributes["id"] === id && ["result", "error"].includes(xml.attributes["type"]!),
    );
  }

  /** The condition of the stream error that comes. */
  async streamError(): Promise<string> {
    const error = await this.take("a stream error", (xml) => xml.is("error", ns.streams));
    return error.elements.find((child) => child.xmlns === ns.streamErrors && child.name !== "text")?.name ?? "none";
  }

  /** The end of the server's stream, and of the connection. */
  async ended(): Promise<void> {
    await this.take("the end of the stream", (xml) => this.#wire.isFooter(xml));
    this.#wire.closeStream();
    await this.#closed;
  }

  async end(): Promise<void> {
    if (this.#wire.open) this.#wire.closeStream();
    this.#wire.drop();
    await this.#closed;
  }
}
