// 20 pairs on topics of their own, 50 messages of 64 bytes in flight in each.
import type { Target } from "../../conformance/target.ts";
import type { Figure } from "../figure.ts";
import type { PairsJob } from "../load/mqtt-pairs.ts";

const pairs = 20;
const inFlight = 50;

function pairsOf(qos: 0 | 1 | 2, durable: boolean): (target: Target) => PairsJob {
  return ({ mqtt, logins }) => {
    const login = logins[0];
    return { ...mqtt!, user: login?.user, password: login?.password, pairs, inFlight, qos, payload: 64, durable };
  };
}

export const mqttQos0: Figure = {
  name: "mqtt-qos0",
  title: `MQTT QoS 0, ${pairs} pairs, ${inFlight} in flight`,
  load: "mqtt-pairs",
  servers: ["trivium", "mosquitto", "aedes"],
  job: pairsOf(0, false),
};

export const mqttQos1: Figure = {
  name: "mqtt-qos1",
  title: `MQTT QoS 1, ${pairs} pairs, ${inFlight} in flight, clean sessions`,
  load: "mqtt-pairs",
  servers: ["trivium", "mosquitto", "aedes"],
  job: pairsOf(1, false),
};

export const mqttQos2: Figure = {
  name: "mqtt-qos2",
  title: `MQTT QoS 2, ${pairs} pairs, ${inFlight} in flight, clean sessions`,
  load: "mqtt-pairs",
  servers: ["trivium", "mosquitto", "aedes"],
  job: pairsOf(2, false),
};

/** Ours commits each message to SQLite before PUBACK; the others keep it in memory. */
export const mqttDurable: Figure = {
  name: "mqtt-durable",
  title: `MQTT QoS 1 to durable sessions, ${pairs} pairs, ${inFlight} in flight`,
  load: "mqtt-pairs",
  servers: ["trivium", "mosquitto", "aedes"],
  job: pairsOf(1, true),
};
