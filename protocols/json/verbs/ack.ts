import { type ConversationId, Fault } from "#core";
import { z } from "zod";
import { conversationField, seqField } from "../fields.ts";
import type { JsonSession } from "../session.ts";
import { verb } from "../verb.ts";

const schema = z.object({
  c: conversationField,
  s: seqField,
  mark: z.enum(["delivered", "read"]).default("delivered"),
});

/** Cumulative: this device has everything up to `s`; with `read`, the user has read it. */
export const ack = verb(schema, ({ c, s, mark }, session) => {
  const conversation = session.names.log(c, session.user, session.options.chatPrefix);
  const { conversations } = session.core;
  conversations.ack(session.attached, conversation, s);
  if (mark === "delivered") return {};
  try {
    conversations.read(session.attached, conversation, s);
    return {};
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== "forbidden") throw error;
    return readUnopened(session, conversation, s);
  }
});

/** A conversation this device is up to date with is not followed yet, and may be read all the same. */
async function readUnopened({ core, attached }: JsonSession, conversation: ConversationId, seq: number) {
  await core.conversations.open(attached, conversation, "cursor");
  core.conversations.read(attached, conversation, seq);
  return {};
}
