import { ackByte } from "../encode.ts";
import { awaiting } from "../in-flight.ts";
import type { Handler } from "../packets.ts";
import { reason } from "../reasons.ts";

/** A QoS 2 message has been received: answered by PUBREL, after what a durable queue must remember of it. */
export const pubrec: Handler<"pubrec"> = ({ messageId, reasonCode }, connection) => {
  const session = connection.session!;
  const { inFlight, releases } = session;
  const state = inFlight.stateOf(messageId);
  if (state === awaiting.recording) return undefined; // its PUBREL is on its way
  if (state !== awaiting.pubrec && state !== awaiting.pubcomp) {
    connection.ack(ackByte.pubrel, messageId, reason.packetIdNotFound); // MQTT 5.0 §4.3.3, Table 3-8
    return undefined;
  }
  if (reasonCode >= 0x80) {
    session.finish(messageId); // refused: the exchange ends here, without PUBREL [MQTT-4.3.3-4]
    return undefined;
  }
  const owed = inFlight.owedOf(messageId);
  if (state === awaiting.pubrec && typeof owed === "number") {
    releases.record(messageId, owed);
    return undefined;
  }
  inFlight.advance(messageId, awaiting.pubcomp);
  connection.ack(ackByte.pubrel, messageId, reason.success);
  return undefined;
};
