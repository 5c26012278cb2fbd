// A message's parts, looked at once: what the core must know, what travels unread, what nobody may forge.
import type { OriginId } from "#core";
import { parseJid } from "./addressing.ts";
import type { Element } from "./element.ts";
import { ns } from "./namespaces.ts";
import { sourceOf } from "./source.ts";
import type { XmppServer } from "./server.ts";

export interface Content {
  /** The plain body; in another language than the message's own it stays among the parts. */
  readonly body: string | undefined;
  /** The parts as they are passed on, with `bodyMark` where the body stood. */
  readonly parts: string;
  /** XEP-0359. */
  readonly originId: OriginId | undefined;
  /** XEP-0184: the sender wants to know of its arrival. */
  readonly wantsReceipt: boolean;
  /** XEP-0333: the sender wants to know when it was read. */
  readonly markable: boolean;
  /** XEP-0334: keep it; do not keep it. */
  readonly store: boolean;
  readonly noStore: boolean;
  /** XEP-0280 §6.2, XEP-0334: no copies for the other devices. */
  readonly noCopy: boolean;
  readonly subject: string | undefined;
  /** Holds something that is of use later though it has no body: an invitation, a reaction, a retraction. */
  readonly lasting: boolean;
  /** Parts that say what the message has to do with earlier ones; see relations.ts. */
  readonly about: readonly Element[] | undefined;
  /** XEP-0249. */
  readonly invitation: Element | undefined;
  /** RFC 6121 §5.2.5. */
  readonly thread: string | undefined;
  /** XEP-0297. */
  readonly forwarded: Element | undefined;
  /** XEP-0353. */
  readonly call: Element | undefined;
}

/** No Char of XML (XML 1.0 §2.2), so it stands for nothing else. */
export const bodyMark = "\u0001";

const lastingParts = new Set<string | undefined>([ns.conference, "eu.siacs.conversations.axolotl", "urn:xmpp:omemo:2"]);

/** `own`: a component's domain, of which it may say what otherwise only the server may. */
export function contentOf(stanza: Element, server: XmppServer, own?: string): Content {
  let body: string | undefined;
  let subject: string | undefined;
  let parts = "";
  let originId: OriginId | undefined;
  let wantsReceipt = false;
  let markable = false;
  let store = false;
  let noStore = false;
  let noCopy = false;
  let lasting = false;
  let about: Element[] | undefined;
  let invitation: Element | undefined;
  let thread: string | undefined;
  let url: string | undefined;
  let forwarded: Element | undefined;
  let call: Element | undefined;
  for (const part of stanza.children) {
    if (typeof part === "string") continue;
    const name = part.getName();
    const xmlns = part.getNS();
    switch (xmlns) {
      case ns.client:
        if (name === "body" && body === undefined && !hasAttributes(part)) {
          body = part.getText();
          parts += bodyMark;
          continue;
        }
        if (name === "subject") subject ??= part.getText();
        else if (name === "thread") thread ??= threadOf(part);
        break;
      case ns.correct:
      case ns.retract:
      case ns.fasten:
      case ns.reactions:
      case ns.reply:
      case ns.fallback:
        (about ??= []).push(part);
        lasting ||= xmlns !== ns.fallback;
        break;
      case ns.conference:
        invitation ??= part;
        lasting = true;
        break;
      case ns.jingleMessage:
        call ??= part;
        break;
      case ns.forward:
        forwarded ??= part;
        lasting = true;
        break;
      case ns.outOfBand:
        url ??= part.getChildText("url", ns.outOfBand) ?? undefined;
        break;
      case ns.stanzaIds:
        if (name === "origin-id") originId = originIdOf(part);
        else if (isOurs(part.attrs["by"], server, own)) continue; // XEP-0359 §5: ours to give
        break;
      case ns.delay:
        if (isOurs(part.attrs["from"], server, own)) continue; // XEP-0203 §4: ours to say
        break;
      case ns.mucUser:
        if (stanza.attrs["type"] === "groupchat") continue; // XEP-0313 §7.4: who spoke is the room's to say
        lasting = true;
        break;
      case ns.occupantIds:
        if (own !== undefined) break;
        continue; // XEP-0421 §4: a room's to say
      case ns.receipts:
        wantsReceipt ||= name === "request";
        break;
      case ns.markers:
        markable ||= name === "markable";
        break;
      case ns.hints:
        store ||= name === "store";
        noStore ||= name === "no-store";
        noCopy ||= name === "no-copy";
        break;
      case ns.carbons:
        if (name !== "private") break;
        noCopy = true;
        continue; // XEP-0280 §6.2: for the server alone
      default:
        lasting ||= lastingParts.has(xmlns);
    }
    parts += sourceOf(part);
  }
  // XEP-0066 §3: a link alone says its address to those who know no XML; the parts keep it as it is.
  body ??= url;
  return {
    about,
    invitation,
    thread,
    forwarded,
    call,
    body,
    parts,
    originId,
    wantsReceipt,
    markable,
    store,
    noStore,
    noCopy,
    subject,
    lasting,
  };
}

/** Whether it is stored, and not only told to who is there. */
export function isKept({ body, store, lasting, subject, noStore }: Content): boolean {
  return !noStore && (body !== undefined || store || lasting || subject !== undefined);
}

/** Whether the address is the server's own, a service's or a room's: nobody else may speak so. */
export function isOurs(address: string | undefined, server: XmppServer, own?: string): boolean {
  const jid = address === undefined ? undefined : parseJid(address);
  if (jid === undefined || jid.domain === own) return false;
  return (
    (jid.domain === server.host && jid.resource === "") || server.dispatch.serviceAt(server, jid.domain) !== undefined
  );
}

const longestOriginId = 256;
const longestThread = 256;

function threadOf(part: Element): string | undefined {
  const thread = part.getText();
  return thread === "" || thread.length > longestThread ? undefined : thread;
}

function originIdOf(part: Element): OriginId | undefined {
  const id = part.attrs["id"];
  return id === undefined || id === "" || id.length > longestOriginId ? undefined : (id as OriginId);
}

function hasAttributes(element: Element): boolean {
  for (const name in element.attrs) if (name !== "xmlns" || element.attrs[name] !== ns.client) return true;
  return false;
}
