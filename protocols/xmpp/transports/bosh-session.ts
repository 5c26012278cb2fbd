// One BOSH session (XEP-0124): a connection made of requests, each answered once and in order, and again when asked again.
import type { Clock, HttpExchange, Link, LinkHandler } from "#core";
import type { XmlLimits } from "../codec.ts";
import { attribute } from "../print.ts";
import { type Answer, BoshAnswers } from "./bosh-answers.ts";
import { printBody, printEnd, type BoshBody } from "./bosh-body.ts";
import { boshLimits, type BoshTerms } from "./bosh-terms.ts";

/** Waits for a client that holds no request open. At the bound the session is cut, as a connection would be. */
const queueBound = 1 << 20;

interface Request {
  readonly body: BoshBody;
  readonly bytes: Buffer;
  exchange: HttpExchange;
  /** The client is gone, and may ask again. */
  gone: boolean;
  cancelWait: () => void;
}

export class BoshSession implements Link {
  readonly name: string;
  readonly remote: string;
  readonly secure: boolean;
  readonly tls: HttpExchange["tls"];
  readonly subprotocol = "";
  readonly startTls = undefined;
  readonly #terms: BoshTerms;
  readonly #clock: Clock;
  readonly #forget: () => void;
  #handler: LinkHandler | undefined;
  /** What a request may hold, as things stand. */
  limits: (() => XmlLimits) | undefined;
  /** What the handler's `bytes` is about. */
  current: BoshBody | undefined;
  #next: number;
  #announced: string;
  /** Come, and not yet their turn. */
  readonly #early = new Map<number, Request>();
  /** Dealt with, and not answered. */
  readonly #held: Request[] = [];
  readonly #answers = new BoshAnswers();
  #queue: string[] = [];
  #queued = 0;
  #flushing = false;
  #paused = false;
  #lastEmptyAt = -Infinity;
  #lastCameAt = -Infinity;
  #emptyAnswered = false;
  #end: { readonly condition: string | undefined; readonly content: string } | undefined;
  #closed = false;
  #cancelIdle = (): void => undefined;

  constructor(terms: BoshTerms, first: BoshBody, exchange: HttpExchange, clock: Clock, forget: () => void) {
    this.name = `bosh:${terms.sid.slice(0, 6)}`;
    this.remote = exchange.remote;
    this.secure = exchange.secure;
    this.tls = exchange.tls;
    this.#terms = terms;
    this.#clock = clock;
    this.#forget = forget;
    this.#next = first.rid;
    this.#announced = terms.announced;
  }

  serve(handler: LinkHandler): void {
    this.#handler = handler;
  }

  /** How many requests a client may have open (§11). */
  get requests(): number {
    return this.#terms.hold + 1;
  }

  get buffered(): number {
    return this.#queued + this.#answers.unsent;
  }

  /** A request of this session. */
  take(body: BoshBody, bytes: Buffer, exchange: HttpExchange): void {
    const ahead = body.rid - this.#next;
    if (ahead < 0) return this.#again(body.rid, exchange);
    // §11: one more for a pause or for the end.
    const extra = body.pause !== undefined || body.terminates ? 1 : 0;
    const before = this.#early.get(body.rid);
    if (before !== undefined) this.#reply(before.exchange, printBody("", ""));
    const request: Request = { body, bytes, exchange, gone: false, cancelWait: () => undefined };
    this.#early.set(body.rid, request);
    // §14.2: "MUST terminate the session".
    if (ahead >= this.requests + extra) return this.cutOff("item-not-found");
    exchange.onGone(() => this.#lost(request));
    this.#advance();
  }

  send(data: string | Uint8Array): void {
    if (this.#end !== undefined) return;
    const text = String(data);
    this.#queue.push(text);
    this.#queued += text.length;
    if (this.#queued > queueBound) return this.cutOff("policy-violation");
    this.#flushSoon();
  }

  /** Ends with a copy of the stream error (XEP-0206 §6). */
  fail(content: string): void {
    this.#end ??= { condition: "remote-stream-error", content };
  }

  close(): void {
    this.#end ??= { condition: undefined, content: "" };
    this.#flushSoon();
    this.#gone();
  }

  destroy(): void {
    this.cutOff("remote-connection-failed");
  }

  /** What comes waits; it is no more than `requests` allows. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#advance();
  }

  /** Ends at once, and says this to whoever waits or comes. */
  cutOff(condition: string): void {
    this.#end ??= { condition, content: "" };
    this.#queue = [];
    this.#queued = 0;
    this.#flush();
    this.#gone();
  }

  #advance(): void {
    while (!this.#paused && this.#end === undefined) {
      const request = this.#early.get(this.#next);
      if (request === undefined) break;
      this.#early.delete(this.#next);
      this.#next += 1;
      this.#perform(request);
    }
    this.#flushSoon();
  }

  #perform(request: Request): void {
    const { body, bytes } = request;
    this.#cancelIdle();
    this.#held.push(request);
    if (this.#tooOften(body)) return this.cutOff("policy-violation");
    // §9.2: the client has those; §14.3: they need not be kept.
    if (body.ack !== undefined) this.#answers.arrived(body.ack);
    if (this.buffered === 0) this.#handler?.drained?.();
    this.current = body;
    this.#handler?.bytes?.(bytes);
    this.current = undefined;
    if (body.pause !== undefined) return this.#pause(Math.min(body.pause, boshLimits.maxPauseS));
    request.cancelWait = this.#clock.after(this.#terms.waitS * 1000, () => {
      this.#flush();
      while (this.#held.includes(request)) this.#answer(this.#held[0]!, "");
    });
  }

  /** §11, §12: an empty request soon after another, with all that may be open, or with nothing to be had. */
  #tooOften(body: BoshBody): boolean {
    const now = this.#clock.now();
    const { pollingS } = boshLimits;
    const ordinary = body.pause === undefined && !body.terminates && !body.restarts;
    const empty = ordinary && body.payloads.length === 0 && this.#announced === "";
    const soon = now - this.#lastCameAt < pollingS * 1000;
    const polledSoon = now - this.#lastEmptyAt < pollingS * 1000 && this.#emptyAnswered;
    this.#lastCameAt = now;
    if (!empty) {
      this.#lastEmptyAt = -Infinity;
      return false;
    }
    this.#lastEmptyAt = now;
    return this.#terms.hold === 0 ? polledSoon : soon && this.#held.length >= this.requests;
  }

