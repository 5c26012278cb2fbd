// Two cores over one store in memory, and the means to lose what they tell each other.
import { createMemoryBus } from "../../../src/bus/memory/bus.ts";
import { createExchange, type Exchange } from "../../../src/bus/memory/exchange.ts";
import type { Bus } from "../../../src/bus/bus.ts";
import type { Session } from "../../../src/core.ts";
import { createCore, type RunningCore } from "../../../src/create-core.ts";
import type { Delivery } from "../../../src/model/event.ts";
import type { Fault } from "../../../src/model/fault.ts";
import { type DeviceId, directOf, roomOf, type UserId } from "../../../src/model/ids.ts";
import { createMemoryStore } from "../../../src/store/memory/index.ts";
import type { Store } from "../../../src/store/store.ts";
import { localUser } from "../../../src/testing/core.ts";

export const alice = localUser("alice");
export const bob = localUser("bob");
export const lobby = roomOf("lobby", "localhost");
export const direct = directOf(alice, bob);

export interface TwoNodes extends AsyncDisposable {
  readonly store: Store;
  readonly exchange: Exchange;
  readonly one: RunningCore;
  readonly two: RunningCore;
  readonly busOfOne: Bus;
  readonly busOfTwo: Bus;
}

/** With accounts of alice and bob. `around` may stand in front of the store for the second node. */
export async function twoNodes(around: (store: Store) => Store = (store) => store): Promise<TwoNodes> {
  const store = createMemoryStore();
  await store.start();
  const exchange = createExchange();
  const [busOfOne, busOfTwo] = [createMemoryBus(exchange), createMemoryBus(exchange)];
  const one = await createCore({ host: "localhost", store, bus: busOfOne, scramIterations: 16 });
  const two = await createCore({ host: "localhost", store: around(store), bus: busOfTwo, scramIterations: 16 });
  for (const user of [alice, bob]) await one.accounts.create(user, "secret");
  return {
    store,
    exchange,
    one,
    two,
    busOfOne,
    busOfTwo,
    async [Symbol.asyncDispose]() {
      for (const core of [one, two]) await core[Symbol.asyncDispose]();
      for (const bus of [busOfOne, busOfTwo]) await bus[Symbol.asyncDispose]();
    },
  };
}

export interface AttachTerms {
  readonly durable?: boolean;
  readonly rememberMs?: number;
  readonly fresh?: boolean;
  readonly settles?: boolean;
  readonly state?: string;
  readonly ended?: (fault: Fault) => void;
}

export function attach(core: RunningCore, user: UserId, device: string, terms: AttachTerms = {}): Promise<Session> {
  return core.sessions.attach({
    user,
    device: device as DeviceId,
    echo: "never",
    durable: false,
    rememberMs: 60_000,
    wake: () => undefined,
    ended: () => undefined,
    ...terms,
  });
}

/** A session that follows everything its account is in. */
export async function inbox(core: RunningCore, user: UserId, device: string): Promise<Session> {
  const session = await attach(core, user, device);
  await core.conversations.openInbox(session, { rooms: true, from: "cursor" });
  return session;
}

export async function say(core: RunningCore, body: string, conversation = direct, author = alice): Promise<void> {
  await core.router.sendOne({ conversation, kind: "message", author, device: "x:elsewhere" as DeviceId, body });
}

/** Bodies of the entries that wait for the session; takes them. */
export function bodies(session: Session): (string | undefined)[] {
  return session.take(1000).flatMap(({ event }: Delivery) => (event.type === "entry" ? [event.body] : []));
}
