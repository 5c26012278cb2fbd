// A chat message as MQTT payload, and back: docs/mapping/mqtt.md says why each case is as it is.
import { isUtf8 } from "node:buffer";
import { type Content, type Envelope, memoized, memoSlot, nameOf, type PresenceSignal, type Receipt } from "#core";
import { clientId, nameIn } from "./addressing.ts";
import { hasKind, type Kinded, kindOfPayload, relatedFields, relationOf } from "./kinds.ts";
import { propertyId, without } from "./properties.ts";

/** What only MQTT understands of a chat message, as kept in `extensions.mqtt`. */
interface Kept {
  /** Checked properties of the PUBLISH, base64. */
  readonly p?: string;
  /** The fields of a JSON payload besides `body`. */
  readonly x?: Readonly<Record<string, unknown>>;
}

const deepest = 32;

/** What a payload says to the core: a message, or something about an earlier one. */
export type Said = Content & Kinded;

/** Body, bytes, extensions and kind of a payload; undefined when it is empty, or breaks the rules of its kind. */
export function contentOf(payload: Uint8Array, forwarded: Buffer | undefined): Said | undefined {
  const object = objectIn(payload);
  const kinded = object !== undefined && hasKind(object);
  if (object === undefined || (!kinded && typeof object["body"] !== "string")) return textContentOf(payload, forwarded);
  const { body: said, ...x } = object as Record<string, unknown>;
  const body = kinded && object["kind"] !== "edit" ? undefined : (said as string);
  const what = kinded ? kindOfPayload(object) : messageOf(object);
  if (what === undefined) return undefined;
  for (const name of kinded ? [...ours, ...oursOfKinds] : ours) delete x[name];
  const p = forwarded?.toString("base64");
  const extensions = kept({ ...(p !== undefined && { p }), ...(Object.keys(x).length > 0 && { x }) });
  return { ...what, body, extensions };
}

function messageOf(object: Readonly<Record<string, unknown>>): Kinded | undefined {
  const relation = relationOf(object);
  return relation === false ? undefined : { kind: "message", relation };
}

/** The same of a text topic: the payload is the body, whatever it looks like. */
export function textContentOf(payload: Uint8Array, forwarded: Buffer | undefined): Said | undefined {
  if (payload.length === 0) return undefined;
  const extensions = kept(forwarded === undefined ? {} : { p: forwarded.toString("base64") });
  const kind = "message";
  return isUtf8(payload) ? { kind, body: textIn(payload), extensions } : { kind, bytes: payload, extensions };
}

/** The JSON object a payload is; undefined when it is anything else. */
export function objectIn(payload: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  if (payload[0] !== 0x7b && payload.indexOf(0x7b) === -1) return undefined; // most messages are no object: seen at once
  const text = textIn(payload);
  if (!isUtf8(payload) || tooDeep(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined; // not JSON, so not an object
  }
}

/** Fields of the event that only the server writes. */
const ours = [
  ...(["c", "s", "mid", "from", "at", "kind", "bytes", "redelivered", "__proto__"] as const),
  ...(["target", "replyTo", "thread", "emojis", "reason", "retracted", "forwarded"] as const),
] as const;

const oursOfKinds = ["pinned", "call", "action", "media", "why"] as const;

/** Whether brackets nest deeper than a message's may. Those in strings count too: such a message is kept as text. */
function tooDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x7b || unit === 0x5b) {
      if (++depth > deepest) return true;
    } else if (unit === 0x7d || unit === 0x5d) depth--;
  }
  return false;
}

function textIn(payload: Uint8Array): string {
  return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString("utf8");
}

function kept(what: Kept): Content["extensions"] {
  return what.p === undefined && what.x === undefined ? undefined : { mqtt: JSON.stringify(what) };
}

function keptIn(envelope: Envelope): Kept {
  const mqtt = envelope.extensions?.["mqtt"];
  return mqtt === undefined ? {} : (JSON.parse(mqtt) as Kept);
}

/** What a chat message is on the wire, once for all who get it. */
export interface Translated {
  readonly payload: Buffer;
  /** Properties for 5.0 clients. */
  readonly forwarded: Buffer | undefined;
}

const eventSlot = memoSlot();
const textSlot = memoSlot();

/** The JSON event. */
export function eventOf(envelope: Envelope, redelivered: boolean): Translated {
  return redelivered ? makeEvent(envelope, true) : memoized(envelope, eventSlot, (e) => makeEvent(e, false));
}

/** The bare body; undefined for an entry that has none. */
export function textOf(envelope: Envelope): Translated | undefined {
  if (envelope.kind !== "message" || (envelope.body === undefined && envelope.bytes === undefined)) return undefined;
  return memoized(envelope, textSlot, (e) => ({
    payload: e.body === undefined ? Buffer.from(e.bytes!) : Buffer.from(e.body),
    forwarded: propertiesOf(e),
  }));
}

/** An entry as a JSON value: what eventOf sends, and an item of a history page. */
export function valueOf(envelope: Envelope, redelivered: boolean): Record<string, unknown> {
  const { conversation, seq, mid, author, at, kind, body, bytes } = envelope;
  return {
    ...keptIn(envelope).x,
    c: clientId(conversation),
    s: seq,
    mid,
    from: nameIn(conversation, author),
    at: new Date(at).toISOString(),
    ...(kind !== "message" && { kind }),
    ...(body !== undefined && { body }),
    ...(bytes !== undefined && { bytes: Buffer.from(bytes).toString("base64") }),
    ...relatedFields(envelope),
    ...(redelivered && { redelivered: true }),
  };
}

function makeEvent(envelope: Envelope, redelivered: boolean): Translated {
  const raw = propertiesOf(envelope);
  // The payload is ours now: the sender's words on its own payload's format would be wrong of it.
  const forwarded =
    raw === undefined ? undefined : without(raw, [propertyId.payloadFormatIndicator, propertyId.contentType]);
  return { payload: Buffer.from(JSON.stringify(valueOf(envelope, redelivered))), forwarded };
}

function propertiesOf(envelope: Envelope): Buffer | undefined {
  const { p } = keptIn(envelope);
  return p === undefined ? undefined : Buffer.from(p, "base64");
}

export function receiptOf(receipt: Receipt): Buffer {
  const { conversation, seq, user, mark, at } = receipt;
  return json({
    c: clientId(conversation),
    s: seq,
    user: nameIn(conversation, user),
    mark,
    at: new Date(at).toISOString(),
  });
}

/** Of an account without a device, only that it is not there. */
export function presenceOf({ user, device, available, show, status }: PresenceSignal): Buffer {
  return json(
    device === "" ? { user: nameOf(user), available } : { user: nameOf(user), device, available, show, status },
  );
}

export function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
