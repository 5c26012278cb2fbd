import { Fault } from "#core";
import { ackByte } from "../encode.ts";
import type { Handler } from "../packets.ts";
import { reason } from "../reasons.ts";

/** The client will not send this QoS 2 message again: its identifier is free once we have forgotten it [MQTT-4.3.3-11]. */
export const pubrel: Handler<"pubrel"> = ({ messageId }, connection) => {
  const session = connection.session!;
  const { received } = session.state;
  const stage = received.stageOf(messageId);
  if (stage === "releasing") return undefined; // its PUBCOMP is on its way
  const known = stage === "held";
  const code = known ? reason.success : reason.packetIdNotFound;
  const ticket = session.begin(ackByte.pubcomp, messageId);
  // Still on its way to the store, so there was no PUBREC: the client is ahead of itself.
  if (stage === "storing" || !session.terms.durable) {
    if (known) received.end(messageId);
    session.acks.settle(ticket, code);
    return undefined;
  }
  if (known) received.advance(messageId, "releasing");
  // After a crash the exchange is not in memory, but its name is in the store: it is freed all the same.
  connection.front.core.router.release(session.attached.user, session.exchange(messageId), (fault) => {
    if (fault !== undefined)
      return connection.fail(new Fault("unavailable", "exchange not released", { ends: "connection", cause: fault }));
    received.end(messageId);
    session.acks.settle(ticket, code);
  });
  return undefined;
};
