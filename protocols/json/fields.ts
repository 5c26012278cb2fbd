// Fields that several commands share.
import { z } from "zod";

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
