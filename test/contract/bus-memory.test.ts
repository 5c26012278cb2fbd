import type { Bus } from "../../src/bus/bus.ts";
import { createMemoryBus } from "../../src/bus/memory/bus.ts";
import { createExchange } from "../../src/bus/memory/exchange.ts";
import { busContract } from "../../src/testing/bus-contract.ts";

busContract("memory", async () => {
  const exchange = createExchange();
  const buses: Bus[] = [];
  return {
    bus() {
      const bus = createMemoryBus(exchange);
      buses.push(bus);
      return bus;
    },
    cutOff: async (bus) => exchange.isolate(bus.node),
    restore: async (bus) => exchange.rejoin(bus.node),
    async [Symbol.asyncDispose]() {
      for (const bus of buses) await bus[Symbol.asyncDispose]();
    },
  };
});
