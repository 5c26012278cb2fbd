// How chat looks on MQTT topics, for both MQTT apps.
import type { Heard, Seen } from "./app.ts";

export function chatPayload(event: object): string {
  return JSON.stringify(event);
}

/** What a PUBLISH on a chat topic says to this account: a message or a receipt. */
export function hearChat(
  topic: string,
  payload: Uint8Array,
  user: string,
  marked = false,
): { readonly heard?: Heard; readonly seen?: Seen } {
  const [root, kind, ...rest] = topic.split("/") as [string, string, ...string[]];
  if (root !== "chat") return {};
  const event = JSON.parse(Buffer.from(payload).toString()) as Record<string, any>;
  if (kind === "receipt") {
    return { seen: { mark: event["mark"], by: event["user"] ?? rest[1], seq: event["s"] } };
  }
  if (kind !== "dm" && kind !== "room") return {};
  const room = kind === "room" ? rest.join("/") : undefined;
  const from = event["from"] ?? (room === undefined ? rest[0] : user);
  return { heard: { from, room, body: event["body"], mid: event["mid"], seq: event["s"], marked } };
}
