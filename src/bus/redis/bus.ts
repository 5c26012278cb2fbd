// The bus between processes: one inbox stream a node in Redis, one call a tick to ring all who are interested.
// Decided in docs/decisions/0004-bus.md.
import { randomBytes } from "node:crypto";
import type { NodeId } from "../../model/ids.ts";
import { systemClock, type Clock } from "../../ops/clock.ts";
import type { Logger } from "../../ops/log.ts";
import { counter } from "../../ops/metrics.ts";
import type { Announced, Bus, BusListener } from "../bus.ts";
import { blockMsOf, connect } from "./connection.ts";
import { Inbox } from "./inbox.ts";
import { Interests } from "./interests.ts";
import { Membership, memberOf, nodeOf } from "./membership.ts";
import { Ring } from "./ring.ts";

export interface RedisBusOptions {
  readonly url: string;
  /** Default: a name of its own for each process. */
  readonly node?: NodeId;
  readonly log: Logger;
  readonly clock?: Clock;
  /** Deployments that share a Redis have one each. */
  readonly prefix?: string;
  /** How long a node that has vanished is still taken for alive; the other times follow from it. Default 15,000. */
  readonly leaseMs?: number;
}

/** `start` waits so long for Redis; then the node works alone until it is there. */
const startMs = 3000;
/** `close` waits so long for Redis; then the lease runs out by itself. */
const closeMs = 1500;

const gaps = counter("trivium_bus_gaps_total", "Times when announcements may have been lost on their way to this node");

export function createRedisBus(options: RedisBusOptions): Bus {
  const { url, log, clock = systemClock, prefix = "trivium", leaseMs = 15_000 } = options;
  const node = options.node ?? (`n-${randomBytes(6).toString("hex")}` as NodeId);
  const self = memberOf(node, randomBytes(4).toString("hex"));
  const base = `{${prefix}}`;
  const head = [`${base}:members`, base, self] as const;
  let started: Started | undefined;
  let closing: Promise<void> | undefined;

  function open(listener: BusListener, settled: () => void): Started {
    const tell = guarded(listener, log);
    const connection = connect({
      url,
      name: `${prefix}:${node}`,
      leaseMs,
      log,
      onReady: () => void membership.refresh(),
      onLost() {
        ring.pause();
        void membership.tend();
      },
    });
    const inbox: Inbox = new Inbox({
      reader: connection.reader,
      key: `${base}:inbox:${self}`,
      self,
      blockMs: blockMsOf(leaseMs),
      clock,
      log,
      listener: {
        heard(events, member) {
          membership.met(member, false);
          for (const event of events) tell.heard(event, nodeOf(member));
        },
        gap: () => tell.gap(),
        joined: (member) => membership.met(member, true),
        left: (member) => membership.parted(member),
      },
    });
    const interests = new Interests();
    const membership: Membership = new Membership({
      connection,
      head,
      inbox,
      interests,
      leaseMs,
      clock,
      log,
      on: {
        ...tell,
        settled() {
          ring.resume();
          settled();
        },
      },
    });
    const ring: Ring = new Ring({
      commands: connection.commands,
      ready: () => connection.ready(),
      head,
      onUnregistered: () => membership.expelled(),
      clock,
      log,
    });
    return { connection, inbox, interests, membership, ring };
  }

  async function close({ connection, inbox, membership, ring }: Started): Promise<void> {
    inbox.stop();
    let inTime = true;
    const goodbye = ring
      .close()
      .then(() => membership.leave(() => inTime))
      .catch((error: unknown) => log.warn({ what: "bus_leave_failed", error: String(error) }, "left the bus silently"));
    await Promise.race([goodbye, new Promise<void>((resolve) => void clock.after(closeMs, resolve))]);
    inTime = false;
    connection.close();
    await inbox.stopped();
  }

  return {
    node,
    async start(listener) {
      await new Promise<void>((resolve) => {
        const stopWaiting = clock.after(startMs, () => {
          log.error({ what: "bus_absent" }, "started without the bus: this node is alone until it is there");
          resolve();
        });
        started = open(listener, () => {
          stopWaiting();
          resolve();
        });
      });
    },
    async watch(key) {
      if (started === undefined || closing !== undefined) return;
      const { interests, membership } = started;
      interests.watch(key);
      if (interests.has(key)) return;
      if (!membership.healthy) return interests.release();
      const synced = interests.synced();
      setImmediate(() => void membership.tend());
      await synced;
    },
    unwatch(key) {
      if (started === undefined || closing !== undefined) return;
      const { interests, membership } = started;
      interests.unwatch(key);
      if (interests.unsure && membership.healthy) setImmediate(() => void membership.tend());
    },
    announce(keys, event: Announced) {
      started?.ring.announce(keys, event);
    },
    nodes: () => started?.membership.nodes() ?? [],
    async ping() {
      if (started === undefined || closing !== undefined) throw new Error("the bus is not open");
      await started.connection.commands.ping();
    },
    [Symbol.asyncDispose]() {
      closing ??= started === undefined ? Promise.resolve() : close(started);
      return closing;
    },
  };
}

interface Started {
  readonly connection: ReturnType<typeof connect>;
  readonly inbox: Inbox;
  readonly interests: Interests;
  readonly membership: Membership;
  readonly ring: Ring;
}

/** What a listener throws is our bug, and ends neither the inbox nor the lease. */
function guarded(listener: BusListener, log: Logger): BusListener {
  function safely(call: () => void): void {
    try {
      call();
    } catch (error) {
      log.error({ what: "bus_listener_failed", error }, "the core failed at an announcement");
    }
  }
  return {
    heard: (event, from) => safely(() => listener.heard(event, from)),
    gap() {
      gaps.add();
      safely(() => listener.gap());
    },
    nodeUp: (node) => safely(() => listener.nodeUp(node)),
    nodeDown: (node) => safely(() => listener.nodeDown(node)),
  };
}
