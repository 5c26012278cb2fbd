// A raw XMPP client over WebSocket (RFC 7395), TCP (RFC 6120) or BOSH (XEP-0206): elements in and out, and the few steps that
// every session begins with.
import { Arrivals, patienceMs } from "./arrivals.ts";
import { Scram, plain, type Credentials, type ScramHash, type ScramOptions } from "./sasl.ts";
import { escape, type Xml } from "./xml.ts";
import { openBosh } from "./xmpp-bosh.ts";
import { ns } from "./xmpp-namespaces.ts";
import { openTcp, TcpXmppWire } from "./xmpp-tcp.ts";
import { openWebSocket, type XmppWire, type XmppWireEvents } from "./xmpp-wire.ts";

export { ns } from "./xmpp-namespaces.ts";

/** `ws://…` (RFC 7395), `xmpp://host:port` (RFC 6120), `xmpps://host:port` (XEP-0368), `http://…` (XEP-0206). */
export async function openXmpp(url: string): Promise<XmppClient> {
  if (url.startsWith("http")) return new XmppClient(openBosh(url));
  return new XmppClient(await (url.startsWith("xmpp") ? openTcp(url) : openWebSocket(url)));
}

export class XmppClient {
  /** The address the server bound us to. */
  jid = "";
  /** The last stream features. */
  features!: Xml;
  /** The stanzas since stream management was enabled: what `h` counts (XEP-0198 §4). */
  counted: Xml[] = [];
  readonly #wire: XmppWire;
  readonly #arrivals = new Arrivals<Xml>((xml) => String(xml).slice(0, 200));
  readonly #closed: Promise<number>;
  #ids = 0;

