// The wrapper of every BOSH request and answer (XEP-0124 §6, XEP-0206 §2).
import { StreamParser } from "../stream-parser.ts";
import type { XmlLimits } from "../tree-builder.ts";
import type { Element } from "../element.ts";
import { StreamError } from "../faults.ts";
import { ns } from "../namespaces.ts";
import { attribute } from "../print.ts";

export interface BoshBody {
  readonly rid: number;
  readonly sid: string | undefined;
  readonly to: string | undefined;
  readonly from: string | undefined;
  /** Whole numbers, undefined when they are none. */
  readonly wait: number | undefined;
  readonly hold: number | undefined;
  readonly ack: number | undefined;
  readonly pause: number | undefined;
  readonly ver: string | undefined;
  /** The content type that all answers must have. */
  readonly content: string | undefined;
  readonly version: string | undefined;
  readonly restarts: boolean;
  readonly terminates: boolean;
  readonly payloads: readonly Element[];
}

/** Throws a StreamError: of what is no such body, nothing is believed. */
export function readBody(bytes: Uint8Array, limits: XmlLimits): BoshBody {
  const payloads: Element[] = [];
  let wrapper: Element | undefined;
  let whole = false;
  const parser = new StreamParser(limits, {
    opened: (element) => (wrapper = element),
    element: (element) => payloads.push(element),
    closed: () => (whole = true),
  });
  parser.feed(bytes);
  if (wrapper === undefined || !whole) throw new StreamError("not-well-formed", "not a whole document");
  if (!wrapper.is("body", ns.httpBind)) throw new StreamError("bad-format", "not a BOSH body");
  const rid = wholeNumber(wrapper.attrs["rid"]);
  // §14.1: never above 2^53 - 1.
  if (rid === undefined || rid === 0) throw new StreamError("bad-format", "no request id");
  // XEP-0206 §2: many do not say what they mean, the client namespace.
  for (const payload of payloads) if (payload.attrs["xmlns"] === ns.httpBind) payload.attrs["xmlns"] = ns.client;
  const { sid, to, from, wait, hold, ack, pause, ver, content, type } = wrapper.attrs;
  return {
    ...{ rid, sid, to, from, ver, content, payloads },
    wait: wholeNumber(wait),
    hold: wholeNumber(hold),
    ack: wholeNumber(ack),
    pause: wholeNumber(pause),
    version: ofXmpp(wrapper, "version"),
    restarts: isTrue(ofXmpp(wrapper, "restart")),
    terminates: type === "terminate",
  };
}

/** The session that a request says it belongs to, before it is believed; for the limits it is read with. */
export function peekSid(bytes: Buffer): string | undefined {
  return /\ssid\s*=\s*(["'])([A-Za-z0-9_-]{1,64})\1/.exec(bytes.toString("latin1", 0, 2048))?.[2];
}

/** `content`: whole elements that declare their own namespaces. */
export function printBody(attributes: string, content: string): string {
  // XEP-0206 §2: declared here, too, for clients that look for the prefix.
  const streams = content.includes("<stream:") ? ` xmlns:stream="${ns.streams}"` : "";
  const head = `<body xmlns="${ns.httpBind}"${streams}${attributes}`;
  return content === "" ? `${head}/>` : `${head}>${content}</body>`;
}

/** §17.2; without a condition, the session ends in good order. */
export function printEnd(condition: string | undefined, content: string): string {
  return printBody(` type="terminate"${attribute("condition", condition)}`, content);
}

function wholeNumber(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,16}$/.test(text)) return undefined;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** An attribute of XEP-0206, whatever its prefix. */
function ofXmpp({ attrs }: Element, local: string): string | undefined {
  for (const name in attrs) {
    const [prefix, rest] = name.split(":");
    if (rest === local && attrs[`xmlns:${prefix}`] === ns.xbosh) return attrs[name];
  }
  return undefined;
}

function isTrue(text: string | undefined): boolean {
  return text === "true" || text === "1";
}
