// A resource (RFC 6120 §7): bound to an account, fed by the core, and with XEP-0198 outliving its stream.
import { type Draft, type DeviceId, Fault, faultFrom, type Sent, type Session, type Settler, type UserId } from "#core";
import { fullJid, parseJid, resourceOf } from "./addressing.ts";
import type { Element } from "./element.ts";
import { errorStanza, type Refused } from "./error-stanza.ts";
import { StreamError } from "./faults.ts";
import { Inbound } from "./inbound.ts";
import { ns } from "./namespaces.ts";
import { Outflow } from "./outflow.ts";
import { attribute } from "./print.ts";
import type { XmppServer } from "./server.ts";
import { emptySlots } from "./slot.ts";
import type { StreamManagement } from "./stream-management.ts";
import type { SessionStream } from "./session-stream.ts";

/** A message on its way into a log, with what its answer needs. */
export interface Posted extends Refused {
  readonly type: string | undefined;
  stored?(session: XmppSession, posted: Posted, sent: Sent): void;
  /** A refusal in other words than the usual. */
  refused?(fault: Fault): Fault;
}

const partingMs = 5000;
const lastWordMs = 500;

export class XmppSession implements Settler {
  readonly server: XmppServer;
  readonly core: Session;
  readonly jid: string;
  readonly resource: string;
  /** What came on its streams, and what of it is handled. */
  readonly inbound = new Inbound();
  /** What goes to the client. */
  readonly out = new Outflow(this);
  /** The features' own; see slot.ts. */
  readonly slots = emptySlots();
  /** Undefined while it waits to be resumed. */
  stream: SessionStream | undefined;
  sm: StreamManagement | undefined;
  patience = 1; // how many times as long as others it may be silent
  readonly #keep: boolean;
  #posted: Map<number, Posted> | undefined; // made with the first
  #quiet: (() => void)[] | undefined;
  #ticket = -1;
  #over = false;
  #cancelWait: (() => void) | undefined;
  #acknowledgedAll: (() => void) | undefined;

  /** `keep`: the device is remembered when the session ends. */
  constructor(server: XmppServer, core: Session, stream: SessionStream, keep: boolean) {
    this.server = server;
    this.core = core;
    this.stream = stream;
    this.resource = resourceOf(core.device);
    this.jid = fullJid(core.user, core.device);
    this.#keep = keep;
    server.sessions.add(this);
  }

  get user(): UserId {
    return this.core.user;
  }

  get device(): DeviceId {
    return this.core.device;
  }

  get over(): boolean {
    return this.#over;
  }

  get resumable(): boolean {
    return this.sm?.resumable === true;
  }

  // In.

