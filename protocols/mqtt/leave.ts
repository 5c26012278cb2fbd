// The end of a connection, whichever side ended it: the will, and what is kept for the next one.
import { faultFrom } from "#core";
import type { MqttSession } from "./session.ts";
import { dueWill } from "./will.ts";

/** `will`: the client did not take its leave. Returns at once; `Clients.left` resolves when the device may come back. */
export function leave(session: MqttSession, will: boolean): void {
  const { front, attached, expiryS } = session;
  if (will && session.will !== undefined) sayWill(session);
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
  if (expiryS === 0) front.wills.ended(attached.user, attached.device);
}

function sayWill(session: MqttSession): void {
  const { front, attached, expiryS } = session;
  const will = session.will!;
  const topic = front.addressing.isChat(will.topic) ? front.addressing.parse(will.topic) : undefined;
  if (topic?.family === "presence") {
    if (attached.attached) front.core.presence.announce(attached, { available: false, status: statusIn(will.payload) });
    return;
  }
  // Due after its delay, or when the session ends, if that is sooner [MQTT-3.1.2-8].
  const delayS = Math.min(will.properties.willDelayInterval ?? 0, expiryS);
  front.wills.due(dueWill(will, front, attached.user, attached.device), delayS * 1000);
}

async function putAway(session: MqttSession): Promise<void> {
  const { front, attached, expiryS, terms } = session;
  const keep = expiryS > 0;
  // One that was replaced is its successor's to write.
  if (keep && terms.durable && attached.attached) await front.core.sessions.remember(attached, session.snapshot());
  await front.core.sessions.detach(attached, keep, keep ? expiryS * 1000 : undefined);
}

/** The status of a presence will: the payload's field, or the payload. */
function statusIn(payload: Buffer): string | undefined {
  const text = payload.toString("utf8");
  try {
    const value = JSON.parse(text) as { readonly status?: unknown } | null;
    return typeof value?.status === "string" ? value.status : undefined;
  } catch {
    return text === "" ? undefined : text; // no JSON: the text is the status
  }
}
