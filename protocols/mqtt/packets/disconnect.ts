import { protocolError } from "../faults.ts";
import type { Handler } from "../packets.ts";
import { reason } from "../reasons.ts";

/** The client takes its leave: without its will, unless it asks for it [MQTT-3.14.4-3]. */
export const disconnect: Handler<"disconnect"> = ({ reasonCode, properties }, connection) => {
  const session = connection.session!;
  const expiryS = properties.sessionExpiryInterval;
  if (expiryS !== undefined && expiryS > 0 && session.expiryS === 0)
    throw protocolError("session expiry raised from 0"); // [MQTT-3.1.2-23] and §3.14.2.2.2
  if (expiryS !== undefined) session.expiryS = Math.min(expiryS, connection.front.options.sessionExpiryMaximumS);
  connection.end(reasonCode !== reason.success);
  return undefined;
};
