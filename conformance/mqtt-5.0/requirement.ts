import { MqttKit } from "../mqtt-kit.ts";
import { requirements } from "../requirement.ts";

/** A requirement of MQTT Version 5.0, OASIS Standard, 7 March 2019. */
export const requirement = requirements("MQTT 5.0", (target) => {
  if (target.mqtt === undefined) return `${target.name} has no MQTT`;
  if (target.mqttVersions?.includes(5) === false) return `${target.name} does not speak MQTT 5.0`;
  return new MqttKit(target, 5);
});
