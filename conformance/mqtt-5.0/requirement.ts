import { MqttKit } from "../mqtt-kit.ts";
import { requirements } from "../requirement.ts";

/** A requirement of MQTT Version 5.0, OASIS Standard, 7 March 2019. */
export const requirement = requirements("MQTT 5.0", (target) =>
  target.mqtt === undefined ? `${target.name} has no MQTT` : new MqttKit(target, 5),
);
