// What CONNACK says beyond what the client asked for (MQTT 5.0 §3.2.2.3): Server Keep Alive and Response Information.
import { nameOf, type UserId } from "#core";
import type { ConnectPacket } from "./packet.ts";
import type { MqttOptions } from "./options.ts";

export interface Offers {
  readonly serverKeepAlive?: number;
  readonly responseInformation?: string;
}

type Terms = Pick<MqttOptions, "keepAliveMaximumS" | "responseInformation">;

/** `packet.clientId` is the one the client has by now. */
export function offersOf(packet: ConnectPacket, user: UserId, options: Terms): Offers {
  const keepAliveS = keepAliveOf(packet, options);
  const information =
    packet.properties.requestResponseInformation === true ? basisOf(packet, user, options) : undefined;
  return {
    ...(keepAliveS !== packet.keepAliveS && { serverKeepAlive: keepAliveS }), // [MQTT-3.2.2-22]
    ...(information !== undefined && { responseInformation: information }), // [MQTT-3.1.2-28]
  };
}

/** Seconds; 0: none. A client before 5.0 cannot be told another than its own. */
export function keepAliveOf({ version, keepAliveS }: ConnectPacket, { keepAliveMaximumS }: Terms): number {
  if (version !== 5 || keepAliveMaximumS === 0) return keepAliveS;
  return keepAliveS === 0 ? keepAliveMaximumS : Math.min(keepAliveS, keepAliveMaximumS);
}

/** The first levels of topics that are this client's own; none for a client id that cannot stand in one. */
function basisOf({ clientId }: ConnectPacket, user: UserId, { responseInformation }: Terms): string | undefined {
  if (responseInformation === "" || /[+#/]/.test(clientId)) return undefined;
  return responseInformation.replaceAll("%u", () => nameOf(user)).replaceAll("%c", () => clientId);
}
