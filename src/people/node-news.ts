// News of nodes to those who hear of them, wherever they are; told at most once (P6): the items are in the store.
import type { Bus } from "../bus/bus.ts";
import type { NodeListener } from "../core-nodes.ts";
import type { Delivery } from "../model/event.ts";
import type { NodeNews as News, NodeSignal } from "../model/node-event.ts";
import type { UserId } from "../model/ids.ts";
import type { DeviceSession } from "../sessions/device-session.ts";
import { userKey } from "../sessions/interests.ts";
import type { Registry } from "../sessions/registry.ts";
import { barsReader, impliedReaders, type KnownNode } from "./node-access.ts";

/** Accounts named in one announcement. */
const announcedAtOnce = 500;

export interface NodeNewsParts {
  readonly bus: Bus;
  readonly registry: Pick<Registry, "of">;
  /** Whether either does not want to hear the other, as far as is known. */
  readonly blocked: (one: UserId, other: UserId) => boolean;
}

export class NodeNews {
  readonly #parts: NodeNewsParts;
  readonly #listeners = new WeakMap<DeviceSession, NodeListener>();

  constructor(parts: NodeNewsParts) {
    this.#parts = parts;
  }

  listen(session: DeviceSession, listener: NodeListener): void {
    this.#listeners.set(session, listener);
  }

  /** To all who subscribed and may still read the node, and all who hear of it unasked. */
  tell(known: KnownNode, news: News): void {
    const { node, members } = known;
    if (!node.config.deliverNotifications) return;
    const allowed = (account: UserId): boolean => news.what === "deleted" || barsReader(known, account) === undefined;
    const subscribers = members.flatMap(({ subscription }) =>
      subscription?.state === "subscribed" && subscription.deliver && allowed(subscription.account)
        ? [subscription]
        : [],
    );
    const about = { type: "signal", name: "node", owner: node.owner, node: node.name, news } as const;
    const { notificationType } = node.config;
    const all = [
      ...subscribers.map(({ account, address }) => ({ account, address })),
      ...impliedReaders(known).map((account) => ({ account, address: undefined })),
    ];
    for (let at = 0; at < all.length; at += announcedAtOnce)
      this.#announce({ ...about, notificationType, readers: all.slice(at, at + announcedAtOnce) });
  }

  /** To these addresses alone. */
  tellOnly(known: Pick<KnownNode, "node">, news: News, readers: NodeSignal["readers"]): void {
    const { owner, name, config } = known.node;
    const { notificationType } = config;
    if (readers.length > 0)
      this.#announce({ type: "signal", name: "node", owner, node: name, notificationType, news, readers });
  }

  #announce(signal: NodeSignal): void {
    this.heard(signal);
    const accounts = new Set(signal.readers.map(({ account }) => account));
    this.#parts.bus.announce([...accounts].map(userKey), signal);
  }

  /** Also from another node. */
  heard(signal: NodeSignal): void {
    const delivery: Delivery = { event: signal, late: false, redelivered: false };
    const told = new Set<DeviceSession>();
    for (const { account, address } of signal.readers) {
      if (signal.owner.includes("@") && this.#parts.blocked(account, signal.owner as UserId)) continue;
      for (const session of this.#parts.registry.of(account)) {
        const listener = this.#listeners.get(session);
        if (listener === undefined || told.has(session) || !isFor(listener, signal.node, account, address)) continue;
        told.add(session);
        session.offerUnless(1, delivery);
      }
    }
  }
}

function isFor(listener: NodeListener, node: string, account: UserId, address: string | undefined): boolean {
  if (address === undefined) return listener.wants(node);
  return address === account ? listener.hears() : address === listener.address;
}
