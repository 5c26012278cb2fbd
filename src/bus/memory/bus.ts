// The bus of a single node, which costs next to nothing, and of several nodes in one process, for tests.
import { randomBytes } from "node:crypto";
import type { NodeId } from "../../model/ids.ts";
import type { Bus } from "../bus.ts";
import { createExchange, type Exchange, type Port } from "./exchange.ts";

/** Buses made with the same exchange hear each other. */
export function createMemoryBus(
  exchange: Exchange = createExchange(),
  node: NodeId = `n-${randomBytes(6).toString("hex")}` as NodeId,
): Bus {
  let port: Port | undefined;

  return {
    node,
    async start(listener) {
      port = { node, listener };
      exchange.join(port);
    },
    async watch(key) {
      if (port !== undefined) exchange.watch(port, key);
    },
    unwatch(key) {
      if (port !== undefined) exchange.unwatch(port, key);
    },
    announce(keys, event) {
      if (port === undefined || exchange.alone()) return;
      exchange.announce(port, keys, event);
    },
    nodes: () => (port === undefined ? [] : exchange.others(port)),
    async ping() {
      if (port === undefined) throw new Error("the bus is not started");
    },
    async [Symbol.asyncDispose]() {
      if (port !== undefined) exchange.leave(port);
      port = undefined;
    },
  };
}
