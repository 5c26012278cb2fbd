// A raw XMPP client over WebSocket (RFC 7395): frames in and out, and the few steps that every session begins with.
import WebSocket from "ws";
import { Arrivals, patienceMs } from "./arrivals.ts";
import { Scram, plain, type Credentials, type ScramHash, type ScramOptions } from "./sasl.ts";
import { escape, readXml, type Xml } from "./xml.ts";

export const ns = {
  framing: "urn:ietf:params:xml:ns:xmpp-framing",
  streams: "http://etherx.jabber.org/streams",
  streamErrors: "urn:ietf:params:xml:ns:xmpp-streams",
  stanzaErrors: "urn:ietf:params:xml:ns:xmpp-stanzas",
  sasl: "urn:ietf:params:xml:ns:xmpp-sasl",
  bind: "urn:ietf:params:xml:ns:xmpp-bind",
  client: "jabber:client",
  roster: "jabber:iq:roster",
  discoInfo: "http://jabber.org/protocol/disco#info",
  discoItems: "http://jabber.org/protocol/disco#items",
  sm: "urn:xmpp:sm:3",
  carbons: "urn:xmpp:carbons:2",
  forward: "urn:xmpp:forward:0",
  delay: "urn:xmpp:delay",
  sid: "urn:xmpp:sid:0",
  receipts: "urn:xmpp:receipts",
  markers: "urn:xmpp:chat-markers:0",
  chatStates: "http://jabber.org/protocol/chatstates",
  ping: "urn:xmpp:ping",
  muc: "http://jabber.org/protocol/muc",
  mucUser: "http://jabber.org/protocol/muc#user",
  mucOwner: "http://jabber.org/protocol/muc#owner",
  mam: "urn:xmpp:mam:2",
  register: "jabber:iq:register",
} as const;

export async function openXmpp(url: string): Promise<XmppClient> {
  const socket = new WebSocket(url, "xmpp", { perMessageDeflate: false });
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  return new XmppClient(socket);
}

export class XmppClient {
  /** The address the server bound us to. */
  jid = "";
  /** The last stream features. */
  features!: Xml;
  /** The stanzas since stream management was enabled: what `h` counts (XEP-0198 §4). */
  counted: Xml[] = [];
  readonly #socket: WebSocket;
  readonly #arrivals = new Arrivals<Xml>((xml) => String(xml).slice(0, 200));
  readonly #closed: Promise<number>;
  #ids = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (bytes: Buffer, binary: boolean) => {
      try {
        if (binary) throw new Error("a binary frame");
        const xml = readXml(bytes.toString());
        if (xml.is("enabled", ns.sm)) this.counted = [];
        else if (xml.xmlns === ns.client) this.counted.push(xml);
        this.#arrivals.push(xml);
      } catch (error) {
        this.#arrivals.end(
          new Error(
            `the server sent what is no frame of RFC 7395: ${(error as Error).message}: ${bytes.toString().slice(0, 300)}`,
          ),
        );
      }
    });
    socket.on("error", () => {});
    this.#closed = new Promise((resolve) =>
      socket.once("close", (code) => {
        this.#arrivals.end(new Error(`the connection was closed (${code})`));
        resolve(code);
      }),
    );
  }

  get bare(): string {
    return this.jid.split("/")[0]!;
  }

  get subprotocol(): string {
    return this.#socket.protocol;
  }

  get waiting(): readonly Xml[] {
    return this.#arrivals.waiting;
  }

  send(frame: string | Buffer): void {
    this.#socket.send(frame);
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
  async open(domain: string): Promise<Xml> {
    this.send(`<open xmlns="${ns.framing}" to="${domain}" version="1.0"/>`);
    const header = await this.take("<open/>", (xml) => xml.is("open", ns.framing));
    this.features = await this.take("stream features", (xml) => xml.is("features", ns.streams));
    return header;
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
    const challenge = await this.auth(`SCRAM-${hash}`, scram.first);
    if (!challenge.is("challenge")) return { answer: challenge, scram };
    this.send(`<response xmlns="${ns.sasl}">${scram.final(challenge.text)}</response>`);
    return { answer: await this.take("the end of SCRAM", (xml) => xml.xmlns === ns.sasl), scram };
  }

  /** PLAIN where offered, since it costs least; else SCRAM. Then the stream that follows it. */
  async login(domain: string, credentials: Credentials): Promise<void> {
    await this.open(domain);
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
  async iq(type: "get" | "set", payload: string, to?: string): Promise<Xml> {
    const id = this.id();
    this.send(
      `<iq xmlns="jabber:client" type="${type}" id="${id}"${to === undefined ? "" : ` to="${escape(to)}"`}>${payload}</iq>`,
    );
    return this.take(
      `an answer to iq ${id}`,
      (xml) =>
        xml.is("iq", ns.client) && xml.attributes["id"] === id && ["result", "error"].includes(xml.attributes["type"]!),
    );
  }

  /** Everything sent before was read by the server, and what it answered at once has come. */
  async ping(): Promise<void> {
    await this.iq("get", `<ping xmlns="${ns.ping}"/>`);
  }

  id(): string {
    return `c${++this.#ids}`;
  }

  /** The stream error that ends this stream: its condition, and all its children. */
  async streamError(): Promise<{ readonly condition: string; readonly error: Xml }> {
    const error = await this.take("a stream error", (xml) => xml.is("error", ns.streams));
    return {
      condition:
        error.elements.find((child) => child.xmlns === ns.streamErrors && child.name !== "text")?.name ?? "none",
      error,
    };
  }

  /** The WebSocket close code; fails when the server keeps the connection open. */
  async closed(withinMs = patienceMs): Promise<number> {
    // A polite server waits for our <close/> (RFC 7395 §3.6).
    const answer = this.take("<close/>", (xml) => xml.is("close", ns.framing)).then(
      () => this.#socket.readyState === WebSocket.OPEN && this.send(`<close xmlns="${ns.framing}"/>`),
    );
    answer.catch(() => {});
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`the server kept the connection open for ${withinMs} ms`)), withinMs);
    });
    return Promise.race([this.#closed, late]).finally(() => clearTimeout(timer));
  }

  /** Closes the stream, so that nothing is left to be resumed (XEP-0198 §5) and to take messages from later checks. */
  async end(): Promise<void> {
    if (this.#socket.readyState === WebSocket.OPEN) {
      this.send(`<close xmlns="${ns.framing}"/>`);
      await this.closed(1_000).catch(() => {});
    }
    await this.drop();
  }

  /** Drops the connection as a failed network would. */
  async drop(): Promise<void> {
    this.#socket.terminate();
    await this.#closed;
  }
}

/** The condition of a stanza error. */
export function conditionOf(stanza: Xml): string {
  const error = stanza.child("error");
  return error?.elements.find((child) => child.xmlns === ns.stanzaErrors && child.name !== "text")?.name ?? "none";
}
