import type { Figure } from "../figure.ts";
import type { RetainedJob } from "../load/mqtt-retained.ts";
import { mqttOf } from "../servers.ts";

const topics = 10_000;

export const mqttRetained: Figure = {
  name: "mqtt-retained",
  title: `MQTT, ${topics} retained messages to each new subscription`,
  of: "messages",
  load: "mqtt-retained",
  servers: ["trivium", "mosquitto", "aedes"],
  goal: { most: 1, times: "mosquitto" },
  job: (target): RetainedJob => ({ ...mqttOf(target), topics, payload: 64 }),
};
