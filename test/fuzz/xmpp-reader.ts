// What a server has to read of a mutant, as each transport brings it.
import { limitsFor, parseFrame, type XmlLimits } from "../../protocols/xmpp/codec.ts";
import type { Element } from "../../protocols/xmpp/element.ts";
import { StreamParser } from "../../protocols/xmpp/stream-parser.ts";
import { readBody } from "../../protocols/xmpp/transports/bosh-body.ts";
import { ofClient } from "../../protocols/xmpp/transports/websocket.ts";
import { conditionOf, streamStart } from "./xmpp-codec.ts";

export type Transport = "websocket" | "tcp" | "bosh";

export const limits = { fresh: limitsFor(10 << 10), bound: limitsFor(256 << 10) } as const;

export interface Reading {
  /** Whole, and before anything that is refused. */
  readonly elements: readonly Element[];
  /** What the bytes themselves are refused with. */
  readonly refusal: string | undefined;
  /** What follows is understood as what it is. */
  readonly whole: boolean;
}

export function readingOf(transport: Transport, bytes: Buffer, within: XmlLimits, start = streamStart): Reading {
  if (transport === "tcp") return streamed(bytes, within, start);
  let elements: readonly Element[] = [];
  const refusal = conditionOf(() => {
    if (transport === "bosh") elements = readBody(wrapped(bytes), within).payloads;
    else elements = present(parseFrame(bytes.toString(), within)).map(ofClient);
  });
  return { elements, refusal, whole: refusal === undefined };
}

function present(element: Element | undefined): readonly Element[] {
  return element === undefined ? [] : [element];
}

function wrapped(bytes: Buffer): Buffer {
  return Buffer.from(`<body xmlns="http://jabber.org/protocol/httpbind" rid="1">${bytes.toString()}</body>`);
}

/** As bytes: what came before may have ended within a character. */
const probe = Buffer.from(`<probe xmlns="urn:x"/>`);

function streamed(bytes: Buffer, within: XmlLimits, start: string): Reading {
  const elements: Element[] = [];
  let closed = false;
  const parser = new StreamParser(within, {
    opened: (header) => start === "" && elements.push(header),
    element: (element) => elements.push(element),
    closed: () => (closed = true),
  });
  if (start !== "") parser.feed(start);
  const refusal = conditionOf(() => parser.feed(bytes));
  const read = elements.length;
  const beyond = refusal ?? conditionOf(() => parser.feed(probe));
  const whole = beyond === undefined && elements.length === read + 1 && !closed;
  return { elements: elements.slice(0, read), refusal, whole };
}
