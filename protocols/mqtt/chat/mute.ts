// How much of a conversation may ring: `{"kind":"mute","notify":"none","for":3600000}`, published to its topic.
import { type Attention, attentionLevels, type ConversationId, Fault, faultFrom } from "#core";
import type { Payload } from "../kinds.ts";
import { reason } from "../reasons.ts";
import type { MqttSession } from "../session.ts";

const longestMs = 366 * 86_400_000;

/** Accepts or refuses the ticket. */
export function publishMute(
  session: MqttSession,
  payload: Payload,
  conversation: ConversationId,
  ticket: number,
): void {
  const { core } = session.front;
  const act = async (): Promise<void> => {
    const attention = attentionIn(payload, core.clock.now());
    await core.attention.set(session.attached.user, conversation, attention, session.attached);
    session.accept(ticket, reason.success);
  };
  act().catch((error: unknown) => session.refuse(ticket, faultFrom(error)));
}

function attentionIn({ notify = "none", for: forMs }: Payload, nowMs: number): Attention | undefined {
  if (notify === null) return undefined;
  const level = attentionLevels.find((each) => each === notify);
  const timed = Number.isSafeInteger(forMs) && (forMs as number) >= 1000 && (forMs as number) <= longestMs;
  if (level === undefined || (forMs !== undefined && !timed)) throw new Fault("bad-request", "no such setting");
  return { level, until: forMs === undefined ? undefined : nowMs + (forMs as number) };
}
