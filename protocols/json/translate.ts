// The core's events in the dialect's shapes, and a `send` as the draft it becomes.
import { isUtf8 } from "node:buffer";
import {
  type ConversationId,
  type Draft,
  directOf,
  type DraftRelation,
  type EntryKind,
  type Envelope,
  type Forwarded,
  memoized,
  memoSlot,
  type NodeSignal,
  type OccupantCause,
  type OccupantSignal,
  type OriginId,
  type PresenceSignal,
  type Publication,
  type Receipt,
  type Relation,
  type RelaySignal,
  type RoomSignal,
  type Retracted,
  type Session,
  type TypingSignal,
} from "#core";
import { deviceName, type Names } from "./addressing.ts";
import type { JsonObject } from "./codec.ts";
import { Refusal } from "./faults.ts";
import { nodeLine } from "./node-fields.ts";

/** Fields the server writes on a message event, or reads on a command: never taken over from a client's extra fields. */
const own: ReadonlySet<string> = new Set([
  ...["id", "re", "error", "type", "c", "to", "s", "mid", "from", "at", "cid", "body", "bytes", "redelivered"],
  ...["target", "thread", "replyTo", "emojis", "reason", "retracted", "forwarded"],
]);

const entryType = {
  message: "message",
  subject: "pin",
  membership: "membership",
  edit: "edit",
  retraction: "retraction",
  reaction: "reaction",
  invitation: "invitation",
  pin: "pin",
  call: "call",
} as const satisfies Record<Envelope["kind"], string>;

/** The device an event is written for. */
export type Reader = Pick<Session, "user" | "device">;

/** Serialises events for one tenant; what hundreds get is serialised once (memo). */
/** What fades; the other signals are the session's own business. */
export type EphemeralSignal = TypingSignal | PresenceSignal | OccupantSignal | RoomSignal;

export class Events {
  readonly #names: Names;
  readonly #slot = memoSlot();

  constructor(names: Names) {
    this.#names = names;
  }

