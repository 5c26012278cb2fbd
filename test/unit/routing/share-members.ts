// Members of one shared subscription, and what is published to them: messages that are numbers.
import type { Session } from "../../../src/core.ts";
import type { RunningCore } from "../../../src/create-core.ts";
import type { Publication } from "../../../src/model/event.ts";
import { Fault } from "../../../src/model/fault.ts";
import type { OriginId } from "../../../src/model/ids.ts";
import { alice, attach, bob } from "./two-nodes.ts";

export const share = "$share/workers/job/#";
type Qos = 0 | 1 | 2;

/** Attaches the device to the group of workers. */
export async function member(core: RunningCore, device: string, durable = false, qos: Qos = 1): Promise<Session> {
  const session = await attach(core, bob, device, { durable, rememberMs: durable ? 60_000 : 0, settles: true });
  coreOf.set(session, core);
  if (durable) core.topics.openQueue(session);
  if (!core.topics.subscriptionsOf(session).some(({ filter }) => filter === share))
    await core.topics.subscribe(session, subscription(share, qos));
  return session;
}

export function subscription(filter: string, qos: Qos, id?: number) {
  return { filter, qos, noLocal: false, retainAsPublished: false, retainHandling: 0 as const, id };
}

/** Numbers of what waits; takes it, and acknowledges it if asked to. */
export function taken(session: Session, settle?: true): number[] {
  return session.take(9999).map(({ event, terms }) => {
    if (settle) coreOf.get(session)?.topics.settle(session, terms!.queued!);
    return numberIn(event as Publication);
  });
}

const coreOf = new WeakMap<Session, RunningCore>();

export function numberIn({ payload }: Publication): number {
  return Number(Buffer.from(payload).toString());
}

export function publish(core: RunningCore, n: number, qos: Qos = 1, originId?: OriginId): Promise<number> {
  const publication: Publication = {
    type: "publication",
    host: "localhost",
    topic: "job/x",
    payload: Buffer.from(String(n)),
    qos,
    retain: false,
    author: alice,
    device: "d" as never,
    at: Date.now(),
  };
  return new Promise((resolve, reject) => {
    const published = (_: number, outcome: Fault | number) =>
      outcome instanceof Fault ? reject(outcome) : resolve(outcome);
    core.topics.publish(publication, originId, { published }, 0);
  });
}
