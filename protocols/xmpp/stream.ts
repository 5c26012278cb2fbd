// A stream (RFC 6120 §4): opened, negotiated, bound, closed. Knows neither sockets nor framing; see transports/.
import { randomBytes } from "node:crypto";
import { Fault, faultFrom, type Link, ownText, type UserId, type Spliced } from "#core";
import type { XmlLimits } from "./codec.ts";
import type { Element } from "./element.ts";
import { stanzaErrorOf, StreamError } from "./faults.ts";
import type { Phase } from "./feature.ts";
import { Lane } from "./lane.ts";
import { ns } from "./namespaces.ts";
import { attribute } from "./print.ts";
import type { XmppServer } from "./server.ts";
import type { XmppSession } from "./session.ts";
import { featuresFor } from "./stream-features.ts";
import { checkHeader, claimIn, type Header } from "./stream-header.ts";
import { letGo } from "./stream-timer.ts";
import { say, sayWhy, type Transport } from "./transports/transport.ts";

/** Elements that wait for a slow one, before a session has its own bound. */
const waitingBound = 16;

export class Stream {
  readonly server: XmppServer;
  readonly transport: Transport;
  phase: Phase = "fresh";
  /** Whoever authenticated. */
  user: UserId | undefined;
  until: number | undefined;
  session: XmppSession | undefined;
  /** The account that the header is from, if it says so. */
  claimed: string | undefined;
  lang: string | undefined;
  /** While it is set, nothing comes but what it lets pass; it throws at all else. */
  guard: ((element: Element) => void) | undefined;
  /** When the client was last heard. */
  heardAt: number;
  /** The client was asked whether it is there, and has not answered. */
  asked = false;
  readonly #lane: Lane<Item>;
  #opened = false;
  #answered = false;
  #paused = false;
  #parting = false;
  #over = false;
  #cancelTimer: () => void;

