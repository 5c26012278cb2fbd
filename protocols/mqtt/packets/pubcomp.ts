import { awaiting } from "../in-flight.ts";
import type { Handler } from "../packets.ts";

/** A QoS 2 exchange is complete. */
export const pubcomp: Handler<"pubcomp"> = ({ messageId }, { session }) => {
  if (session!.inFlight.stateOf(messageId) === awaiting.pubcomp) session!.finish(messageId);
  return undefined;
};
