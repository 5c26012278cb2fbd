// Which chat subscriptions reach an event, and what must be followed for them: pure functions of the subscriptions.
import { type Addressing, everyone, type Family, type Reach } from "../addressing.ts";
import type { Qos } from "../packet.ts";
import type { ChatSubscription } from "../session-state.ts";

export interface Subscribed extends ChatSubscription {
  readonly reach: Reach;
}

/** The subscriptions that reach one topic, as one [MQTT-3.3.5-1]. */
export interface Match {
  readonly topic: string;
  readonly qos: Qos;
  readonly noLocal: boolean;
  readonly ids: readonly number[] | undefined;
}

export function matchOf(
  subscriptions: readonly Subscribed[],
  family: Family,
  name: string,
  addressing: Addressing,
): Match | undefined {
  let qos: Qos | undefined;
  let noLocal = true;
  let ids: number[] | undefined;
  for (const subscription of subscriptions) {
    const reached = subscription.reach[family];
    if (reached !== everyone && reached !== name) continue;
    if (qos === undefined || subscription.qos > qos) qos = subscription.qos;
    noLocal &&= subscription.noLocal;
    if (subscription.id !== undefined) (ids ??= []).push(subscription.id);
  }
  return qos === undefined ? undefined : { topic: addressing.topic(family, name), qos, noLocal, ids };
}

export type From = "cursor" | "now";

/** What the session must follow to hear all that its subscriptions reach. */
export interface Plan {
  readonly inbox: { readonly rooms: boolean; readonly from: From } | undefined;
  /** By name of the peer. */
  readonly directs: ReadonlyMap<string, From>;
  readonly rooms: ReadonlyMap<string, { readonly from: From; readonly enter: boolean }>;
  /** Names of accounts whose presence is watched; `everyone`: oneself and one's contacts. */
  readonly presence: ReadonlySet<string | typeof everyone>;
}

const directFamilies = ["dm", "dmText", "typingDm", "receiptDm"] as const;
const roomFamilies = ["room", "roomText", "typingRoom", "receiptRoom"] as const;
const entryFamilies: ReadonlySet<Family> = new Set(["dm", "dmText", "room", "roomText"]);

/** Whether the filter reaches messages, and not only signals: these alone are granted more than QoS 0. */
export function reachesEntries(reach: Reach): boolean {
  return [...entryFamilies].some((family) => reach[family] !== undefined);
}

export function planOf(subscriptions: readonly Subscribed[]): Plan {
  let inbox: Plan["inbox"];
  const directs = new Map<string, From>();
  const rooms = new Map<string, { from: From; enter: boolean }>();
  const presence = new Set<string | typeof everyone>();
  for (const { reach, qos } of subscriptions) {
    for (const family of directFamilies) {
      const name = reach[family];
      const from = fromOf(family, qos);
      if (name === everyone) inbox = { rooms: inbox?.rooms ?? false, from: sooner(inbox?.from, from) };
      else if (name !== undefined) directs.set(name, sooner(directs.get(name), from));
    }
    for (const family of roomFamilies) {
      const name = reach[family];
      const from = fromOf(family, qos);
      if (name === everyone) inbox = { rooms: true, from: sooner(inbox?.from, from) };
      else if (name !== undefined) {
        const before = rooms.get(name);
        rooms.set(name, {
          from: sooner(before?.from, from),
          enter: before?.enter === true || entryFamilies.has(family),
        });
      }
    }
    if (reach.presence !== undefined) presence.add(reach.presence);
  }
  return { inbox, directs, rooms, presence };
}

/** QoS 0 hears what is said from now on, and signals are never said twice; QoS 1 and 2 go on where the device was. */
function fromOf(family: Family, qos: Qos): From {
  return qos > 0 && entryFamilies.has(family) ? "cursor" : "now";
}

function sooner(one: From | undefined, other: From): From {
  return one === "cursor" ? one : other;
}
