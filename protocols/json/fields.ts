// Fields that several commands share.
import { type ConversationId, directOf } from "#core";
import { z } from "zod";
import { Refusal } from "./faults.ts";
import type { JsonSession } from "./session.ts";

// U+0000 and lone surrogates survive neither every store nor the other protocols.
const unfit = /[\0\p{Surrogate}]/u;

export function text(max: number): z.ZodString {
  return z
    .string()
    .max(max)
    .refine((value) => !unfit.test(value), "holds U+0000 or half a surrogate pair");
}

/** A conversation, `dm:alice:bob` or `room:lobby`. */
export const conversationField = text(600);
export const userField = text(300);
export const topicField = text(1024);
export const seqField = z.int().min(1);
export const limitField = z.int().min(1).max(200);
export const base64Field = z.base64();

/** The client's own name for what it sends. */
export const cidField = text(128).min(1).optional();

/** Where to: a conversation, or an account's name. */
export const whereFields = { c: conversationField.optional(), to: userField.optional() } as const;

export function whereOf(
  { c, to }: { readonly c?: string | undefined; readonly to?: string | undefined },
  { names, user }: Pick<JsonSession, "names" | "user">,
): ConversationId {
  if ((c === undefined) === (to === undefined)) throw new Refusal("bad-request", "either c or to must be given");
  return c === undefined ? directOf(user, names.peer(to!)) : names.conversation(c, user);
}

export function checkBody(body: string | undefined, maxBody: number): void {
  if (body !== undefined && Buffer.byteLength(body) > maxBody)
    throw new Refusal("too-large", `body: over ${maxBody} bytes`);
}
