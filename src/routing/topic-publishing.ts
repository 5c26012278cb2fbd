// The road of one publication to a plain topic: refused, or matched, stored where somebody must get it in any case, delivered.
import type { Bus, InterestKey } from "../bus/bus.ts";
import type { TopicSettler } from "../core.ts";
import type { Publication } from "../model/event.ts";
import { Fault } from "../model/fault.ts";
import type { OriginId } from "../model/ids.ts";
import { isWithin, type TopicBounds } from "../model/pattern.ts";
import { refusals } from "../ops/refusals.ts";
import { topicsKey } from "../sessions/interests.ts";
import type { Enqueued, QueueTarget } from "../store/store.ts";
import type { Acl } from "./acl.ts";
import type { CommitLane, Waiter } from "./commit-lane.ts";
import type { KeptTopics } from "./kept-topics.ts";
import { QueueGauge, type QueueGaugeParts } from "./queue-gauge.ts";
import type { Retained } from "./retained.ts";
import type { Choice } from "./share-groups.ts";
import { owed, type SharedDelivery } from "./shared-delivery.ts";
import type { Match, Subscriber } from "./subscribers.ts";
import { deliver, targetsOf } from "./topic-delivery.ts";
import type { TopicSubscriptions } from "./topic-subscriptions.ts";

export interface PublishingParts extends QueueGaugeParts {
  /** The tenant served. */
  readonly host: string;
  readonly lane: CommitLane;
  readonly bus: Bus;
  readonly topicBounds: TopicBounds;
  readonly kept: Pick<KeptTopics, "keep">;
  readonly acl: Acl;
  readonly subscriptions: TopicSubscriptions;
  readonly retained: Retained;
  readonly shared: SharedDelivery;
}

export class TopicPublishing {
  readonly #parts: PublishingParts;
  /** Of this tenant's topics, for the bus. */
  readonly #keys: readonly InterestKey[];

  constructor(parts: PublishingParts) {
    this.#parts = parts;
    this.#keys = [topicsKey(parts.host)];
  }

  publish(publication: Publication, originId: OriginId | undefined, asker: TopicSettler, ticket: number): void {
    const refusal = this.#refusalOf(publication);
    if (refusal !== undefined) return asker.published(ticket, refusal);
    const choices = this.#parts.shared.choose(publication);
    if (choices instanceof Fault) return asker.published(ticket, choices);
    const settler = this.#parts.kept.keep(publication, originId, asker, ticket);
    if (settler instanceof Fault) return asker.published(ticket, settler);
    const matches = this.#parts.subscriptions.match(publication.host, publication.topic);
    const targets = owed(publication, targetsOf(publication, matches), choices);
    // An origin id may name a publication that was delivered before: nobody, here or elsewhere, hears it until the
    // store has said so.
    if (originId === undefined) this.#parts.bus.announce(this.#keysOf(publication), publication);
    if (publication.retain) this.#parts.retained.set(publication);
    if (targets.length === 0 && originId === undefined) {
      const matched = this.#heardBy(this.#deliver(publication, matches, choices));
      if (publication.retain) return this.#pin(publication, settler, ticket, matched);
      return settler.published(ticket, matched);
    }
    this.#publishStored(publication, originId, { settler, ticket, matches, targets, choices });
  }

  /** For somebody who must get it in any case, or only once: settled when it is stored (P1). */
  #publishStored(publication: Publication, originId: OriginId | undefined, owing: Owing): void {
    const { settler, ticket, matches, targets, choices } = owing;
    if (publication.retain) this.#parts.lane.pin({ publication }, ignored);
    const early = originId === undefined ? this.#deliver(publication, matches, choices) : 0;
    this.#parts.lane.enqueue(
      { publication, sessions: targets, originId },
      {
        committed: (outcome) => {
          if (outcome instanceof Fault) return settler.published(ticket, outcome);
          const fresh = outcome.outcome === "new";
          const late = originId !== undefined && fresh ? this.#deliver(publication, matches, choices) : 0;
          if (originId !== undefined && fresh) this.#parts.bus.announce(this.#keysOf(publication), publication);
          settler.published(ticket, this.#heardBy(Math.max(matches.length + choices.length, early, late)));
          if (fresh) this.#deliverQueued(publication, { targets, choices }, outcome);
        },
      },
    );
  }

  /** QoS 0 promises nothing; the others are acknowledged once the retained message is durable (P1). */
  #pin(publication: Publication, settler: TopicSettler, ticket: number, matched: number): void {
    if (publication.qos === 0) settler.published(ticket, matched);
    const waiter: Waiter<void> = {
      committed: (outcome) => {
        if (publication.qos > 0) settler.published(ticket, outcome instanceof Fault ? outcome : matched);
      },
    };
    this.#parts.lane.pin({ publication }, waiter);
  }

  #refusalOf(publication: Publication): Fault | undefined {
    const { author, device, topic, retain } = publication;
    if (!isWithin(topic, this.#parts.topicBounds)) {
      refusals.topic.add();
      return new Fault("bad-request", "a topic with too many levels or bytes");
    }
    if (!this.#parts.acl.mayPublish(author, device, topic)) {
      refusals.publish.add();
      return new Fault("forbidden", "the access rules do not let it publish there");
    }
    if (!retain || this.#parts.retained.admits(publication)) return undefined;
    refusals.retained.add();
    return new Fault("quota-exceeded", "no room for another retained message");
  }

  #keysOf({ host }: Publication): readonly InterestKey[] {
    return host === this.#parts.host ? this.#keys : [topicsKey(host)];
  }

  /** Nobody here may be somebody on another node: only alone do we know that nobody subscribed. */
  #heardBy(matched: number): number {
    return matched === 0 && this.#parts.bus.nodes().length > 0 ? 1 : matched;
  }

  #deliver(publication: Publication, matches: readonly Match[], choices: readonly Choice[]): number {
    const matched = deliver(publication, matches);
    return choices.length === 0 ? matched : matched + this.#parts.shared.deliver(publication, choices);
  }

  #deliverQueued(publication: Publication, { targets, choices }: Owed, { positions }: Enqueued): void {
    const stored = choices.filter((choice) => choice.stored);
    const own = targets.length - stored.length;
    targets.forEach((target, at) => {
      const subscriber = this.#parts.subscriptions.find(target.user, target.device);
      if (subscriber !== undefined) this.#gaugeOf(subscriber).noted(positions[at]!, publication.payload.length);
      if (at >= own) return this.#parts.shared.stored(publication, stored[at - own]!, positions[at]!);
      const { qos, retain, subscriptionIds } = target;
      const queued = positions[at]!;
      if (subscriber?.session !== undefined)
        subscriber.session.queue?.hear(publication, { qos, retain, subscriptionIds, queued });
      else this.#parts.shared.ring(target);
    });
  }

  #gaugeOf(subscriber: Subscriber): QueueGauge {
    return (subscriber.gauge ??= new QueueGauge(this.#parts, subscriber.user, subscriber.device));
  }
}

const ignored: Waiter<void> = { committed: () => undefined };

interface Owed {
  readonly targets: readonly QueueTarget[];
  readonly choices: readonly Choice[];
}

interface Owing extends Owed {
  readonly settler: TopicSettler;
  readonly ticket: number;
  readonly matches: readonly Match[];
}
