// Payloads that are about an earlier message: what `kind` may say, and what else an event shows of it.
import {
  type CallStep,
  type Draft,
  type DraftRelation,
  type Envelope,
  type Forwarded,
  hostOf,
  isMessageId,
  type Relation,
} from "#core";
import { clientId, nameIn } from "./addressing.ts";

export type Payload = Readonly<Record<string, unknown>>;

/** Whether the payload asks for this, and is no message, which has a body. */
export function asksFor(kind: string, payload: Payload | undefined): payload is Payload {
  return payload !== undefined && payload["kind"] === kind && payload["body"] === undefined;
}

/** What a JSON payload says to the core besides its body; undefined when it breaks the rules of its kind. */
export type Kinded = Pick<Draft, "kind" | "relation">;

const readers: Readonly<Record<string, (payload: Payload) => Kinded | undefined>> = {
  edit: (payload) => about("edit", payload, typeof payload["body"] === "string" ? {} : undefined),
  retraction: (payload) => about("retraction", payload, reasonOf(payload)),
  pin: (payload) => about("pin", payload, pinnedOf(payload)),
  call: callOf,
  reaction: (payload) => about("reaction", payload, emojisOf(payload)),
};

/** Whether the payload is of a kind of its own; otherwise it is a message. */
export function hasKind(payload: Payload): boolean {
  return Object.hasOwn(readers, String(payload["kind"]));
}

export function kindOfPayload(payload: Payload): Kinded | undefined {
  return readers[String(payload["kind"])]!(payload);
}

/** What a message has to do with others; `false` when it says so in a way that nobody understands. */
export function relationOf({ replyTo, thread }: Payload): DraftRelation | undefined | false {
  if (thread !== undefined && (typeof thread !== "string" || thread.length > 256)) return false;
  if (replyTo === undefined) return thread === undefined ? undefined : { thread };
  const target = targetOf(replyTo);
  return target === undefined ? false : { target, thread };
}

/** Fields of an event. */
export function relatedFields({ conversation, kind, relation, retracted }: Envelope): Payload {
  return {
    ...(relation !== undefined && fieldsOf({ kind, conversation }, relation)),
    ...(retracted !== undefined && {
      retracted: {
        s: retracted.seq,
        mid: retracted.mid,
        by: nameIn(conversation, retracted.by),
        at: new Date(retracted.at).toISOString(),
        ...(retracted.reason !== undefined && { reason: retracted.reason }),
      },
    }),
  };
}

function fieldsOf({ kind, conversation }: Pick<Envelope, "kind" | "conversation">, relation: Relation): Payload {
  const { target, thread, emojis, reason } = relation;
  const { room, declined, password, forwarded, pinned, call: step } = relation;
  const named = target && { mid: target.mid, s: target.seq, from: nameIn(conversation, target.author) };
  return {
    ...(named && { [kind === "message" ? "replyTo" : "target"]: named }),
    ...(thread !== undefined && { thread }),
    ...(emojis !== undefined && { emojis }),
    ...(reason !== undefined && { reason }),
    ...(room !== undefined && { room: clientId(room) }),
    ...(declined && { declined }),
    ...(password !== undefined && { password }),
    ...(pinned !== undefined && { pinned }),
    ...(step && { call: step.id, action: step.action }),
    ...(step?.media && { media: step.media }),
    ...(step?.why !== undefined && { why: step.why }),
    ...(forwarded && { forwarded: forwardedFields(conversation, forwarded) }),
  };
}

function forwardedFields(conversation: Envelope["conversation"], { from, at, body, claimed }: Forwarded): Payload {
  return {
    ...(from !== undefined && { from: conversation.endsWith(`@${hostOf(from)}`) ? nameIn(conversation, from) : from }),
    ...(at !== undefined && { at: new Date(at).toISOString() }),
    ...(body !== undefined && { body }),
    ...(claimed && { claimed }),
  };
}

function about(kind: Draft["kind"], payload: Payload, more: DraftRelation | undefined): Kinded | undefined {
  const target = targetOf(payload["target"]);
  return target === undefined || more === undefined ? undefined : { kind, relation: { target, ...more } };
}

/** By `mid`, by `s`, or as an event shows it. */
export function targetOf(named: unknown): NonNullable<DraftRelation["target"]> | undefined {
  if (typeof named === "object" && named !== null) {
    const { mid, s } = named as Payload;
    return targetOf(mid ?? s);
  }
  if (typeof named === "string") return isMessageId(named) ? { mid: named } : undefined;
  return Number.isSafeInteger(named) && (named as number) > 0 ? { seq: named as number } : undefined;
}

function pinnedOf({ pinned = true }: Payload): DraftRelation | undefined {
  return typeof pinned === "boolean" ? { pinned } : undefined;
}

/** The core looks at the words. */
function callOf({ call: id, action, media, why }: Payload): Kinded | undefined {
  const listed = media === undefined || (Array.isArray(media) && media.every((each) => typeof each === "string"));
  if (typeof id !== "string" || typeof action !== "string" || !listed) return undefined;
  if (why !== undefined && typeof why !== "string") return undefined;
  return { kind: "call", relation: { call: { id, action: action as CallStep["action"], media, why } } };
}

function reasonOf({ reason }: Payload): DraftRelation | undefined {
  return reason === undefined || typeof reason === "string" ? { reason } : undefined;
}

function emojisOf({ emojis }: Payload): DraftRelation | undefined {
  const list = Array.isArray(emojis) ? (emojis as unknown[]) : undefined;
  return list?.every((each) => typeof each === "string") ? { emojis: [...new Set(list)] } : undefined;
}
