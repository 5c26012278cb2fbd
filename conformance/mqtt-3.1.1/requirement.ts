import { MqttKit } from "../mqtt-kit.ts";
import { requirements } from "../requirement.ts";

/** A requirement of MQTT Version 3.1.1, OASIS Standard, 29 October 2014. */
export const requirement = requirements("MQTT 3.1.1", (target) =>
  target.mqtt === undefined ? `${target.name} has no MQTT` : new MqttKit(target, 4),
);
