// The end of a connection, whichever side ended it: the will, and what is kept for the next one.
import { faultFrom } from "#core";
import type { MqttSession } from "./session.ts";
import { presenceWillOf } from "./will.ts";

/** `will`: the client did not take its leave. Returns at once; `Clients.left` resolves when the device may come back. */
export function leave(session: MqttSession, will: boolean): void {
  const { front, attached } = session;
  if (!will) front.core.sessions.withdrawWill(attached); // [MQTT-3.1.2-10]
  else sayPresenceWill(session);
  front.clients.remove(
    session,
    putAway(session).catch((error: unknown) => {
      const { code } = faultFrom(error);
      front.core.log.error(
        { what: "mqtt_not_put_away", session: attached.id, code },
        "a session's end was not stored; it resumes from what was",
      );
    }),
  );
}

function sayPresenceWill({ front, attached, will }: MqttSession): void {
  const status = presenceWillOf(will, front);
  if (status !== undefined && attached.attached)
    front.core.presence.announce(attached, { available: false, status: status.text });
}

function putAway(session: MqttSession): Promise<void> {
  const { front, attached, expiryS, terms } = session;
  const keep = expiryS > 0;
  // One that was replaced is its successor's to write.
  const state = keep && terms.durable && attached.attached ? session.snapshot() : undefined;
  return front.core.sessions.detach(attached, keep, keep ? expiryS * 1000 : undefined, state);
}
