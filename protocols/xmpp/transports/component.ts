// A component's connection (XEP-0114): one stream over TCP, opened under the component's name and proven by a shared secret.
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { Fault, faultFrom, type Link, type LinkHandler } from "#core";
import { domainpart, parseJid } from "../addressing.ts";
import { StreamParser } from "../stream-parser.ts";
import { ComponentStanzas } from "../component-stanzas.ts";
import { asClients } from "../component-xml.ts";
import type { ComponentLink, Porter } from "../components.ts";
import type { Element } from "../element.ts";
import { StreamError, streamErrorOf } from "../faults.ts";
import { Lane } from "../lane.ts";
import { ns } from "../namespaces.ts";
import { attribute, escapeText } from "../print.ts";
import type { XmppServer } from "../server.ts";
import { letGo } from "../stream-timer.ts";

/** Serves one connection. */
export function acceptComponent(server: XmppServer, link: Link): LinkHandler {
  const connection = new ComponentConnection(server, link);
  return {
    bytes: (chunk) => connection.received(chunk),
    drained: () => connection.drained(),
    tooFast: () => connection.fail(new StreamError("policy-violation", "too fast")),
    closed: () => connection.gone(),
  };
}

export class ComponentConnection implements ComponentLink {
  readonly #server: XmppServer;
  readonly #link: Link;
  readonly #parser: StreamParser;
  readonly #lane: Lane<Element>;
  readonly #id = randomBytes(12).toString("base64url");
  #porter: Porter | undefined;
  /** Set once the component is trusted. */
  #stanzas: ComponentStanzas | undefined;
  #answered = false;
  #over = false;
  #paused = false;
  #heardAt: number;
  #asked = 0;
  #cancelTimer: () => void;