  constructor(wire: (events: XmppWireEvents) => XmppWire) {
    let resolve: (code: number) => void;
    this.#closed = new Promise((resolved) => (resolve = resolved));
    this.#wire = wire({
      element: (xml) => {
        if (xml.is("enabled", ns.sm)) this.counted = [];
        else if (xml.xmlns === ns.client) this.counted.push(xml);
        this.#arrivals.push(xml);
      },
      broken: (why) => this.#arrivals.end(new Error(why)),
      closed: (code) => {
        this.#arrivals.end(new Error(`the connection was closed (${code})`));
        resolve(code);
      },
    });
  }

  get bare(): string {
    return this.jid.split("/")[0]!;
  }

  get subprotocol(): string {
    return this.#wire.subprotocol;
  }

  get waiting(): readonly Xml[] {
    return this.#arrivals.waiting;
  }

  send(frame: string | Buffer): void {
    this.#wire.send(frame);
  }

  take(what: string, matches: (xml: Xml) => boolean, withinMs?: number): Promise<Xml> {
    return this.#arrivals.take(what, matches, withinMs);
  }

  /** The next element, whatever it is. */
  next(): Promise<Xml> {
    return this.#arrivals.take("an element", () => true);
  }

  /** A message with that body. */
  message(body: string, withinMs?: number): Promise<Xml> {
    return this.take(
      `a message “${body}”`,
      (xml) => xml.is("message", ns.client) && xml.childText("body") === body,
      withinMs,
    );
  }

  /** A presence from that address. */
  presence(from: string, type?: string): Promise<Xml> {
    return this.take(
      `${type ?? "available"} presence from ${from}`,
      (xml) => xml.is("presence") && xml.attributes["from"] === from && xml.attributes["type"] === type,
    );
  }

  /** Opens a stream and takes the answer with its features. */
  async open(domain: string, from?: string): Promise<Xml> {
    this.#wire.openStream(domain, from);
    const header = await this.header();
    this.features = await this.take("stream features", (xml) => xml.is("features", ns.streams));
    return header;
  }

  /** The server's header of the stream. */
  header(): Promise<Xml> {
    return this.take("a stream header", (xml) => this.#wire.isHeader(xml));
  }

  /** The end of the server's stream. */
  footer(): Promise<Xml> {
    return this.take("the end of the stream", (xml) => this.#wire.isFooter(xml));
  }

  /** Whether it is over TCP, where STARTTLS may be. */
  get overTcp(): boolean {
    return this.#wire instanceof TcpXmppWire;
  }

  /** Closes our side of the stream. */
  closeStream(): void {
    this.#wire.closeStream();
  }

  /** What is only over TCP. */
  get tcp(): TcpXmppWire {
    if (this.#wire instanceof TcpXmppWire) return this.#wire;
    throw new Error("not over TCP");
  }

  /** STARTTLS, and the stream that follows it (RFC 6120 §5.4). */
  async startTls(domain: string, from?: string): Promise<Xml> {
    this.send(`<starttls xmlns="${ns.tls}"/>`);
    const answer = await this.take("an answer to <starttls/>", (xml) => xml.xmlns === ns.tls);
    if (!answer.is("proceed")) throw new Error(`STARTTLS was answered with ${answer.toString()}`);
    await this.tcp.startTls(domain);
    return this.open(domain, from);
  }

  /** The answer to an <auth/>: success, failure or a challenge. */
  async auth(mechanism: string, initial: string): Promise<Xml> {
    this.send(`<auth xmlns="${ns.sasl}" mechanism="${mechanism}">${initial}</auth>`);
    return this.take("an answer to <auth/>", (xml) => xml.xmlns === ns.sasl);
  }

  async scram(
    hash: ScramHash,
    credentials: Credentials,
    options: ScramOptions = {},
  ): Promise<{ readonly answer: Xml; readonly scram: Scram }> {
    const scram = new Scram(hash, credentials, options);
    const challenge = await this.auth(`SCRAM-${hash}${options.plus === true ? "-PLUS" : ""}`, scram.first);
    if (!challenge.is("challenge")) return { answer: challenge, scram };
    this.send(`<response xmlns="${ns.sasl}">${scram.final(challenge.text)}</response>`);
    return { answer: await this.take("the end of SCRAM", (xml) => xml.xmlns === ns.sasl), scram };
  }

  /** PLAIN where offered, since it costs least; else SCRAM. Then the stream that follows it. */
  async login(domain: string, credentials: Credentials): Promise<void> {
    await this.open(domain);
    if (this.features.child("starttls", ns.tls)?.child("required") !== undefined) await this.startTls(domain);
    const mechanisms = this.mechanisms;
    const answer = mechanisms.includes("PLAIN")
      ? await this.auth("PLAIN", plain(credentials))
      : (await this.scram("SHA-1", credentials)).answer;
    if (!answer.is("success")) throw new Error(`login of ${credentials.user} failed: ${answer.toString()}`);
    await this.open(domain);
  }

  get mechanisms(): string[] {
    return this.features.child("mechanisms", ns.sasl)?.elements.map((one) => one.text) ?? [];
  }

  async bind(resource?: string): Promise<Xml> {
    const wish = resource === undefined ? "" : `<resource>${escape(resource)}</resource>`;
    const result = await this.iq("set", `<bind xmlns="${ns.bind}">${wish}</bind>`);
    this.jid = result.deep("jid", ns.bind)?.text ?? "";
    return result;
  }

  /** Sends an IQ and takes its answer, result or error. */
  async iq(type: "get" | "set", payload: string, to?: string, withinMs?: number): Promise<Xml> {
    const id = this.id();
    this.send(
      `<iq xmlns="jabber:client" type="${type}" id="${id}"${to === undefined ? "" : ` to="${escape(to)}"`}>${payload}</iq>`,
    );
    return this.take(
      `an answer to iq ${id}`,
      (xml) =>
        xml.is("iq", ns.client) && xml.attributes["id"] === id && ["result", "error"].includes(xml.attributes["type"]!),
      withinMs,
    );
  }

  /** Everything sent before was read by the server, and what it answered at once has come. */
  async ping(withinMs?: number): Promise<void> {
    await this.iq("get", `<ping xmlns="${ns.ping}"/>`, undefined, withinMs);
  }

  id(): string {
    return `c${++this.#ids}`;
  }

  /** The stream error that ends this stream: its condition, and all its children. */
  async streamError(): Promise<{ readonly condition: string; readonly error: Xml }> {
    const error = await this.take("a stream error", (xml) => xml.is("error", ns.streams));
    return {
      condition:
        error.elements.find(({ xmlns, name }) => conditionSpaces.has(xmlns) && name !== "text")?.name ?? "none",
      error,
    };
  }

  /** The WebSocket close code, 0 over TCP; fails when the server keeps the connection open. */
  async closed(withinMs = patienceMs): Promise<number> {
    // A polite server waits for our end of the stream (RFC 7395 §3.6, RFC 6120 §4.4).
    const answer = this.footer().then(() => this.#wire.open && this.closeStream());
    answer.catch(() => {});
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`the server kept the connection open for ${withinMs} ms`)), withinMs);
    });
    return Promise.race([this.#closed, late]).finally(() => clearTimeout(timer));
  }

  /** Closes the stream, so that nothing is left to be resumed (XEP-0198 §5) and to take messages from later checks. */
  async end(): Promise<void> {
    if (this.#wire.open) {
      this.closeStream();
      await this.closed(1_000).catch(() => {});
    }
    await this.drop();
    await this.#wire.bury?.();
  }

  /** Drops the connection as a failed network would. */
  async drop(): Promise<void> {
    this.#wire.drop();
    await this.#closed;
  }
}

/** Over BOSH a condition of its own may stand in its place (XEP-0124 §17.2). */
const conditionSpaces = new Set<string>([ns.streamErrors, ns.httpBind]);

/** The condition of a stanza error. */
export function conditionOf(stanza: Xml): string {
  const error = stanza.child("error");
  return error?.elements.find((child) => child.xmlns === ns.stanzaErrors && child.name !== "text")?.name ?? "none";
}
