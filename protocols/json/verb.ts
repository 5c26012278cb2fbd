// What a command is made of: a schema, and a handler that returns the answer or throws a Fault.
import { z } from "zod";
import type { JsonObject } from "./codec.ts";
import { Refusal } from "./faults.ts";
import type { JsonSession, Peer } from "./session.ts";

/** A reply's fields, or the same already serialised, without braces (lists of encoded events). */
export type Reply = string | { readonly [field: string]: unknown };

/** The answer comes by the session's settler under the command's ticket: no promise per message. */
export const later: unique symbol = Symbol("later");

export type Outcome = Reply | typeof later | Promise<Reply>;

/** A command of an authenticated session. */
export interface Verb {
  readonly needs: "session";
  readonly schema: z.ZodType;
  start(command: JsonObject, session: JsonSession, ticket: number): Outcome;
}

/** A command that may also come before `auth`. */
export interface OpenVerb {
  readonly needs: "nothing";
  readonly schema: z.ZodType;
  start(command: JsonObject, peer: Peer): Outcome;
}

export function verb<Schema extends z.ZodType>(
  schema: Schema,
  run: (command: z.output<Schema>, session: JsonSession, ticket: number) => Outcome,
): Verb {
  return {
    needs: "session",
    schema,
    start: (command, session, ticket) => run(checked(schema, command), session, ticket),
  };
}

export function openVerb<Schema extends z.ZodType>(
  schema: Schema,
  run: (command: z.output<Schema>, peer: Peer) => Outcome,
): OpenVerb {
  return { needs: "nothing", schema, start: (command, peer) => run(checked(schema, command), peer) };
}

function checked<Schema extends z.ZodType>(schema: Schema, command: JsonObject): z.output<Schema> {
  const result = schema.safeParse(command);
  if (result.success) return result.data;
  // Paths and rules only: an issue never repeats the value, which may be content (P9).
  const [issue] = result.error.issues;
  const path = issue?.path.join(".") ?? "";
  throw new Refusal("bad-request", `${path === "" ? "" : `${path}: `}${issue?.message ?? "malformed"}`.slice(0, 200));
}
