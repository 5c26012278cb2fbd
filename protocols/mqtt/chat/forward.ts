// A message said again elsewhere: `{"kind":"forward","of":{"c":"room:lobby","mid":"…"}}`, published to where it is to go.
import { type ConversationId, directOf, Fault, faultFrom, type OriginId, type UserId } from "#core";
import type { MqttSession } from "../session.ts";
import { type Payload, targetOf } from "../kinds.ts";

/** Accepts or refuses the ticket. */
export function publishForward(
  session: MqttSession,
  { of }: Payload,
  ticket: number,
  origin: {
    readonly conversation: ConversationId;
    readonly originId?: OriginId | undefined;
    readonly originReleased?: boolean | undefined;
  },
): void {
  const act = async (): Promise<void> => {
    const { user: author, device } = session.attached;
    const { core } = session.front;
    const target = targetOf(of);
    const from = typeof of === "object" && of !== null ? (of as Payload)["c"] : undefined;
    if (target === undefined || typeof from !== "string") throw new Fault("bad-request", "no message to forward");
    const said = await core.conversations.forwardable(author, conversationIn(session, from), target);
    core.router.send({ kind: "message", author, device, ...origin, ...said }, session, ticket);
  };
  act().catch((error: unknown) => session.refuse(ticket, faultFrom(error)));
}

/** A conversation as events name it. */
function conversationIn({ front, attached }: MqttSession, named: string): ConversationId {
  const [family, ...names] = named.split(":");
  if (family === "room" && names.length === 1) return front.addressing.conversationOf({ family, name: names[0]! }, attached.user); // prettier-ignore
  if (family !== "dm" || names.length !== 2) throw new Fault("bad-request", "no conversation");
  const [one, other] = names.map((name) => front.addressing.userOf(name)) as [UserId, UserId];
  if (one !== attached.user && other !== attached.user) throw new Fault("not-found", "no such conversation");
  return directOf(one, other);
}
