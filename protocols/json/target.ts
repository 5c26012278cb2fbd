// How a command names an earlier message: by its `mid`, or by its place `s`.
import { type DraftRelation, isMessageId } from "#core";
import { z } from "zod";
import { Refusal } from "./faults.ts";
import { seqField, text } from "./fields.ts";

/** The fields, for a command's schema; exactly one of them is given. */
export const targetFields = { mid: text(36).optional(), s: seqField.optional() } as const;

/** In a `send`: the message it answers, by `mid`, by `s`, or as an event shows it. */
export const replyToField = z.union([text(36), seqField, z.object(targetFields)]);

export const threadField = text(256).min(1);

type Named = { readonly mid?: string | undefined; readonly s?: number | undefined };

export function targetOf({ mid, s }: Named): NonNullable<DraftRelation["target"]> {
  if (mid !== undefined) return byName(mid);
  if (s === undefined) throw new Refusal("bad-request", "either mid or s must be given");
  return { seq: s };
}

/** What a `send` has to do with other messages; undefined for nothing. */
export function relationOf(
  replyTo: z.output<typeof replyToField> | undefined,
  thread: string | undefined,
): DraftRelation | undefined {
  if (replyTo === undefined) return thread === undefined ? undefined : { thread };
  const named = typeof replyTo === "string" ? { mid: replyTo } : typeof replyTo === "number" ? { s: replyTo } : replyTo;
  return { target: targetOf(named), thread };
}

function byName(mid: string): NonNullable<DraftRelation["target"]> {
  if (!isMessageId(mid)) throw new Refusal("not-found", "no such message here");
  return { mid };
}
