// One socket: its lines in order, its answers in order, its silence, and its end.
import {
  type ConversationId,
  type DeviceId,
  Fault,
  type Link,
  type LinkHandler,
  type Session,
  type UserId,
} from "#core";
import { Lines } from "./codec.ts";
import { hearNews } from "./contact-news.ts";
import { Deliveries } from "./deliver.ts";
import { dispatch } from "./dispatch.ts";
import { closeCode, Refusal, wordFor } from "./faults.ts";
import { Heartbeat } from "./heartbeat.ts";
import { hello } from "./hello.ts";
import { Outgoing } from "./outgoing.ts";
import { Replies, type RepliesOwner } from "./replies.ts";
import type { JsonSession, Peer, Shared } from "./session.ts";

export class Connection implements LinkHandler, Peer, RepliesOwner {
  readonly core: Shared["core"];
  readonly options: Shared["options"];
  readonly names: Shared["names"];
  readonly events: Shared["events"];
  readonly secure: boolean;
  readonly remote: string;
  readonly certificate: Peer["certificate"];
  session: JsonSession | undefined;
  ready = false;
  readonly #link: Link;
  readonly #lines = new Lines();
  readonly #replies: Replies;
  readonly #outgoing: Outgoing;
  readonly #heartbeat: Heartbeat;
  readonly #onClosed: (connection: Connection) => void;
  #deliveries: Deliveries | undefined;
  /** Lines told before `auth` was answered. */
  readonly #early: string[] = [];
  #keep = false;
  #paused = false;
  #authenticating = false;
  #draining = false;
  #ending = false;
  #cancelTimer: () => void;

