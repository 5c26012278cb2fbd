// Joins the memory buses of one process, and lets a test make the way between them as bad as a network.
import { systemClock, type Clock } from "../../ops/clock.ts";
import type { NodeId } from "../../model/ids.ts";
import type { Announced, BusListener, InterestKey } from "../bus.ts";

/**
 * What becomes of one announcement on its way to one node. A number delays it, and all that this sender announces to
 * that node after it, by so many milliseconds: what one node says is never reordered.
 */
export type Fate = "deliver" | "drop" | "twice" | number;
export type FateOf = (from: NodeId, to: NodeId, event: Announced) => Fate;

/** One bus as the exchange sees it. */
export interface Port {
  readonly node: NodeId;
  readonly listener: BusListener;
}

export interface Exchange {
  /** True when nobody else could hear. */
  alone(): boolean;
  join(port: Port): void;
  leave(port: Port): void;
  watch(port: Port, key: InterestKey): void;
  unwatch(port: Port, key: InterestKey): void;
  announce(from: Port, keys: readonly InterestKey[], event: Announced): void;
  /** Nodes that `port` knows to be up. */
  others(port: Port): readonly NodeId[];
  /** For tests: decides about every announcement from now on; undefined makes the way perfect again. */
  trouble(fateOf: FateOf | undefined): void;
  /** For tests: nothing reaches the node and nothing leaves it; the others see it go down. */
  isolate(node: NodeId): void;
  /** For tests: the others see the node come up again; it is told of the gap, and so are they. */
  rejoin(node: NodeId): void;
}

/** What waits for one node from one sender. Over the bound all of it is dropped and the node is told of a gap. */
interface Line {
  readonly from: NodeId;
  readonly to: Port;
  waiting: { readonly event: Announced; readonly dueMs: number }[];
  /** When the last in the line is due. */
  lastMs: number;
  scheduled: boolean;
}

const lineBound = 65_536;

export function createExchange(clock: Clock = systemClock): Exchange {
  const ports = new Map<NodeId, Port>();
  const isolated = new Set<NodeId>();
  const interest = new Map<InterestKey, Set<Port>>();
  const lines = new Map<Port, Map<Port, Line>>();
  let fateOf: FateOf | undefined;

  function lineBetween(from: Port, to: Port): Line {
    const fromHere = lines.get(from)!;
    let line = fromHere.get(to);
    if (line === undefined) {
      line = { from: from.node, to, waiting: [], lastMs: 0, scheduled: false };
      fromHere.set(to, line);
    }
    return line;
  }

  function send(from: Port, to: Port, event: Announced): void {
    const fate = fateOf === undefined ? "deliver" : fateOf(from.node, to.node, event);
    if (fate === "drop") return;
    const line = lineBetween(from, to);
    if (typeof fate === "number") line.lastMs = Math.max(line.lastMs, clock.now() + fate);
    if (line.waiting.length >= lineBound) {
      line.waiting = [];
      to.listener.gap();
    }
    for (let copies = fate === "twice" ? 2 : 1; copies > 0; copies--) {
      line.waiting.push({ event: copyOf(event), dueMs: line.lastMs });
    }
    schedule(line);
  }

  function schedule(line: Line): void {
    const first = line.waiting[0];
    if (line.scheduled || first === undefined) return;
    line.scheduled = true;
    const waitMs = first.dueMs === 0 ? 0 : first.dueMs - clock.now();
    // A macrotask even without delay: nodes that answer each other must not starve the loop.
    if (waitMs <= 0) setImmediate(flush, line);
    else clock.after(waitMs, () => flush(line));
  }

  function flush(line: Line): void {
    line.scheduled = false;
    const now = line.lastMs === 0 ? 0 : clock.now();
    const ready = line.waiting.findIndex((announcement) => announcement.dueMs > now);
    const due = line.waiting.splice(0, ready < 0 ? line.waiting.length : ready);
    for (const { event } of due) {
      if (ports.get(line.to.node) !== line.to || isolated.has(line.to.node)) return;
      line.to.listener.heard(event, line.from);
    }
    schedule(line);
  }

  function forget(port: Port): void {
    for (const watchers of interest.values()) watchers.delete(port);
    for (const line of lines.get(port)?.values() ?? []) line.waiting = [];
    for (const fromElsewhere of lines.values()) {
      const line = fromElsewhere.get(port);
      if (line !== undefined) line.waiting = [];
    }
  }

  function reachable(port: Port): readonly Port[] {
    if (isolated.has(port.node)) return [];
    return [...ports.values()].filter((other) => other !== port && !isolated.has(other.node));
  }

  return {
    alone: () => ports.size <= 1,
    join(port) {
      if (ports.has(port.node)) throw new Error(`node ${port.node} has joined already`);
      ports.set(port.node, port);
      lines.set(port, new Map());
      for (const other of reachable(port)) {
        other.listener.nodeUp(port.node);
        port.listener.nodeUp(other.node);
      }
    },
    leave(port) {
      if (ports.get(port.node) !== port) return;
      const others = reachable(port);
      forget(port);
      ports.delete(port.node);
      lines.delete(port);
      for (const fromElsewhere of lines.values()) fromElsewhere.delete(port);
      isolated.delete(port.node);
      for (const other of others) other.listener.nodeDown(port.node);
    },
    watch(port, key) {
      const watchers = interest.get(key);
      if (watchers === undefined) interest.set(key, new Set([port]));
      else watchers.add(port);
    },
    unwatch(port, key) {
      const watchers = interest.get(key);
      if (watchers?.delete(port) === true && watchers.size === 0) interest.delete(key);
    },
    announce(from, keys, event) {
      if (isolated.has(from.node)) return;
      const hearers = new Set<Port>();
      for (const key of keys) for (const port of interest.get(key) ?? []) hearers.add(port);
      hearers.delete(from);
      for (const port of hearers) if (!isolated.has(port.node)) send(from, port, event);
    },
    // A node that is cut off keeps what it knew: it cannot tell who has left since.
    others: (port) =>
      [...ports.values()]
        .filter((other) => other !== port && (isolated.has(port.node) || !isolated.has(other.node)))
        .map((other) => other.node),
    trouble(decide) {
      fateOf = decide;
    },
    isolate(node) {
      const port = ports.get(node);
      if (port === undefined || isolated.has(node)) return;
      const others = reachable(port);
      isolated.add(node);
      for (const line of lines.get(port)!.values()) line.waiting = [];
      for (const other of others) other.listener.nodeDown(node);
    },
    rejoin(node) {
      const port = ports.get(node);
      if (port === undefined || !isolated.delete(node)) return;
      for (const other of reachable(port)) {
        other.listener.nodeUp(node);
        other.listener.gap();
      }
      port.listener.gap();
    },
  };
}

/**
 * Each node gets its own: encode-once scratch space (`memo`) must not be shared between nodes that fill it in
 * their own terms, and what is undefined here is absent there, as it would be over a wire.
 */
function copyOf(event: Announced): Announced {
  const copy: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(event)) {
    if (name !== "memo" && value !== undefined) copy[name] = value;
  }
  return copy as unknown as Announced;
}