  /** §10: "respond immediately to all pending requests"; the pause's own answer has no payloads. */
  #pause(forS: number): void {
    while (this.#held.length > 1) this.#answer(this.#held[0]!, this.#takeQueue());
    this.#answer(this.#held[0]!, "");
    this.#idle(forS);
  }

  /** §14.3: a request that came before. */
  #again(rid: number, exchange: HttpExchange): void {
    const held = this.#held.find(({ body }) => body.rid === rid);
    if (held !== undefined) {
      if (!held.gone) this.#reply(held.exchange, printBody("", ""));
      held.exchange = exchange;
      held.gone = false;
      this.#cancelIdle();
      exchange.onGone(() => this.#lost(held));
      return this.#flushSoon();
    }
    const answer = this.#answers.get(rid);
    if (answer !== undefined) return this.#reply(exchange, answer.text, answer);
    if (this.#end !== undefined) return this.#reply(exchange, printEnd(this.#end.condition, this.#end.content));
    this.#reply(exchange, printEnd("item-not-found", ""));
    this.cutOff("item-not-found");
  }

  #lost(request: Request): void {
    request.gone = true;
    if (this.#held.every(({ gone }) => gone)) this.#idle(this.#inactivityS);
  }

  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#held.length > 0 && this.#queue.length > 0) this.#answer(this.#held[0]!, this.#takeQueue());
    if (this.#end !== undefined) return this.#finish(this.#end);
    // §8: "it SHOULD NOT keep more HTTP requests waiting at a time than the number specified"
    while (this.#held.length > this.#terms.hold || (this.#held.length > 0 && this.#announced !== ""))
      this.#answer(this.#held[0]!, this.#takeQueue());
  }

  /** The first to wait is told why; who has none open is told when it comes. */
  #finish({ condition, content }: { readonly condition: string | undefined; readonly content: string }): void {
    for (const request of [...this.#held]) this.#answer(request, undefined, printEnd(condition, content));
    for (const { exchange } of this.#early.values()) this.#reply(exchange, printEnd(condition, content));
    this.#early.clear();
  }

  #takeQueue(): string {
    const content = this.#queue.join("");
    this.#queue = [];
    this.#queued = 0;
    return content;
  }

  #answer(request: Request, content: string | undefined, end = ""): void {
    const { rid } = request.body;
    request.cancelWait();
    this.#held.splice(this.#held.indexOf(request), 1);
    const highest = this.#next - 1;
    // §9.1: "SHOULD NOT include an 'ack' attribute in any response if the value would be the 'rid' of the request"
    const ack = highest === rid ? "" : attribute("ack", String(highest));
    const text = content === undefined ? end : printBody(`${this.#announced}${ack}`, content);
    this.#announced = "";
    this.#emptyAnswered = content === "";
    const answer = this.#answers.add(rid, text, content?.length ?? 0);
    // §14.3: a client has at most so many open, and so has those before; one more, for a pause.
    this.#answers.arrived(rid - this.requests - 1);
    if (!request.gone) this.#reply(request.exchange, text, answer);
    if (this.#held.every(({ gone }) => gone)) this.#idle(this.#inactivityS);
  }

  #reply(exchange: HttpExchange, text: string, answer?: Answer): void {
    exchange.answer({ status: 200, contentType: this.#terms.contentType, body: text }, (whole) => {
      if (!whole || answer === undefined || answer.unsent === 0) return;
      this.#answers.sent(answer);
      if (this.buffered === 0 && !this.#closed) this.#handler?.drained?.();
    });
  }

  get #inactivityS(): number {
    return this.#terms.hold === 0 ? boshLimits.pollingInactivityS : boshLimits.inactivityS;
  }

  /** §10: who asks for nothing for so long is gone. */
  #idle(forS: number): void {
    this.#cancelIdle();
    this.#cancelIdle = this.#clock.after(forS * 1000, () => {
      this.#end ??= { condition: "item-not-found", content: "" };
      this.#finish(this.#end);
      this.#gone();
      this.#cancelIdle();
      this.#forget();
    });
  }

  #gone(): void {
    if (this.#closed) return;
    this.#closed = true;
    // Told to who comes yet, for as long as it may.
    if (this.#held.length === 0) this.#idle(this.#inactivityS);
    const handler = this.#handler;
    const limits = this.limits?.();
    // What is remembered for who comes yet is the end, not the stream.
    this.#handler = undefined;
    this.limits = limits === undefined ? undefined : () => limits;
    handler?.closed();
  }
}
