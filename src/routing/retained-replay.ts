// Retained messages on their way to a new subscription: some at a time, the next when the session has drained those.
import type { Publication } from "../model/event.ts";
import { hostOf } from "../model/ids.ts";
import type { Clock } from "../ops/clock.ts";
import type { DeviceSession } from "../sessions/device-session.ts";
import type { TopicSubscription } from "../store/store.ts";
import type { Acl } from "./acl.ts";
import type { Reports } from "./reports.ts";
import type { Retained } from "./retained.ts";

export interface ReplayParts {
  readonly retained: Pick<Retained, "walk">;
  readonly reports: Pick<Reports, "match">;
  readonly acl: Pick<Acl, "mayRead">;
  readonly clock: Clock;
}

/** Half of the outbox is left to what is published meanwhile. */
const mostFullness = 0.5;

interface Walk {
  readonly subscription: TopicSubscription;
  readonly values: Iterator<Publication>;
}

/** Mostly there is little to replay: an idle session keeps nothing of it. */
export function replay(session: DeviceSession, subscription: TopicSubscription, parts: ReplayParts): void {
  const replaying = (session.replay ??= new RetainedReplay(session, parts));
  replaying.add(subscription);
  if (replaying.done) session.replay = undefined;
}

/**
 * Of one session. Each of its subscriptions has one walk at most, subscribed to however often: what is walked through is
 * held by nobody, so that ten thousand sessions that ask for everything cost ten thousand places in it.
 */
export class RetainedReplay {
  readonly #session: DeviceSession;
  readonly #parts: ReplayParts;
  readonly #walks = new Map<string, Walk>();
  #pulling = false;

  constructor(session: DeviceSession, parts: ReplayParts) {
    this.#session = session;
    this.#parts = parts;
  }

  get done(): boolean {
    return this.#walks.size === 0;
  }

  /** Begins anew if it was under way: "any existing retained messages MUST be re-sent" [MQTT-3.8.4-4]. */
  add(subscription: TopicSubscription): void {
    this.#walks.delete(subscription.filter);
    this.#walks.set(subscription.filter, { subscription, values: this.#values(subscription.filter) });
    this.pull();
  }

  /** "It MUST stop adding any new messages which match the Topic Filters, for delivery" [MQTT-3.10.4-2]. */
  drop(filter: string): void {
    this.#walks.delete(filter);
  }

  /** Goes on, as far as there is room. */
  pull(): void {
    if (this.#pulling) return; // woken by what is offered here
    this.#pulling = true;
    for (const [filter, walk] of this.#walks) if (this.#through(walk)) this.#walks.delete(filter);
    this.#pulling = false;
  }

  /** False when the outbox is full enough. */
  #through({ subscription, values }: Walk): boolean {
    const session = this.#session;
    const { acl, clock } = this.#parts;
    const now = clock.now();
    const host = hostOf(session.user);
    const subscriptionIds = subscription.id === undefined ? undefined : [subscription.id];
    while (session.attached && session.fullness < mostFullness) {
      const next = values.next();
      if (next.done === true) return true;
      const publication = next.value;
      if (publication.host !== host) continue;
      if (publication.expiresAt !== undefined && publication.expiresAt <= now) continue;
      if (acl.mayRead?.(session.user, session.device, publication.topic) === false) continue;
      const qos = Math.min(publication.qos, subscription.qos) as 0 | 1 | 2;
      const terms = { qos, retain: true, subscriptionIds };
      session.offer({ event: publication, late: true, redelivered: false, terms });
    }
    return !session.attached;
  }

  *#values(filter: string): Generator<Publication> {
    yield* this.#parts.retained.walk(filter);
    yield* this.#parts.reports.match(filter, this.#parts.clock.now());
  }
}
