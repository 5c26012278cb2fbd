// What the core asks of the bus between nodes: a doorbell. The store is the truth; a lost announcement delays a
// message and never loses it, and announcing twice is harmless.
import type { Envelope, Publication, Receipt, Signal } from "../model/event.ts";
import type { NodeId } from "../model/ids.ts";

/**
 * What a node wants to hear, as a string: `user:alice@h` (directs, presence, relays of an account it has a session
 * of), a ConversationId (a room opened here), `topics:h` (plain topics of a tenant), `nodes` (everything that concerns nodes), `node:n` (answers to this one).
 */
export type InterestKey = string;

/** Questions and news among the nodes themselves; opaque to the bus. */
export interface Control {
  readonly type: "control";
  readonly name: string;
  /** JSON. */
  readonly payload: string;
}

export type Announced = Envelope | Receipt | Signal | Publication | Control;

/** What came from another node, in the order that node announced it. */
export interface BusListener {
  heard(event: Announced, from: NodeId): void;
  /** Announcements may have been lost: re-read whatever is open here from the store. */
  gap(): void;
  /** A node joined; called once too for each that was there before this one. */
  nodeUp(node: NodeId): void;
  /** The node left, or its lease ran out. */
  nodeDown(node: NodeId): void;
}

export interface Bus extends AsyncDisposable {
  readonly node: NodeId;
  /** Joins; resolves when this node is in the directory and hears. Called once, before anything else. */
  start(listener: BusListener): Promise<void>;
  /**
   * From the moment this resolves, every announcement under the key made by any node reaches this one (while the
   * bus is healthy). Idempotent. When the bus is out of reach it resolves all the same, the interest is registered
   * as soon as it is back, and `gap` is called then.
   */
  watch(key: InterestKey): Promise<void>;
  unwatch(key: InterestKey): void;
  /**
   * Rings every other node that watches at least one of the keys, once. Never throws and never waits; coalesced per
   * tick; dropped (counted) while the bus is out of reach, or when more than a bound is waiting.
   */
  announce(keys: readonly InterestKey[], event: Announced): void;
  /** Other nodes known to be up. */
  nodes(): readonly NodeId[];
  /** Resolves when the bus answers; rejects otherwise. For readiness. */
  ping(): Promise<void>;
}
