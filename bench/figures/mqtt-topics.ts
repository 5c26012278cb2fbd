import type { Figure } from "../figure.ts";
import type { TopicsJob } from "../load/mqtt-topics.ts";
import { mqttOf } from "../servers.ts";

const publishers = 10;
const topicsEach = 1_000;
const subscribers = 10;
const filtersEach = 100;
const inFlight = 50;

export const mqttTopics: Figure = {
  name: "mqtt-topics",
  title: `MQTT QoS 0, ${publishers * topicsEach} topics in turn, ${subscribers * filtersEach} wildcard filters, one of which matches`,
  of: "messages",
  load: "mqtt-topics",
  servers: ["trivium", "mosquitto", "aedes"],
  goal: { most: 1, times: "mosquitto" },
  job: (target): TopicsJob => ({
    ...mqttOf(target),
    publishers,
    inFlight,
    topicsEach,
    subscribers,
    filters: filtersEach,
    payload: 64,
  }),
};
