import type { Figure } from "../figure.ts";
import type { FanOutJob } from "../load/mqtt-fan-out.ts";
import { mqttOf } from "../servers.ts";

const subscribers = 500;
const inFlight = 10;

export const mqttFanOut: Figure = {
  name: "mqtt-fan-out",
  title: `MQTT QoS 0, one publisher to ${subscribers} subscribers, ${inFlight} in flight`,
  of: "messages",
  load: "mqtt-fan-out",
  servers: ["trivium", "mosquitto", "aedes"],
  goal: { most: 0.7, times: "mosquitto" },
  job: (target): FanOutJob => ({ ...mqttOf(target), subscribers, inFlight, payload: 64 }),
};
