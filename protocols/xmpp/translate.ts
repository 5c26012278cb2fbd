// Between a stanza and what the core carries. What only XMPP understands stands in the extension, and comes back as it was.
import { type Envelope, type Extensions, memoized, memoSlot, ownText } from "#core";
import type { Jid } from "./addressing.ts";
import { bodyMark, type Content } from "./content.ts";
import { frontendName } from "./deliver.ts";
import type { Element } from "./element.ts";
import { escapeText, legalText } from "./print.ts";
import { foreignPartsOf, tombstone } from "./related-parts.ts";

/** What stands beside the parts: the stanza's attributes and the like, under short names since each entry carries them. */
export interface Note {
  /** Type, where it is not `chat` (of a direct message) or `groupchat`. */
  readonly t?: string | undefined;
  /** The stanza's id. */
  readonly i?: string | undefined;
  /** The resource it was sent to. */
  readonly r?: string | undefined;
  /** The author's nick in the room. */
  readonly n?: string | undefined;
  /** xml:lang. */
  readonly l?: string | undefined;
  /** 1: no copies for other devices. */
  readonly p?: 1 | undefined;
  /** 1: wants a receipt; 2: markable; 3: both. */
  readonly q?: 1 | 2 | 3 | undefined;
}

export interface Extension {
  readonly note: Note;
  /** Printed parts, with `bodyMark` where the body goes. */
  readonly parts: string;
}

/** The stanza's id and the nick are labels: they outlive a retraction, and others that are about the entry name it so. */
export function extensionsOf({ t, i, r, n, l, p, q }: Note, parts: string): Extensions {
  const text = `${headOf(t, r, l, p, q)}\n${parts}`;
  // Spelt out, here and below: computed names and spreads were a tenth of what a message cost (bench: xmpp).
  if (n !== undefined)
    return i === undefined ? { xmpp: text, "xmpp:nick": n } : { xmpp: text, "xmpp:id": i, "xmpp:nick": n };
  return i === undefined ? { xmpp: text } : { xmpp: text, "xmpp:id": i };
}

export function extensionOf({ extensions }: { readonly extensions?: Extensions | undefined }): Extension | undefined {
  if (extensions === undefined) return undefined;
  const text = extensions[frontendName];
  const i = extensions[idLabel];
  const n = extensions[nickLabel];
  if (text === undefined) return i === undefined && n === undefined ? undefined : { note: { i, n }, parts: "" };
  const cut = text.indexOf("\n"); // JSON has none
  const { t, r, l, p, q } = readHead(text.slice(0, cut));
  return { note: { t, i, r, n, l, p, q }, parts: text.slice(cut + 1) };
}

const idLabel = `${frontendName}:id`;
const nickLabel = `${frontendName}:nick`;

/** Most messages have nothing to say here. */
function headOf(t: Note["t"], r: Note["r"], l: Note["l"], p: Note["p"], q: Note["q"]): string {
  if (t === undefined && r === undefined && l === undefined && p === undefined && q === undefined) return "{}";
  return JSON.stringify({ t, r, l, p, q });
}

const heads = new Map<string, Note>();
const headsBound = 1000;

/** Most heads are alike. */
function readHead(text: string): Note {
  let head = heads.get(text);
  if (head === undefined) {
    head = JSON.parse(text) as Note;
    if (heads.size >= headsBound) heads.clear();
    heads.set(ownText(text), head);
  }
  return head;
}

export function asksOf(content: Content): Note["q"] {
  const asks = (content.wantsReceipt ? 1 : 0) + (content.markable ? 2 : 0);
  return asks === 0 ? undefined : (asks as 1 | 2 | 3);
}

/** What stands beside a direct message that is kept: all but `chat` is `normal` (RFC 6121 §5.2.2). */
export function directNote({ attrs }: Element, { resource }: Jid, content: Content): Note {
  return {
    t: attrs["type"] === "chat" ? undefined : "",
    i: attrs["id"],
    r: resource === "" ? undefined : resource,
    n: undefined,
    l: attrs["xml:lang"],
    p: content.noCopy ? 1 : undefined,
    q: asksOf(content),
  };
}

/** Who writes on another road wants to know what became of it, too. */
const foreignNote: Note = { q: 3 };
const readSlot = memoSlot();

/** The entry's extension, read once however many get it. */
export function readEntry(envelope: Envelope): Extension {
  return memoized(
    envelope,
    readSlot,
    (entry) => extensionOf(entry) ?? { note: foreignNote, parts: foreignPartsOf(entry) },
  );
}

/** The entry's parts with its body in place. */
export function partsOf(envelope: Envelope): string {
  if (envelope.retracted !== undefined) return tombstone(envelope.retracted);
  const { parts } = readEntry(envelope);
  const mark = parts.indexOf(bodyMark);
  if (mark === -1) return parts;
  return `${parts.slice(0, mark)}<body>${escapeText(textOf(envelope))}</body>${parts.slice(mark + 1)}`;
}

/** What a message says in XMPP: its body, or a word about what cannot be shown. */
export function textOf(envelope: Envelope): string {
  // What came in XML can be said in it.
  if (envelope.body !== undefined)
    return envelope.extensions?.[frontendName] === undefined ? legalText(envelope.body) : envelope.body;
  return envelope.bytes === undefined ? "" : `[binary, ${envelope.bytes.length} bytes]`;
}