  constructor(server: XmppServer, link: Link) {
    this.#server = server;
    this.#link = link;
    this.#heardAt = server.core.clock.now();
    this.#parser = new StreamParser(server.limitsBefore, {
      opened: (header) => this.#opened(header),
      element: (element) => this.#element(element),
      closed: () => this.end(),
    });
    this.#parser.stepwise = true;
    this.#lane = new Lane(
      (element) => this.#take(element),
      (error) => this.fail(error),
    );
    this.#cancelTimer = letGo(server.core.clock, server.settings.authMs, {
      heardAt: () => this.#heardAt,
      end: () => this.fail(new StreamError("connection-timeout", "no handshake in time")),
    });
    server.componentLinks.add(this);
  }

  get buffered(): number {
    return this.#link.buffered;
  }

  send(xml: string): void {
    if (!this.#over) this.#link.send(xml);
  }

  received(chunk: Buffer): void {
    if (this.#over) return;
    this.#heardAt = this.#server.core.clock.now();
    this.#asked = 0;
    try {
      this.#parser.feed(chunk);
    } catch (error) {
      this.fail(error);
    }
    if (this.#over) this.#parser.discard();
  }

  drained(): void {
    this.#porter?.drained();
    this.#stanzas?.drained();
  }

  /** The socket is gone. */
  gone(): void {
    this.#stop();
    this.#server.componentLinks.delete(this);
  }

  fail(error: unknown): void {
    const fault = faultFrom(error);
    this.#server.note(fault);
    this.end(fault);
  }

  /** Ends the stream, with an error or in good order (RFC 6120 §4.4, §4.9.1.1). */
  end(fault?: Fault): void {
    if (this.#over) return;
    // §4.7.1 of RFC 3920, which XEP-0114 §3 names: a header first, even before an error about theirs.
    if (!this.#answered) this.#answer(this.#server.host);
    if (fault !== undefined) this.#link.send(streamErrorOf(fault));
    this.#link.send("</stream:stream>");
    this.#stop();
    this.#link.close();
  }

  cut(): void {
    this.#link.destroy();
  }

  #answer(from: string): void {
    this.#answered = true;
    this.#link.send(
      `<?xml version="1.0"?><stream:stream xmlns="${ns.component}" xmlns:stream="${ns.streams}"${attribute("from", from)} id="${this.#id}">`,
    );
  }

  #opened(header: Element): void {
    if (header.getName() !== "stream") throw new StreamError("bad-format", "not a stream header");
    if (header.getNS() !== ns.streams) throw new StreamError("invalid-namespace", "not the streams' namespace");
    // §3: a namespace that is not supported "MUST return an <invalid-namespace/> stream error".
    if (header.attrs["xmlns"] !== ns.component) throw new StreamError("invalid-namespace", "not a component's stream");
    const domain = domainpart(header.attrs["to"] ?? "");
    const porter = domain === undefined ? undefined : this.#server.components.at(domain);
    // §3: "it MUST return a stream error (e.g., <conflict/> or <host-unknown/>)".
    if (porter === undefined) throw new StreamError("host-unknown", "no such component is configured");
    this.#answer(porter.domain);
    if (porter.present) throw new StreamError("conflict", "the component is connected already");
    this.#porter = porter;
    header.attrs["xmlns"] = ns.client; // what stands within is read as any client's is
  }

  #element(element: Element): void {
    if (this.#over) return;
    this.#link.charge?.(1);
    asClients(element);
    this.#lane.push(element);
    this.#press();
  }

  #take(element: Element): void | Promise<void> {
    if (this.#over) return;
    if (this.#stanzas !== undefined) return this.#stanza(element, this.#stanzas);
    const offered = element.is("handshake", ns.client) ? element.getText().trim() : "";
    // §3: "SHOULD return a <not-authorized/> stream error" and "MUST close the stream".
    if (!this.#proves(offered)) throw new StreamError("not-authorized", "no handshake, or a wrong one");
    return this.#trust(this.#porter!);
  }

  async #trust(porter: Porter): Promise<void> {
    if (!(await porter.connected(this))) throw new StreamError("conflict", "the component is connected already");
    if (this.#over) return porter.gone(this);
    this.#cancelTimer();
    this.#parser.stepwise = false;
    this.#parser.limits = this.#server.limitsAfter;
    this.#stanzas = new ComponentStanzas(this.#server, porter, this, () => this.#ease());
    this.send("<handshake/>");
    this.#watch();
  }

  #stanza(element: Element, stanzas: ComponentStanzas): void | Promise<void> {
    const name = element.getName();
    if (element.getNS() !== ns.client) throw new StreamError("invalid-namespace", "a stanza of another namespace");
    if (name !== "message" && name !== "presence" && name !== "iq")
      throw new StreamError("unsupported-stanza-type", "an element nobody knows here");
    const { from, to } = element.attrs;
    const sender = from === undefined ? undefined : parseJid(from);
    // §3: "All stanzas sent to the server MUST possess a 'from' attribute and a 'to' attribute" (RFC 6120 §4.9.3.7).
    if (sender === undefined || to === undefined) throw new StreamError("improper-addressing", "from or to is missing");
    // §3: "The domain identifier portion of the JID contained in the 'from' attribute MUST match".
    if (sender.domain !== this.#porter!.domain) throw new StreamError("invalid-from", "a stanza from another domain");
    return stanzas.received(element, sender, to);
  }

  /** §3: SHA-1 of the stream id and the secret, in lower-case hexadecimal; the secret may be escaped as XML is. */
  #proves(offered: string): boolean {
    const secret = this.#porter!.secret;
    return [secret, escapeText(secret)].some((each) => {
      const wanted = Buffer.from(createHash("sha1").update(this.#id).update(each).digest("hex"));
      const given = Buffer.from(offered);
      return given.length === wanted.length && timingSafeEqual(given, wanted);
    });
  }

  /** Asks a component that has long been silent whether it is there, and lets go of it when it does not answer. */
  #watch(): void {
    const { core, settings, host } = this.#server;
    this.#cancelTimer = core.clock.after(settings.idleMs, () => {
      if (core.clock.now() - this.#heardAt >= settings.idleMs) {
        if (this.#asked++ > 0) return this.fail(new StreamError("connection-timeout", "no answer to a ping"));
        const to = attribute("to", this.#porter!.domain);
        this.send(`<iq type="get" id="ping"${attribute("from", host)}${to}><ping xmlns="${ns.ping}"/></iq>`);
      }
      this.#watch();
    });
  }

  #press(): void {
    if (this.#paused || this.#pressure() < this.#server.settings.unanswered) return;
    this.#paused = true;
    this.#link.pause();
  }

  #ease(): void {
    if (!this.#paused || this.#over || this.#pressure() > this.#server.settings.unanswered / 2) return;
    this.#paused = false;
    this.#link.resume();
  }

  #pressure(): number {
    return this.#lane.waiting + (this.#stanzas?.unanswered ?? 0);
  }

  #stop(): void {
    if (this.#over) return;
    this.#over = true;
    this.#lane.stop();
    this.#cancelTimer();
    this.#stanzas?.stop();
    this.#porter?.gone(this);
  }
}
