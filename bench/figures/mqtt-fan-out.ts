import type { Figure } from "../figure.ts";
import type { FanOutJob } from "../load/mqtt-fan-out.ts";

const subscribers = 100;

export const mqttFanOut: Figure = {
  name: "mqtt-fan-out",
  title: `MQTT QoS 0, one to ${subscribers}, 10 in flight`,
  load: "mqtt-fan-out",
  servers: ["trivium", "mosquitto", "aedes"],
  job: ({ mqtt, logins }): FanOutJob => ({
    ...mqtt!,
    user: logins[0]?.user,
    password: logins[0]?.password,
    subscribers,
    inFlight: 10,
    payload: 64,
  }),
};