  /** A durable event. The reader is told the cid of what it sent itself. */
  entry(envelope: Envelope, reader: Reader, redelivered: boolean): string {
    const open = memoized(envelope, this.#slot, (entry) => this.#entry(entry));
    const ours =
      envelope.originId !== undefined && envelope.device === reader.device && envelope.author === reader.user;
    if (!ours && !redelivered) return `${open}}`;
    return `${open}${ours ? `,"cid":${JSON.stringify(envelope.originId)}` : ""}${redelivered ? `,"redelivered":true` : ""}}`;
  }

  /** What one of our sessions tells another: a `call` of the action `signal`. */
  relay({ from, fromDevice, to, payload }: RelaySignal): string {
    const c = this.#names.ofConversation(directOf(from, to));
    const { call, data } = JSON.parse(payload) as JsonObject; // written by the command
    const head = { type: "call", c, from: this.#names.ofUser(from), device: deviceName(fromDevice) };
    return JSON.stringify({ ...head, call, action: "signal", data });
  }

  node(signal: NodeSignal): string | undefined {
    return memoized(signal, this.#slot, (it) => nodeLine(this.#names, it));
  }

  publication(publication: Publication, retain: boolean): string {
    return `${memoized(publication, this.#slot, (it) => this.#publication(it))},"retain":${retain}}`;
  }

  receipt(receipt: Receipt): string {
    return memoized(receipt, this.#slot, (it) => JSON.stringify(this.#receipt(it)));
  }

  signal(signal: EphemeralSignal): string {
    return memoized(signal, this.#slot, (it) => JSON.stringify(this.signalFields(it)));
  }

  /** The same unserialised, for lists in replies. */
  signalFields(signal: EphemeralSignal): JsonObject {
    if (signal.name === "typing") return this.#typing(signal);
    if (signal.name === "room") return this.#room(signal);
    return signal.name === "presence" ? this.#presence(signal) : this.#occupant(signal);
  }

  /** Without the closing brace, for what differs between readers. By hand: twice as fast as stringifying an object. */
  #entry(envelope: Envelope): string {
    const { kind, conversation, seq, mid, author, at, body, bytes, extensions, relation, retracted } = envelope;
    const c = JSON.stringify(this.#names.ofConversation(conversation));
    const from = JSON.stringify(this.#names.ofUser(author));
    let json = `{"type":"${entryType[kind]}","c":${c},"s":${seq},"mid":"${mid}","from":${from},"at":"${isoOf(at)}"`;
    if (body !== undefined) json += `,"body":${JSON.stringify(body)}`;
    if (bytes !== undefined) json += `,"bytes":"${base64(bytes)}"`;
    if (relation !== undefined) json += this.#relation(kind, relation);
    if (retracted !== undefined) json += `,"retracted":${JSON.stringify(this.#retracted(retracted))}`;
    const extra = extensions?.["json"]; // `{"thread":…}` as this front-end wrote it (draftOf)
    return extra === undefined ? json : `${json},${extra.slice(1, -1)}`;
  }

  /** Fields with a comma ahead of each. */
  #relation(kind: Envelope["kind"], relation: Relation): string {
    const { target, thread, emojis, reason, declined, pinned } = relation;
    const { id: call, action, media, why } = relation.call ?? {};
    const room = relation.room && this.#names.ofConversation(relation.room);
    const named =
      target === undefined ? undefined : { mid: target.mid, s: target.seq, from: this.#names.ofUser(target.author) };
    const forwarded = relation.forwarded && this.#forwarded(relation.forwarded);
    const fields =
      kind === "message"
        ? { replyTo: named, thread, forwarded }
        : {
            target: named,
            thread,
            emojis,
            reason,
            room,
            declined,
            pinned,
            call,
            action,
            media,
            why,
            password: relation.password,
          };
    const json = JSON.stringify(fields);
    return json === "{}" ? "" : `,${json.slice(1, -1)}`;
  }

  #forwarded({ from, at, body, claimed }: Forwarded): JsonObject {
    return { from: from && this.#names.ofUser(from), at: at === undefined ? undefined : isoOf(at), body, claimed };
  }

  #retracted({ seq, mid, by, at, reason }: Retracted): JsonObject {
    return { s: seq, mid, by: this.#names.ofUser(by), at: isoOf(at), reason };
  }

  #publication(publication: Publication): string {
    const { topic, payload, author, at } = publication;
    const text = textOf(payload);
    const content = text === undefined ? { bytes: base64(payload) } : { payload: text };
    const from = this.#names.ofUser(author);
    return JSON.stringify({
      type: "publication",
      c: `topic:${topic}`,
      topic,
      from,
      at: isoOf(at),
      ...content,
    }).slice(0, -1);
  }

  #receipt({ conversation, seq, user, mark, at }: Receipt): JsonObject {
    const c = this.#names.ofConversation(conversation);
    return { type: "receipt", c, s: seq, user: this.#names.ofUser(user), mark, at: isoOf(at) };
  }

  #typing({ conversation, user, state, ttlMs }: TypingSignal): JsonObject {
    return {
      type: "typing",
      c: this.#names.ofConversation(conversation),
      user: this.#names.ofUser(user),
      state,
      ttl: ttlMs,
    };
  }

  #presence({ user, device, available, show, status }: PresenceSignal): JsonObject {
    return { type: "presence", user: this.#names.ofUser(user), device: deviceName(device), available, show, status };
  }

  #occupant(signal: OccupantSignal): JsonObject {
    const { conversation, user, nick, renamed, present, show, status, affiliation, role, cause } = signal;
    return {
      type: "occupant",
      c: this.#names.ofConversation(conversation),
      user: this.#names.ofUser(user),
      nick,
      renamed,
      present,
      show,
      status,
      affiliation,
      role,
      cause: cause && this.#cause(cause),
    };
  }

  #room({ conversation, changed, member, destroyed }: RoomSignal): JsonObject {
    return {
      type: "room",
      c: this.#names.ofConversation(conversation),
      changed: changed.length === 0 ? undefined : changed,
      member: member && { ...member, user: this.#names.ofUser(member.user) },
      destroyed: destroyed && this.#cause(destroyed),
    };
  }

  #cause({ what, by, reason, alternate }: OccupantCause): JsonObject {
    return {
      what,
      by: by && this.#names.ofUser(by),
      reason,
      alternate: alternate && this.#names.ofConversation(alternate),
    };
  }
}

export interface SendFields {
  readonly cid?: string | undefined;
  readonly body?: string | undefined;
  readonly bytes?: string | undefined;
  readonly [field: string]: unknown;
}

export interface DraftWords {
  readonly author: Draft["author"];
  readonly device: Draft["device"];
  readonly kind?: EntryKind | undefined;
  readonly relation?: DraftRelation | undefined;
}

/** The draft of a `send`; fields the dialect does not know travel in the extensions, and reach JSON clients unchanged (P10). */
export function draftOf(
  command: SendFields,
  { author, device, kind = "message", relation }: DraftWords,
  conversation: ConversationId,
): Draft {
  const { cid, body, bytes } = command;
  if (body === undefined && bytes === undefined && (kind === "message" || kind === "edit"))
    throw new Refusal("bad-request", "body: or bytes must be given");
  let extra: Record<string, unknown> | undefined;
  for (const field in command) if (!own.has(field)) (extra ??= {})[field] = command[field];
  return {
    conversation,
    kind,
    author,
    device,
    originId: cid as OriginId | undefined,
    body,
    bytes: bytes === undefined ? undefined : Buffer.from(bytes, "base64"),
    extensions: extra === undefined ? undefined : { json: JSON.stringify(extra) },
    relation,
  };
}

let lastAt = Number.NaN;
let lastIso = "";

/** A time as the wire says it. What a commit stored together bears few different ones. */
export function isoOf(at: number): string {
  if (at === lastAt) return lastIso;
  lastAt = at;
  return (lastIso = new Date(at).toISOString());
}

function textOf(payload: Uint8Array): string | undefined {
  return isUtf8(payload) ? bufferOf(payload).toString("utf8") : undefined; // what is not text travels as base64
}

function base64(bytes: Uint8Array): string {
  return bufferOf(bytes).toString("base64");
}

/** A view, not a copy. */
function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