  constructor(link: Link, shared: Shared, onClosed: (connection: Connection) => void) {
    this.core = shared.core;
    this.options = shared.options;
    this.names = shared.names;
    this.events = shared.events;
    this.secure = link.secure;
    this.remote = link.remote;
    this.certificate = link.tls?.client;
    this.#link = link;
    this.#onClosed = onClosed;
    this.#replies = new Replies(this, shared.options);
    this.#outgoing = new Outgoing(link, shared.options.maxFrame, () => this.#drainOutbox());
    const { clock } = shared.core;
    this.#heartbeat = new Heartbeat(clock, shared.options, {
      beat: () => this.#outgoing.push("{}"),
      silent: (fault) => this.end(fault),
      deaf: () => this.#paused,
    });
    this.#cancelTimer = clock.after(shared.options.authTimeoutMs, () => this.#unheardOf());
  }

  /** Greets. */
  open(): void {
    this.#outgoing.push(hello(this.options));
    this.#heartbeat.start();
  }

  text(frame: string): void {
    if (this.#ending) return;
    this.#heartbeat.heard();
    this.#lines.push(frame);
    this.#pump();
  }

  drained(): void {
    if (this.#deliveries?.stalled) this.#outgoing.schedule();
  }

  /** More a second than it may. */
  tooFast(): void {
    this.end(new Fault("rate-limited", "too fast", { ends: "connection" }));
  }

  closed(): void {
    this.#ending = true;
    this.#cancelTimer();
    this.#heartbeat.stop();
    this.#deliveries?.stop();
    this.#outgoing.shut();
    // Also when the core ended it: what is slow or stalled has yet to be let go of, what was replaced is gone already.
    if (this.session !== undefined) this.#detach(this.session.attached);
    this.#onClosed(this);
  }

  async attach(user: UserId, device: DeviceId, rememberMs: number, until?: number): Promise<JsonSession> {
    const { core } = this;
    this.#keep = rememberMs > 0;
    const attached = await core.sessions.attach({
      user,
      device,
      until,
      echo: "never",
      durable: false,
      rememberMs,
      wake: () => this.#outgoing.schedule(),
      ended: (fault) => this.#farewell(fault),
    });
    if (this.#ending) {
      this.#detach(attached);
      throw new Fault("timeout", "gone before it was attached", { ends: "connection" });
    }
    const deliveries = this.#deliveriesOf(attached);
    this.#deliveries = deliveries;
    this.session = {
      ...{
        core,
        options: this.options,
        names: this.names,
        events: this.events,
        attached,
        user,
        named: this.#keep,
        settler: this.#replies,
      },
      tell: (line) => void (this.ready ? this.#outgoing.push(line) : this.#early.push(line)),
      expect: (conversation, head) => deliveries.expect(conversation, head),
    };
    return this.session;
  }

  say(line: string): void {
    this.#outgoing.push(line);
  }

  end(fault: Fault): void {
    if (!this.#ending) this.#close(closeCode(fault), wordFor(fault));
  }

  answered(): void {
    if (this.#draining && this.#replies.pending === 0) return this.#goodbye();
    if (!this.#paused || this.#authenticating || this.#replies.pending > this.options.inflight / 2) return;
    this.#paused = false;
    this.#link.resume();
    this.#pump();
  }

  bug(error: unknown): void {
    this.core.log.error({ what: "json_command_failed", link: this.#link.name, error }, "a handler failed");
  }

  /** Takes no more commands, answers those it has, says goodbye and closes: after `deadlineMs` at the latest. */
  drain(deadlineMs: number): void {
    if (this.#ending || this.#draining) return;
    this.#draining = true;
    this.#link.pause();
    this.#outgoing.push(JSON.stringify({ type: "bye", reason: "drain", in: deadlineMs }));
    this.#cancelTimer();
    this.#cancelTimer = this.core.clock.after(deadlineMs, () => this.#goodbye());
    if (this.#replies.pending === 0) this.#goodbye();
  }

  /** Runs at the end of a tick, where nobody else would catch. */
  #drainOutbox(): void {
    try {
      this.#deliveries?.drain();
    } catch (error) {
      this.bug(error);
      this.#link.destroy();
    }
  }

  #pump(): void {
    while (!this.#ending && !this.#draining && !this.#authenticating) {
      if (this.#replies.pending >= this.options.inflight) return this.#pause();
      const line = this.#lines.next();
      if (line === undefined) return;
      const answered = dispatch(line, this, this.#replies);
      if (answered !== undefined && !this.ready) this.#authenticate(answered);
    }
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#link.pause();
  }

  /** What follows `auth` waits for its answer. */
  #authenticate(answered: Promise<void>): void {
    this.#authenticating = true;
    this.#pause();
    answered
      .then(() => this.#begin())
      .catch((error: unknown) => {
        this.bug(error);
        this.#link.destroy();
      });
  }

  #begin(): void {
    this.#authenticating = false;
    if (this.#ending) return; // refused
    this.#cancelTimer();
    this.ready = true;
    for (const line of this.#early.splice(0)) this.#outgoing.push(line);
    this.#deliveries?.start();
    this.answered();
  }

  #deliveriesOf(session: Session): Deliveries {
    return new Deliveries({
      ...{
        session,
        link: this.#link,
        outgoing: this.#outgoing,
        events: this.events,
        clock: this.core.clock,
        options: this.options,
      },
      heard: (news) => this.session !== undefined && hearNews(this.session, news),
      lags: (conversation) => void this.#lag(conversation),
      synced: () => this.#outgoing.push(JSON.stringify({ type: "synced" })),
      stuck: (fault) => this.#close(1013, wordFor(fault)),
    });
  }

  async #lag(conversation: ConversationId | undefined): Promise<void> {
    if (conversation === undefined) return this.#outgoing.push(JSON.stringify({ type: "lag" }));
    const head = await this.core.conversations.head(conversation).catch(() => undefined); // the store's trouble is told elsewhere
    this.#outgoing.push(JSON.stringify({ type: "lag", c: this.names.ofConversation(conversation), head }));
  }

  #unheardOf(): void {
    if (this.#authenticating) return; // it has spoken; how long the answer takes is our affair
    this.end(new Refusal("timeout", "no auth in time", { ends: "connection" }));
  }

  /** The core ends the session. */
  #farewell(fault: Fault): void {
    if (this.#ending) return;
    this.#outgoing.push(JSON.stringify({ type: "bye", reason: wordFor(fault) }));
    this.end(fault);
  }

  #goodbye(): void {
    this.end(new Fault("draining", "shutting down", { ends: "connection" }));
  }

  #close(code: number, reason: string): void {
    this.#ending = true;
    this.#lines.clear();
    this.#outgoing.shut();
    this.#link.close(code, reason);
    this.#cancelTimer();
  }

  #detach(attached: Session): void {
    this.core.sessions.detach(attached, this.#keep).catch((error: unknown) => {
      this.core.log.warn(
        { what: "json_detach_failed", link: this.#link.name, error },
        "the device's departure was not recorded",
      );
    });
  }
}