  constructor(server: XmppServer, transport: Transport) {
    this.server = server;
    this.transport = transport;
    this.heardAt = server.core.clock.now();
    this.#lane = new Lane(
      (item) => this.#take(item),
      (error) => this.#failed(error),
    );
    this.#cancelTimer = this.#timer();
    server.streams.add(this);
  }

  get link(): Link {
    return this.transport.link;
  }

  /** What is believed of this client's XML. */
  get limits(): XmlLimits {
    return this.phase === "fresh" ? this.server.limitsBefore : this.server.limitsAfter;
  }

  /** The client's header has come, since the last restart. */
  get opened(): boolean {
    return this.#opened;
  }

  /** RFC 6120 §5.3.1: passwords would go over the network in plain, and need not. */
  get mustEncrypt(): boolean {
    return !this.link.secure && this.transport.startTls !== undefined && this.link.startTls !== undefined;
  }

  get over(): boolean {
    return this.#over;
  }

  // What the transport tells.

  /** The client opened its side, for the first time or to restart. */
  open(header: Header): void {
    this.heard();
    if (this.#over) return;
    try {
      if (this.#opened) throw new StreamError("bad-format", "opened twice");
      this.#opened = true;
      this.#answer(header);
      checkHeader(header, this.server.host, this.user);
      this.claimed = claimIn(header);
      this.lang = header.lang && ownText(header.lang);
      this.announce();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** One that came; `heard` was called for what brought it. */
  element(element: Element): void {
    if (this.#over) return;
    if (!this.#opened) return this.#failed(new StreamError("bad-format", "an element before the stream was opened"));
    // What is acknowledged waits for nothing: what is on its way to the client may wait for it.
    if (this.#parting || (this.session?.sm !== undefined && element.is("a", ns.sm))) return this.#lastWord(element);
    this.#lane.push(element);
    this.#press();
  }

  /** Called when all that came before is dealt with, unless the stream ends first. */
  afterwards(call: () => void): void {
    if (!this.#over) this.#lane.push(call);
  }

  heard(): void {
    this.heardAt = this.server.core.clock.now();
    this.asked = false;
  }

  /** The client closed its side. */
  footer(): void {
    if (!this.#over) this.#lane.push(footer);
  }

  /** What came is no XMPP. */
  broken(error: unknown): void {
    if (!this.#over) this.#failed(error);
  }

  /** The connection is gone. */
  gone(): void {
    this.server.streams.delete(this);
    if (this.#over) return;
    this.#stop();
    this.session?.cut(this);
  }

  /** All that was sent is with the kernel. */
  drained(): void {
    this.session?.out.flushed();
  }

  // What features do with it.

  /** Says what is offered as things stand. */
  announce(): void {
    this.transport.send(featuresFor(this));
  }

  send(xml: string | Spliced): void {
    if (!this.#over) say(this.transport, xml);
  }

  /** SASL succeeded; `until`: what it was proved with ends then, Unix milliseconds. */
  authenticated(user: UserId, until: number | undefined): void {
    this.user = user;
    this.until = until;
    this.phase = "authenticated";
    this.#cancelTimer();
    this.#cancelTimer = this.#timer();
  }

  /** Goes on in TLS: the client starts the stream anew when its handshake is done (RFC 6120 §5.4.3.3). */
  startTls(): void {
    this.restart();
    this.transport.startTls?.();
  }

  /** The client starts the stream anew (RFC 6120 §6.4.6); one that fails before gets a header of its own first. */
  restart(): void {
    this.#opened = false;
    this.#answered = false;
  }

  bound(session: XmppSession): void {
    this.session = session;
    this.phase = "bound";
    this.#cancelTimer();
  }

  /** Answers an IQ of a stream that has no session yet. */
  async answer(iq: Element, make: () => string | undefined | Promise<string | undefined>): Promise<void> {
    const head = (type: string): string => `<iq xmlns="${ns.client}" type="${type}"${attribute("id", iq.attrs["id"])}`;
    try {
      const result = await make();
      this.send(result === undefined ? `${head("result")}/>` : `${head("result")}>${result}</iq>`);
    } catch (error) {
      const fault = faultFrom(error);
      if (fault.ends === "connection") throw fault;
      this.server.note(fault);
      this.send(`${head("error")}>${stanzaErrorOf(fault)}</iq>`);
    }
  }

  /** Ends the stream for good, with an error or in good order; its session with it. */
  end(fault?: Fault): void {
    if (this.#over) return;
    if (!this.#answered) this.#answer(undefined);
    if (fault !== undefined) sayWhy(this.transport, fault);
    this.#stop();
    this.transport.close();
    this.session?.closed(this);
  }

  /** The client took its session to another stream: this one ends without it. */
  abandon(): void {
    this.session = undefined;
    this.end(new StreamError("conflict", "resumed elsewhere"));
  }

  /** Some of what was unanswered is answered. */
  eased(): void {
    if (!this.#paused || this.#pressure() > this.#bound() / 2) return;
    this.#paused = false;
    this.link.resume();
  }

  /** Asks a client that has long been silent whether it is there; cuts it off when it did not answer the last time. */
  check(now: number): void {
    if (this.session === undefined) return;
    const idleMs = this.server.settings.idleMs * this.session.patience;
    if (now - this.heardAt < idleMs) return;
    if (!this.asked) {
      this.asked = true;
      this.session.ask();
    } else if (now - this.heardAt >= 2 * idleMs) {
      // What may be resumed is only cut: a stream error would end it for good.
      if (this.session.resumable) this.link.destroy();
      else this.end(new StreamError("connection-timeout", "no answer to a ping"));
    }
  }

  /** RFC 6120 §4.4: no more data behind a closing tag; but an acknowledgement is welcome. */
  #lastWord(element: Element): void {
    if (!element.is("a", ns.sm)) return;
    try {
      void this.server.dispatch.element(this, element); // counts only, and never waits
    } catch (error) {
      this.#failed(error);
    }
  }

  #take(item: Item): void | Promise<void> {
    this.eased();
    if (typeof item === "function") return item();
    if (item !== footer) return this.server.dispatch.element(this, item);
    if (this.session === undefined) return this.end();
    this.#parting = true;
    return this.session.parting().then(() => this.end());
  }

  /** RFC 6120 §4.7: our header, before anything else and even before an error about theirs. */
  #answer(header: Header | undefined): void {
    this.#answered = true;
    this.transport.open(
      `${attribute("from", this.server.host)}${attribute("to", header?.from)} id="${randomBytes(12).toString("base64url")}" version="1.0" xml:lang="en"`,
    );
  }

  #pressure(): number {
    return this.#lane.waiting + (this.session?.inbound.unanswered ?? 0);
  }

  #bound(): number {
    return this.session === undefined ? waitingBound : this.server.settings.unanswered;
  }

  #press(): void {
    if (this.#paused || this.#pressure() < this.#bound()) return;
    this.#paused = true;
    this.link.pause();
  }

  #failed(error: unknown): void {
    const fault = faultFrom(error);
    this.server.note(fault);
    this.end(fault);
  }

  #stop(): void {
    this.#over = true;
    this.#lane.stop();
    this.#cancelTimer();
  }

  #timer(): () => void {
    const { server } = this;
    return letGo(server.core.clock, server.settings.authMs, {
      heardAt: () => this.heardAt,
      end: () => this.end(new StreamError("connection-timeout", "not authenticated in time")),
    });
  }
}

const footer = Symbol("footer");
type Item = Element | typeof footer | (() => void);
