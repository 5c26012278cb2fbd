// Characters to elements: a frame of a WebSocket is one document. For streams see stream-parser.ts.
import { Element } from "./element.ts";
import { StreamError } from "./faults.ts";
import { quickParse } from "./quick-parse.ts";
import { TreeBuilder, type XmlLimits } from "./tree-builder.ts";

export type { XmlLimits } from "./tree-builder.ts";

/** Limits for stanzas of up to so many bytes; small elements cost more than their text. */
export function limitsFor(size: number): XmlLimits {
  return { size, depth: 64, attributes: 128, namespaces: 32, elements: Math.min(10_000, Math.ceil(size / 16)) };
}

// One for all connections: a frame is parsed whole, within one call.
let shared: TreeBuilder | undefined;
let parsed: Element | undefined;
const lessThan = 0x3c;

/** The element a frame holds (RFC 7395 §3.3.3); undefined for one of white space alone. Throws StreamError. */
export function parseFrame(frame: string, limits: XmlLimits): Element | undefined {
  if (frame.length > limits.size || (frame.length * 3 > limits.size && Buffer.byteLength(frame) > limits.size)) {
    throw tooBigFrame(frame, limits);
  }
  if (frame.charCodeAt(0) !== lessThan && frame.trim() === "") return undefined;
  return quickParse(frame, limits) ?? strictParse(frame, limits);
}

/** The same without the fast road. */
export function strictParse(frame: string, limits: XmlLimits): Element | undefined {
  shared ??= new TreeBuilder("document", limits, {
    element: (element) => {
      parsed = element;
    },
  });
  shared.limits = limits;
  try {
    shared.write(frame);
    shared.end();
    return parsed;
  } catch (error) {
    shared = undefined;
    throw streamErrorFrom(error);
  } finally {
    parsed = undefined;
  }
}

/** What is too big is still told apart from what is forbidden at any size. */
function tooBigFrame(frame: string, limits: XmlLimits): StreamError {
  try {
    new TreeBuilder("document", limits, { element: () => undefined }).write(frame.slice(0, limits.size + 1));
  } catch (error) {
    return streamErrorFrom(error);
  }
  return new StreamError("policy-violation", "frame too big");
}

// What saxes says where a declaration stands that has no place in a stanza: still a restricted feature.
const restricted = /doctype|^incorrect syntax/;

export function streamErrorFrom(error: unknown): StreamError {
  if (error instanceof StreamError) return error;
  const message = error instanceof Error ? error.message : "";
  return new StreamError(restricted.test(message) ? "restricted-xml" : "not-well-formed", message.slice(0, 80));
}
