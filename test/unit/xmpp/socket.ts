// A bare WebSocket that speaks XMPP frames, and waits for what should come.
import assert from "node:assert/strict";
import { WebSocket } from "ws";
import { limitsFor, parseFrame } from "../../../protocols/xmpp/codec.ts";
import type { Element } from "../../../protocols/xmpp/element.ts";

const limits = limitsFor(1 << 20);
const patienceMs = 4000;

export class Wire {
  readonly #socket: WebSocket;
  readonly #came: Element[] = [];
  #look = (): void => undefined;
  #closed: number | undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data: Buffer) => {
      this.#came.push(parseFrame(data.toString(), limits)!);
      this.#look();
    });
    socket.on("close", (code) => {
      this.#closed = code;
      this.#look();
    });
    socket.on("error", () => undefined); // seen as a close
  }

  static async connect(url: string): Promise<Wire> {
    const socket = new WebSocket(url, "xmpp");
    const wire = new Wire(socket);
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    return wire;
  }

  send(frame: string | Uint8Array): void {
    this.#socket.send(frame);
  }

  /** Cut, as by a lost network. */
  cut(): void {
    this.#socket.terminate();
  }

  /** Removes and returns the first element that fits; what came before it stays. */
  async element(what: string, fits: (element: Element) => boolean): Promise<Element> {
    return this.#wait(what, () => {
      const at = this.#came.findIndex(fits);
      return at === -1 ? undefined : this.#came.splice(at, 1)[0];
    });
  }

  /** The close code, once closed. */
  closed(): Promise<number> {
    return this.#wait("the end", () => this.#closed);
  }

  /** All that came and was not taken. */
  rest(): string[] {
    return this.#came.splice(0).map(String);
  }

  async #wait<T>(what: string, get: () => T | undefined): Promise<T> {
    const until = performance.now() + patienceMs;
    for (;;) {
      const got = get();
      if (got !== undefined) return got;
      const left = until - performance.now();
      assert.ok(left > 0, `${what} did not come; instead: ${this.#came.map(String).join(" ") || "nothing"}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#look = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

export const open = `<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="localhost" version="1.0"/>`;
export const close = `<close xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>`;
const sasl = "urn:ietf:params:xml:ns:xmpp-sasl";

/** One client: logged in, bound, available unless told otherwise. */
export class Talker {
  readonly wire: Wire;
  readonly name: string;
  jid = "";
  /** What the first <features/> said. */
  offered: Element | undefined;
  #ids = 0;

  private constructor(wire: Wire, name: string) {
    this.wire = wire;
    this.name = name;
  }

  get bare(): string {
    return `${this.name}@localhost`;
  }

  /** The stream open, and no more. */
  static async connected(url: string, name: string): Promise<Talker> {
    const talker = new Talker(await Wire.connect(url), name);
    talker.wire.send(open);
    talker.offered = await talker.features();
    return talker;
  }

  /** Authenticated, the new stream open, nothing bound. */
  static async authenticated(url: string, name: string): Promise<Talker> {
    const talker = await Talker.connected(url, name);
    talker.wire.send(`<auth xmlns="${sasl}" mechanism="PLAIN">${plain(name, `secret-${name}`)}</auth>`);
    await talker.wire.element("success", (element) => element.is("success", sasl));
    talker.wire.send(open);
    await talker.features();
    return talker;
  }

  /** Bound, but not available. */
  static async bound(url: string, name: string, resource = ""): Promise<Talker> {
    const talker = await Talker.authenticated(url, name);
    const asked = resource === "" ? "" : `<resource>${resource}</resource>`;
    const result = await talker.ask("set", `<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind">${asked}</bind>`);
    talker.jid = result.getChild("bind")!.getChildText("jid")!;
    return talker;
  }

  static async available(url: string, name: string, resource = ""): Promise<Talker> {
    const talker = await Talker.bound(url, name, resource);
    await talker.appear();
    return talker;
  }

  async appear(inner = ""): Promise<void> {
    this.stanza("presence", "", inner);
    await this.presence("itself", (presence) => presence.attrs["from"] === this.jid);
  }

  features(): Promise<Element> {
    return this.wire.element("features", (element) => element.is("features", "http://etherx.jabber.org/streams"));
  }

  stanza(name: "message" | "presence" | "iq", attributes: string, inner = ""): void {
    this.wire.send(`<${name} xmlns="jabber:client" ${attributes}>${inner}</${name}>`);
  }

  chat(to: string, body: string, inner = ""): void {
    this.stanza("message", `to="${to}" type="chat" id="${body}"`, `<body>${body}</body>${inner}`);
  }

  /** Sends an IQ and returns its answer, whichever it is. */
  async ask(type: "get" | "set", payload: string, to?: string): Promise<Element> {
    const id = `ask-${++this.#ids}`;
    this.stanza("iq", `type="${type}" id="${id}"${to === undefined ? "" : ` to="${to}"`}`, payload);
    return this.wire.element(`the answer ${id}`, (element) => element.getName() === "iq" && element.attrs["id"] === id);
  }

  message(what: string, fits: (message: Element) => boolean = () => true): Promise<Element> {
    return this.wire.element(what, (element) => element.getName() === "message" && fits(element));
  }

  /** The next message with this body, wherever in the stanza it stands. */
  hears(body: string): Promise<Element> {
    return this.message(body, (message) => message.getChildText("body") === body);
  }

  presence(what: string, fits: (presence: Element) => boolean): Promise<Element> {
    return this.wire.element(what, (element) => element.getName() === "presence" && fits(element));
  }

  /** Messages that came so far, once everything sent before has been handled. */
  async messagesSoFar(): Promise<string[]> {
    await this.ask("get", `<ping xmlns="urn:xmpp:ping"/>`);
    return this.wire.rest().filter((text) => text.startsWith("<message"));
  }
}

export function plain(name: string, password: string, authzid = ""): string {
  return Buffer.from(`${authzid}\0${name}\0${password}`).toString("base64");
}

/** The error condition of an error stanza. */
export function conditionOf(stanza: Element): string {
  assert.equal(stanza.attrs["type"], "error", String(stanza));
  return stanza.getChild("error")!.children.map((child) => (typeof child === "string" ? "" : child.name))[0]!;
}

/** The condition of the stream error that comes. */
export async function streamError(wire: Wire): Promise<string> {
  const error = await wire.element("a stream error", (element) =>
    element.is("error", "http://etherx.jabber.org/streams"),
  );
  return error.children.map((child) => (typeof child === "string" ? "" : child.name))[0]!;
}
