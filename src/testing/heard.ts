// A listener that writes down all that a bus tells it.
import type { Announced, Bus, BusListener, Control } from "../bus/bus.ts";
import type { NodeId } from "../model/ids.ts";

/** A bus with a listener that writes down all it is told. */
export interface Heard {
  readonly bus: Bus;
  readonly events: { readonly event: Announced; readonly from: NodeId }[];
  readonly up: NodeId[];
  readonly down: NodeId[];
  gaps: number;
  /** Names of the controls heard, of one sender or all. */
  names(from?: NodeId): string[];
}

/** Starts the bus with a recording listener. */
export async function started(bus: Bus): Promise<Heard> {
  const heard: Heard = {
    bus,
    events: [],
    up: [],
    down: [],
    gaps: 0,
    names: (from) => {
      const mine = heard.events.filter((one) => from === undefined || one.from === from);
      return mine
        .map(({ event }) => (event.type === "control" && event.name !== "settle" ? event.name : ""))
        .filter(Boolean);
    },
  };
  const listener: BusListener = {
    heard: (event, from) => heard.events.push({ event, from }),
    gap: () => heard.gaps++,
    nodeUp: (node) => heard.up.push(node),
    nodeDown: (node) => heard.down.push(node),
  };
  await bus.start(listener);
  return heard;
}

export function note(name: string): Control {
  return { type: "control", name, payload: "{}" };
}

export function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${n}`);
}
