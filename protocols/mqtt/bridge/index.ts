// Bridges to other brokers.
import { type Core, Fault } from "#core";
import { Bridge } from "./bridge.ts";
import type { BridgeOptions } from "./options.ts";

export type { BridgeOptions, BridgeTls, BridgeTopic } from "./options.ts";

export interface Bridges {
  /** Finishes what is under way to the remotes, and leaves them; what takes longer stays in the queues. */
  drain(deadlineMs: number): Promise<void>;
}

/** Begins at once; remotes that are away are tried again. Faults: bad-request, when a bridge cannot be as it is described. */
export function startBridges(core: Core, all: readonly BridgeOptions[], chatPrefix: string): Bridges {
  const bridges = all.map((options) => {
    try {
      return new Bridge(core, options, chatPrefix);
    } catch (error) {
      if (error instanceof Fault) throw new Fault(error.code, `bridge ${options.name}: ${error.message}`);
      throw error;
    }
  });
  for (const bridge of bridges) bridge.start();
  return {
    drain: async (deadlineMs) => {
      const late = new Promise<void>((resolve) => core.clock.after(deadlineMs, resolve));
      await Promise.race([Promise.all(bridges.map((bridge) => bridge.stop())), late]);
    },
  };
}
