// What a publication on a plain topic says, as an item's payload and back (docs/decisions/0061-nodes-and-topics.md).
import { childrenOf, type Element } from "./element.ts";
import { ns } from "./namespaces.ts";
import { escapeText } from "./print.ts";
import { payloadOf } from "./pubsub-request.ts";

/** Longer texts are not looked at whether they are JSON. */
const longestJson = 64 << 10;
// Not a Char of XML 1.0 (§2.2), or one that a parser would not give back.
const unsayable = /[^\t\n\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function printPayload(bytes: Uint8Array): string {
  const text = textOf(bytes);
  if (text === undefined || unsayable.test(text))
    return `<payload xmlns="${ns.topicPayload}" encoding="base64">${Buffer.from(bytes).toString("base64")}</payload>`;
  if (isJson(text)) return `<json xmlns="${ns.json}">${escapeText(text)}</json>`;
  return `<payload xmlns="${ns.topicPayload}">${escapeText(text)}</payload>`;
}

/** Undefined for an item without a payload, or with one that is malformed. */
export function readPayload(item: Element): Uint8Array | undefined {
  const [payload] = childrenOf(item);
  if (payload === undefined) return undefined;
  if (payload.is("json", ns.json)) return Buffer.from(payload.getText());
  if (!payload.is("payload", ns.topicPayload)) return Buffer.from(payloadOf(item)!);
  if (payload.attrs["encoding"] !== "base64") return Buffer.from(payload.getText());
  const base64 = payload.getText().replace(/\s+/g, "");
  return /^[A-Za-z0-9+/]*={0,2}$/.test(base64) ? Buffer.from(base64, "base64") : undefined;
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined; // that is the question
  }
}

function isJson(text: string): boolean {
  if (text === "" || text.length > longestJson) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false; // that is the question
  }
}
