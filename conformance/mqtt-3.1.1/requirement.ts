import { MqttKit } from "../mqtt-kit.ts";
import { requirements } from "../requirement.ts";

/** A requirement of MQTT Version 3.1.1, OASIS Standard, 29 October 2014. */
export const requirement = requirements("MQTT 3.1.1", (target) => {
  if (target.mqtt === undefined) return `${target.name} has no MQTT`;
  if (target.mqttVersions?.includes(4) === false) return `${target.name} does not speak MQTT 3.1.1`;
  return new MqttKit(target, 4);
});
