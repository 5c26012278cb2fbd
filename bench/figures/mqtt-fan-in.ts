import type { Figure } from "../figure.ts";
import type { TopicsJob } from "../load/mqtt-topics.ts";
import { mqttOf } from "../servers.ts";

const publishers = 500;
const inFlight = 4;

export const mqttFanIn: Figure = {
  name: "mqtt-fan-in",
  title: `MQTT QoS 0, ${publishers} publishers to one subscriber of them all, ${inFlight} in flight each`,
  of: "messages",
  load: "mqtt-topics",
  servers: ["trivium", "mosquitto", "aedes"],
  goal: { most: 1, times: "mosquitto" },
  job: (target): TopicsJob => ({
    ...mqttOf(target),
    publishers,
    inFlight,
    topicsEach: 1,
    subscribers: 1,
    filters: "all",
    payload: 64,
  }),
};
