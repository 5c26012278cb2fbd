import { awaiting } from "../in-flight.ts";
import type { Handler } from "../packets.ts";

/** A QoS 1 message has arrived. One the client refuses has too: it is not sent again (MQTT 5.0 §4.4). */
export const puback: Handler<"puback"> = ({ messageId }, { session }) => {
  if (session!.inFlight.stateOf(messageId) === awaiting.puback) session!.finish(messageId);
  return undefined;
};
