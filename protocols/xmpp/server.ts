// What the streams and sessions of this front-end share.
import type { Core, Delivery, Fault } from "#core";
import { limitsFor, type XmlLimits } from "./codec.ts";
import { kindOfEvent } from "./deliver.ts";
import type { Dispatch } from "./dispatch.ts";
import { StanzaError, StreamError } from "./faults.ts";
import { heldBack } from "./features/xep-0352-client-state.ts";
import { Components } from "./components.ts";
import { PassedStreams } from "./passed-streams.ts";
import { PushDesk } from "./push-desk.ts";
import { settingsOf, type XmppOptions, type XmppSettings } from "./options.ts";
import type { XmppSession } from "./session.ts";
import type { Stream } from "./stream.ts";
import type { ComponentConnection } from "./transports/component.ts";

/** How often silent clients are looked for. */
const checkMs = 15_000;

export class XmppServer {
  readonly core: Core;
  readonly settings: XmppSettings;
  readonly dispatch: Dispatch;
  /** Before authentication little is believed. */
  readonly limitsBefore: XmlLimits;
  readonly limitsAfter: XmlLimits;
  /** Connected, whatever their phase. */
  readonly streams = new Set<Stream>();
  readonly sessions = new Set<XmppSession>();
  /** External components (XEP-0114), and the connections that are, or may become, one's. */
  readonly components: Components;
  /** Tells push services what is new for clients that are away (XEP-0357). */
  readonly push: PushDesk;
  readonly componentLinks = new Set<ComponentConnection>();
  /** Sessions that may be resumed, by their id (XEP-0198 §5). */
  readonly resumable = new Map<string, XmppSession>();
  /** What became of those that cannot be resumed any more. */
  readonly passed = new PassedStreams();
  #undrained: XmppSession[] = [];
  #cancelCheck: (() => void) | undefined;

  constructor(core: Core, options: XmppOptions, dispatch: Dispatch) {
    this.core = core;
    this.settings = settingsOf(options, core.host);
    this.dispatch = dispatch;
    this.limitsBefore = limitsFor(this.settings.preauthBytes);
    this.limitsAfter = limitsFor(this.settings.stanzaBytes);
    this.components = new Components(this, this.settings.components);
    this.push = new PushDesk(this);
    this.#check();
  }

  get host(): string {
    return this.core.host;
  }

  /** Drains the session once what is going on now is over: one commit's entries leave together. */
  drainSoon(session: XmppSession): void {
    if (this.#undrained.push(session) > 1) return;
    queueMicrotask(() => {
      const sessions = this.#undrained;
      this.#undrained = [];
      for (const each of sessions) each.out.drain();
    });
  }

  /** From the outbox to the client, now or when it wants it. */
  deliver(session: XmppSession, delivery: Delivery): void {
    if (heldBack(session, delivery)) return;
    this.bring(session, delivery);
    session.out.ahead = undefined;
  }

  bring(session: XmppSession, delivery: Delivery): void {
    const kind = kindOfEvent(delivery.event);
    if (kind === undefined) return;
    try {
      this.dispatch.deliverers[kind]?.(session, delivery);
    } catch (error) {
      this.core.log.error(
        { what: "xmpp_delivery_failed", session: session.core.id, kind, err: error },
        "an event could not be put into XML",
      );
    }
  }

  /** Refusals are the client's business; what is our bug is logged. */
  note(fault: Fault): void {
    if (fault.code === "internal")
      this.core.log.error({ what: "xmpp_failed", err: fault.cause ?? fault }, "a handler failed");
    else if (fault instanceof StreamError)
      this.core.log.debug({ what: "xmpp_stream_error", condition: fault.condition }, "stream ended");
    else if (!(fault instanceof StanzaError))
      this.core.log.debug({ what: "xmpp_refused", code: fault.code }, "stanza refused");
  }

  stop(): void {
    this.#cancelCheck?.();
    this.#cancelCheck = undefined;
  }

  #check(): void {
    this.#cancelCheck = this.core.clock.after(checkMs, () => {
      const now = this.core.clock.now();
      for (const stream of this.streams) stream.check(now);
      for (const session of this.sessions) session.out.tellAcknowledged();
      this.#check();
    });
  }
}
