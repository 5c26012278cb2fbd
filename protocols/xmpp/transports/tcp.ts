// XMPP over TCP (RFC 6120 §4): one XML document in each direction for each stream, begun anew after TLS and after SASL.
import type { Link, LinkHandler, Spliced } from "#core";
import { StreamParser } from "../stream-parser.ts";
import type { Element } from "../element.ts";
import { StreamError } from "../faults.ts";
import { ns } from "../namespaces.ts";
import type { XmppServer } from "../server.ts";
import { Stream } from "../stream.ts";
import { refuseBlank, type Transport } from "./transport.ts";

/** Serves one connection, in plain or in TLS. */
export function acceptTcp(server: XmppServer, link: Link): LinkHandler {
  const connection = new TcpConnection(server, link);
  return {
    bytes: (chunk) => connection.received(chunk, chunk.length),
    glance: (memory, length) => connection.received(memory, length),
    mostGlanced: Infinity, // it becomes characters at once
    drained: () => connection.stream.drained(),
    tooFast: () => connection.stream.broken(new StreamError("policy-violation", "too fast")),
    closed: () => connection.gone(),
  };
}

/** How long a client that has closed its stream is left to end the connection. */
const lingerMs = 500;

/** What may change how the stream goes on. */
const negotiated = new Set<string | undefined>([ns.sasl, ns.sasl2, ns.tls]);

class TcpConnection implements Transport {
  readonly link: Link;
  readonly bindsChannel = true;
  readonly stream: Stream;
  readonly #parser: StreamParser;
  readonly #clock: XmppServer["core"]["clock"];
  /** The client closed its side; XML has no more to say after a document's end. */
  #footed = false;
  #cancelLinger = (): void => {};

  constructor(server: XmppServer, link: Link) {
    this.link = link;
    this.#clock = server.core.clock;
    this.#parser = new StreamParser(server.limitsBefore, {
      opened: (header) => this.#opened(header),
      element: (element) => this.#element(element),
      closed: () => {
        this.#footed = true;
        this.stream.footer();
      },
      blank: () => refuseBlank(this.stream),
    });
    this.#parser.stepwise = true;
    this.stream = new Stream(server, this);
  }

  /** The first `length` bytes. */
  received(bytes: Buffer, length: number): void {
    this.#parse(() => this.#parser.feed(bytes, length));
  }

  // What the stream asks for.

  open(attributes: string): void {
    this.link.send(
      `<?xml version="1.0"?><stream:stream xmlns="${ns.client}" xmlns:stream="${ns.streams}"${attributes}>`,
    );
  }

  send(xml: string): void {
    this.link.send(xml);
  }

  sendSpliced(xml: Spliced): void {
    if (this.link.sendSpliced === undefined) this.link.send(xml.toString());
    else this.link.sendSpliced(xml);
  }

  /**
   * RFC 6120 §4.4, §4.9.1.1. Of a stream that the client closed first: "After the entity that sent the first closing stream tag
   * receives a reciprocal closing stream tag from the other party, it MUST terminate the underlying TCP connection". Some
   * clients lose our closing tag where the end of TLS comes in the same bytes.
   */
  close(): void {
    this.link.send("</stream:stream>");
    if (!this.#footed) return this.link.close();
    this.#cancelLinger = this.#clock.after(lingerMs, () => this.link.close());
  }

  gone(): void {
    this.#cancelLinger();
    // A stream that may be resumed is kept, and what has come of the next stanza may be 256 KB.
    this.#parser.restart();
    this.#parser.discard();
    this.stream.gone();
  }

  /** RFC 6120 §5.4.3.3: what is known from before the handshake is forgotten, first of all what was put behind the command. */
  startTls(): void {
    this.#parser.restart();
    this.#parser.discard();
    this.link.startTls?.();
  }

  // What comes.

  #parse(feed: () => void): void {
    const { stream } = this;
    if (stream.over || this.#footed) return;
    // White space between stanzas, too: the client is there (RFC 6120 §4.6.1).
    stream.heard();
    try {
      feed();
    } catch (error) {
      stream.broken(error);
    }
    if (stream.over) this.#parser.discard();
  }

  #opened(header: Element): void {
    if (header.getName() !== "stream") throw new StreamError("bad-format", "not a stream header"); // RFC 6120 §4.9.3.1
    if (header.getNS() !== ns.streams) throw new StreamError("invalid-namespace", "not the streams' namespace"); // §4.8.1
    // §4.8.2: the content namespace, or none at all when every stanza declares its own.
    const content = header.attrs["xmlns"];
    const prefixFree = header.name === "stream" && content === ns.streams;
    if (content !== ns.client && !prefixFree) throw new StreamError("invalid-namespace", "not a client's stream"); // §4.8.3
    const { to, from, version, "xml:lang": lang } = header.attrs;
    this.stream.open({ to, from, version, lang });
  }

  /**
   * Behind SASL and STARTTLS the document may end and another begin: nothing is read before it is known. A client that sends
   * its next header at once, without waiting, is understood; one that has others' bytes put behind STARTTLS is not.
   */
  #element(element: Element): void {
    const { stream } = this;
    this.link.charge?.(1);
    stream.element(element);
    const xmlns = element.getNS();
    if (stream.phase === "bound" || !negotiated.has(xmlns)) return;
    this.#parser.hold();
    stream.afterwards(() => {
      if (!stream.opened) this.#parser.restart();
      if (stream.phase !== "fresh") this.#parser.stepwise = false;
      this.#parser.limits = stream.limits;
      this.#parse(() => this.#parser.go());
    });
  }
}
