// One publication to those who matched it: at once to the outboxes of attached sessions, or owed to durable ones.
import type { Delivery, Publication } from "../model/event.ts";
import { Fault } from "../model/fault.ts";
import { refusals } from "../ops/refusals.ts";
import type { QueueTarget } from "../store/store.ts";
import { type Match, plainTerms } from "./subscribers.ts";

/** Durable sessions that are owed the publication. */
export function targetsOf(publication: Publication, matches: readonly Match[]): readonly QueueTarget[] {
  if (publication.qos === 0) return none;
  let targets: QueueTarget[] | undefined;
  for (const match of matches) {
    const { subscriber, qos, retainAsPublished, subscriptionIds } = match;
    if (!subscriber.durable || qos === 0 || isOwn(publication, match)) continue;
    if (subscriber.gauge?.full === true) {
      subscriber.gauge.skipped();
      continue;
    }
    const owed = Math.min(publication.qos, qos) as 1 | 2;
    (targets ??= []).push({
      user: subscriber.user,
      device: subscriber.device,
      qos: owed,
      retain: retainAsPublished && publication.retain,
      subscriptionIds,
    });
  }
  return targets ?? none;
}

/** Offers it to the sessions attached here that are not served from a queue; returns how many matched, away or not. */
export function deliver(publication: Publication, matches: readonly Match[]): number {
  const several = matches.length > 1;
  const shared: (Delivery | undefined)[] | undefined = several ? [] : undefined;
  if (several) publication.memo ??= [];
  let matched = 0;
  for (const match of matches) {
    const { subscriber, qos: granted, subscriptionIds } = match;
    const qos = publication.qos < granted ? publication.qos : granted;
    if (isOwn(publication, match)) continue;
    matched++;
    const session = subscriber.session;
    if (session === undefined || (subscriber.durable && qos > 0)) continue; // away, or served from its queue
    const retain = match.retainAsPublished && publication.retain ? 1 : 0;
    let delivery = subscriptionIds === undefined ? shared?.[qos * 2 + retain] : undefined;
    if (delivery === undefined) {
      const terms =
        subscriptionIds === undefined ? plainTerms[qos]![retain] : { qos, retain: retain === 1, subscriptionIds };
      delivery = { event: publication, late: false, redelivered: false, terms };
      if (shared !== undefined && subscriptionIds === undefined) shared[qos * 2 + retain] = delivery;
    }
    if (session.offerUnless(1, delivery)) continue;
    if (qos === 0) {
      refusals.outbox.add();
      continue;
    }
    refusals.slow.add();
    session.end(new Fault("slow-consumer", "outbox full", { ends: "connection" }));
  }
  return matched;
}

const none: readonly QueueTarget[] = [];

/** The device's own publication, which No Local keeps from it [MQTT-3.8.3-3]. */
function isOwn(publication: Publication, { subscriber, noLocal }: Match): boolean {
  return noLocal && subscriber.user === publication.author && subscriber.device === publication.device;
}
