// Publisher and subscriber in pairs, each with a topic of its own; messages of 64 bytes.
import type { Target } from "../../conformance/target.ts";
import type { Figure } from "../figure.ts";
import type { PairsJob } from "../load/mqtt-pairs.ts";
import { mqttOf } from "../servers.ts";

type Shape = Pick<PairsJob, "qos" | "pairs" | "inFlight">;

function pairsOf(shape: Shape, durable = false): (target: Target) => PairsJob {
  // Others keep the messages of durable sessions in memory: what ours is held against is their plain QoS 1.
  return (target) => ({ ...mqttOf(target), ...shape, payload: 64, durable: durable && target.name === "trivium" });
}

const many = { pairs: 20, inFlight: 50 } as const;
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

function oneAtATime(qos: 0 | 1 | 2): Figure {
  return {
    name: `mqtt-alone-qos${qos}`,
    title: `MQTT QoS ${qos}, one pair, one in flight${qos === 0 ? "" : ", clean sessions"}`,
    of: "messages",
    load: "mqtt-pairs",
    servers: ["trivium", "mosquitto", "aedes"],
    goal: { most: 1, times: "mosquitto" },
    job: pairsOf({ qos, ...alone }),
    // A few hundred messages a second are never worth compiling for.
    practice: pairsOf({ qos, ...many }),
  };
}

export const mqttPairs: readonly Figure[] = ([0, 1, 2] as const).map(pipelined);
export const mqttAlone: readonly Figure[] = ([0, 1, 2] as const).map(oneAtATime);

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