  /** A stanza from the client. */
  receive(stanza: Element): void | Promise<void> {
    const ticket = (this.#ticket = this.inbound.begin());
    let handling: void | Promise<void>;
    try {
      this.#checkFrom(stanza.attrs["from"]);
      // RFC 6120 §8.1.5: the language of the stream is that of stanzas that name none.
      if (this.stream?.lang !== undefined) stanza.attrs["xml:lang"] ??= this.stream.lang;
      handling = this.server.dispatch.stanza(this, stanza);
    } catch (error) {
      this.#refuse(stanza, error, ticket);
      return;
    }
    if (handling === undefined) return this.#handledUnlessPosted(ticket);
    return handling.then(
      () => this.#handledUnlessPosted(ticket),
      (error: unknown) => this.#refuse(stanza, error, ticket),
    );
  }

  /** Sends a draft for the stanza being received; the stanza counts as handled once it is stored (P1). */
  post(draft: Draft, posted: Posted): void {
    const ticket = this.#ticket;
    (this.#posted ??= new Map()).set(ticket, posted);
    this.server.core.router.send(draft, this, ticket);
  }

  settled(ticket: number, outcome: Sent | Fault): void {
    const posted = this.#posted!.get(ticket)!;
    this.#posted!.delete(ticket);
    if (!(outcome instanceof Fault)) posted.stored?.(this, posted, outcome);
    else if (posted.type !== "error") this.sendError("message", posted, posted.refused?.(outcome) ?? outcome);
    this.#handled(ticket);
    if (this.#posted!.size === 0) for (const resolve of this.#quiet?.splice(0) ?? []) resolve();
  }

  /** Resolves when nothing posted waits to be stored: what comes next may be about it. */
  quiet(): Promise<void> {
    if ((this.#posted?.size ?? 0) === 0) return Promise.resolve();
    return new Promise((resolve) => (this.#quiet ??= []).push(resolve));
  }

  /** Answers an IQ with this child, or with none. */
  answer(iq: Element, result: string | undefined | Promise<string | undefined>): void | Promise<void> {
    if (result instanceof Promise) return result.then((made) => this.#sendResult(iq, made));
    this.#sendResult(iq, result);
  }

  sendError(name: string, refused: Refused, fault: Fault): void {
    this.server.note(fault);
    this.send(errorStanza(name, refused, this.jid, fault));
  }

  /** A stanza to the client. */
  send(xml: string): void {
    this.out.send(xml);
  }

  // XEP-0198.

  /** The client acknowledged so many stanzas. */
  acknowledged(h: number): void {
    this.sm?.acknowledge(h, (place) => this.out.acknowledge(place));
    if (this.sm?.owing === false) this.#acknowledgedAll?.();
    this.out.drain();
  }

  /** The client asks how many are handled. */
  requested(): void {
    this.sm?.request(this.inbound.begun);
    this.#tellHandled();
  }

  /** Goes on over another stream; what was not acknowledged is to be sent again by the caller. */
  resumeOn(stream: SessionStream): void {
    this.#cancelWait?.();
    this.#cancelWait = undefined;
    const before = this.stream;
    this.stream = stream;
    before?.abandon();
    this.sm?.forgetRequests();
    stream.bound(this);
  }

  /** Asks the silent client whether it is there. */
  ask(): void {
    if (this.sm !== undefined) return this.out.request();
    this.send(
      `<iq xmlns="${ns.client}" type="get" id="ping-${this.core.id}" from="${this.server.host}"${attribute("to", this.jid)}><ping xmlns="${ns.ping}"/></iq>`,
    );
  }

  // The end.

  /**
   * The client closes its stream. Resolves when all that came is handled and the client is told (XEP-0198 §4), and when
   * it has acknowledged what it has got. Bounded in time.
   */
  async parting(): Promise<void> {
    await this.handledAll();
    if (this.sm === undefined || this.stream === undefined) return;
    this.stream.send(this.#count());
    if (!this.sm.owing) return;
    // Some close first and acknowledge after; without this they would get their last messages twice.
    if (!this.sm.requested) this.out.request();
    await this.#within(lastWordMs, new Promise<void>((resolve) => (this.#acknowledgedAll = resolve)));
  }

  /** Resolves when all that came is handled, or is not within some seconds. */
  async handledAll(): Promise<void> {
    await this.#within(partingMs, this.inbound.idle());
  }

  /** The stream ended in good order, or by an error: so does the session. */
  closed(stream: SessionStream): void {
    if (stream === this.stream) this.#end();
  }

  /** The stream's connection is gone. */
  cut(stream: SessionStream): void {
    if (stream !== this.stream) return;
    if (!this.resumable || this.#over) return this.#end();
    this.stream = undefined;
    this.sm!.cut();
    this.#cancelWait = this.server.core.clock.after(this.sm!.resumeMs, () => this.#end());
  }

  /** Ends the session, whether it has a stream or waits for one. */
  drop(): void {
    this.#end();
  }

  /** More is not acknowledged than is kept for a client. */
  overflowed(): void {
    const fault = new Fault("slow-consumer", "too many stanzas are not acknowledged", { ends: "connection" });
    if (this.stream === undefined) this.#end();
    else this.stream.end(fault);
  }

  /** The core ended the session. */
  ended(fault: Fault): void {
    if (this.#over) return;
    this.#finish();
    this.stream?.end(fault);
    this.#detach();
  }

  #end(): void {
    if (this.#over) return;
    this.#finish();
    this.#detach();
  }

  #detach(): void {
    this.server.core.sessions
      .detach(this.core, this.#keep)
      .catch((error: unknown) => this.server.note(faultFrom(error)));
  }

  #finish(): void {
    this.out.tellAcknowledged();
    this.#over = true;
    this.#cancelWait?.();
    this.server.sessions.delete(this);
    if (this.sm?.resumable === true) {
      this.server.resumable.delete(this.sm.id);
      this.server.passed.note(this.sm.id, { user: this.user, h: this.sm.handled(this.inbound.done) });
    }
    for (const feature of this.server.dispatch.features) feature.ended?.(this);
  }

  async #within(ms: number, done: Promise<void>): Promise<void> {
    let cancel = (): void => undefined;
    const late = new Promise<void>((resolve) => (cancel = this.server.core.clock.after(ms, resolve)));
    await Promise.race([done, late]);
    cancel();
  }

  /** A client speaks for its own account. Another resource, as a page loaded again makes up, is overridden (RFC 6120 §8.1.2.1). */
  #checkFrom(from: string | undefined): void {
    if (from === undefined || from === this.jid || from === this.user) return;
    if (parseJid(from)?.bare !== this.user) throw new StreamError("invalid-from", "a stanza from another");
  }

  #refuse(stanza: Element, error: unknown, ticket: number): void {
    const fault = faultFrom(error);
    const { id, to, type } = stanza.attrs;
    if (fault.ends === "connection") {
      this.server.note(fault);
      this.stream?.end(fault);
    } else if (type !== "error" && type !== "result") {
      this.sendError(stanza.getName(), { id, to, stanza }, fault); // RFC 6120 §8.3.1: never an error about an error
    }
    this.#handled(ticket);
  }

  #handledUnlessPosted(ticket: number): void {
    if (this.#posted?.has(ticket) !== true) this.#handled(ticket);
  }

  #handled(ticket: number): void {
    this.inbound.end(ticket);
    this.#tellHandled();
    this.stream?.eased();
  }

  #tellHandled(): void {
    if (this.sm === undefined || this.stream === undefined) return;
    for (let left = this.sm.answerable(this.inbound.done); left > 0; left--) this.stream.send(this.#count());
  }

  #count(): string {
    return `<a xmlns="${ns.sm}" h="${this.sm!.handled(this.inbound.done)}"/>`;
  }

  #sendResult(iq: Element, made: string | undefined): void {
    const { id, to } = iq.attrs;
    const head = `<iq xmlns="${ns.client}" type="result"${attribute("id", id)}${attribute("from", to)}${attribute("to", this.jid)}`;
    this.send(made === undefined ? `${head}/>` : `${head}>${made}</iq>`);
  }
}
