// Publisher and subscriber in pairs, each with a topic of its own; messages of 64 bytes.
import type { Target } from "../../conformance/target.ts";
import type { Figure, Goal } from "../figure.ts";
import type { PairsJob } from "../load/mqtt-pairs.ts";
import { mqttOf } from "../servers.ts";

type Shape = Pick<PairsJob, "qos" | "pairs" | "inFlight">;

function pairsOf(shape: Shape, durable = false): (target: Target) => PairsJob {
  // Others keep the messages of durable sessions in memory: what ours is held against is their plain QoS 1.
  return (target) => ({ ...mqttOf(target), ...shape, payload: 64, durable: durable && target.name === "trivium" });
}

const many = { pairs: 20, inFlight: 50 } as const;
const few = { pairs: 20, inFlight: 1 } as const;
const alone = { pairs: 1, inFlight: 1 } as const;

function pipelined(qos: 0 | 1 | 2): Figure {
  return {
    name: `mqtt-qos${qos}`,
    title: `MQTT QoS ${qos}, ${many.pairs} pairs, ${many.inFlight} in flight${qos === 0 ? "" : ", clean sessions"}`,
    of: "messages",
    load: "mqtt-pairs",
    servers: ["trivium", "mosquitto", "aedes"],
    goal: { most: 0.5, times: "mosquitto" },
    job: pairsOf({ qos, ...many }),
  };
}

function oneAtATime(name: string, qos: 0 | 1 | 2, shape: typeof few | typeof alone, goal?: Goal): Figure {
  return {
    name: `${name}-qos${qos}`,
    title: `MQTT QoS ${qos}, ${shape.pairs === 1 ? "one pair" : `${shape.pairs} pairs`}, one in flight${qos === 0 ? "" : ", clean sessions"}`,
    of: "messages",
    load: "mqtt-pairs",
    servers: ["trivium", "mosquitto", "aedes"],
    ...(goal === undefined ? {} : { goal }),
    job: pairsOf({ qos, ...shape }),
    // So few messages a second are not worth compiling for, at first.
    practice: pairsOf({ qos, ...many }),
  };
}

export const mqttPairs: readonly Figure[] = ([0, 1, 2] as const).map(pipelined);
export const mqttOneInFlight: readonly Figure[] = ([0, 1, 2] as const).map((qos) =>
  oneAtATime("mqtt-one", qos, few, { most: 1, times: "mosquitto" }),
);
/** Of nothing else to do, and without a goal: what a turn of the event loop costs that serves one message. */
export const mqttAlone: Figure = oneAtATime("mqtt-alone", 1, alone);

/** Ours commits each message to SQLite before PUBACK. */
export const mqttDurable: Figure = {
  name: "mqtt-durable",
  title: `MQTT QoS 1, ${many.pairs} pairs, ${many.inFlight} in flight; ours to durable sessions, stored; the others' to clean ones`,
  of: "messages",
  load: "mqtt-pairs",
  servers: ["trivium", "mosquitto", "aedes"],
  goal: { most: 1, times: "mosquitto" },
  job: pairsOf({ qos: 1, ...many }, true),
};
