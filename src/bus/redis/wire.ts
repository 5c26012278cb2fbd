// An announcement as JSON, bytes as base64: what is interpreted is known by the event's type, so nothing is marked.
import { Buffer } from "node:buffer";
import type { Envelope, Publication } from "../../model/event.ts";
import type { Announced } from "../bus.ts";

export function encode(event: Announced): string {
  if (event.type === "control") return JSON.stringify(event);
  if (event.type === "publication") {
    return JSON.stringify({ ...event, memo: undefined, payload: base64(event.payload) });
  }
  if (event.type === "entry" && event.bytes !== undefined) {
    return JSON.stringify({ ...event, memo: undefined, bytes: base64(event.bytes) });
  }
  return JSON.stringify(event.memo === undefined ? event : { ...event, memo: undefined });
}

/** Takes the JSON array that one inbox entry carries. */
export function decodeAll(json: string): readonly Announced[] {
  const events = JSON.parse(json) as Announced[];
  for (let at = 0; at < events.length; at++) {
    const event = events[at]!;
    if (event.type === "publication") (event as Writable<Publication>).payload = bytes(event.payload);
    else if (event.type === "entry" && event.bytes !== undefined)
      (event as Writable<Envelope>).bytes = bytes(event.bytes);
  }
  return events;
}

type Writable<T> = { -readonly [Field in keyof T]: T[Field] };

function base64(of: Uint8Array): string {
  return Buffer.from(of.buffer, of.byteOffset, of.byteLength).toString("base64");
}

function bytes(text: unknown): Uint8Array {
  return Buffer.from(text as string, "base64");
}
