// Messages about earlier messages, as stanzas say it: corrections (XEP-0308), retractions (XEP-0424), reactions
// (XEP-0444) and replies (XEP-0461), with the text for those who understand none of it (XEP-0428).
import {
  type ConversationId,
  type Draft,
  type EntryKind,
  type Envelope,
  faultFrom,
  isMessageId,
  kindOf,
  type OriginId,
} from "#core";
import { bodyMark, type Content } from "./content.ts";
import type { Element } from "./element.ts";
import { ns } from "./namespaces.ts";
import { forwardedIn } from "./forwards.ts";
import { escapeText } from "./print.ts";
import type { Posted, XmppSession } from "./session.ts";
import { extensionsOf, type Note, readEntry } from "./translate.ts";

/** Entries looked through for one of whom only the stanza's id is known. */
const lookBack = 200;

/** What a stanza asks for. */
interface Asked {
  readonly kind: EntryKind;
  /** The earlier message, as its own specification names it. */
  readonly id: string;
  readonly emojis?: readonly string[];
  /** The namespaces that a fallback may be for. */
  readonly instead: readonly string[];
}

/** Whether the message's parts say that it is about an earlier one. */
export function isAbout({ about }: Content): boolean {
  return about?.some((part) => part.getNS() !== ns.fallback) === true;
}

type Words = Pick<Draft, "kind" | "body" | "relation"> & { readonly parts: string };

/**
 * What the message says to the core. One that is about a message nobody finds is a message of its own: what its parts
 * mean is left to the clients, as without us.
 */
async function wordsOf(session: XmppSession, conversation: ConversationId, content: Content): Promise<Words> {
  const asked = askedIn(content.about ?? []);
  const { thread } = content;
  const target = asked === undefined ? undefined : await find(session, conversation, asked);
  if (asked === undefined || target === undefined) return { kind: "message", ...plainly(content) };
  const body = asked.kind === "message" || asked.kind === "edit" ? withoutFallback(content, asked.instead) : undefined;
  const relation = {
    target: { mid: target.mid },
    thread,
    ...(asked.emojis !== undefined && { emojis: asked.emojis }),
  };
  return { kind: asked.kind, body, relation, parts: body === content.body ? content.parts : literal(content) };
}

/** A stanza's answer, and what stands beside its parts. */
interface Framing {
  readonly posted: Posted;
  readonly note: Note;
}

/** Sends it; the stanza is handled when this resolves, for finding what it is about takes its time (P1). */
export async function postAbout(
  session: XmppSession,
  draft: Omit<Draft, "kind">,
  content: Content,
  { posted, note }: Framing,
): Promise<void> {
  try {
    const { parts, ...words } = await wordsOf(session, draft.conversation, content);
    const whole = { ...draft, ...words, extensions: extensionsOf(note, parts) };
    const sent = await session.server.core.router.sendOne(whole); // an optional call would skip its arguments
    posted.stored?.(session, posted, sent);
  } catch (error) {
    const fault = faultFrom(error);
    throw posted.refused?.(fault) ?? fault;
  }
}

/** What a message says that is about no earlier one here. */
export function plainly(content: Content): Pick<Words, "body" | "parts" | "relation"> {
  const { thread, body, parts, forwarded: part } = content;
  const forwarded = part === undefined ? undefined : forwardedIn(part);
  if (forwarded === undefined) return { body, parts, relation: thread === undefined ? undefined : { thread } };
  const own = withoutFallback(content, [ns.forward]);
  if (own !== undefined && own !== "")
    return { body: own, parts: own === body ? parts : literal(content), relation: { thread, forwarded } };
  const { body: theirs, ...origin } = forwarded;
  return { body: theirs, parts: literal(content), relation: { thread, forwarded: origin } };
}

function askedIn(parts: readonly Element[]): Asked | undefined {
  let reply: Asked | undefined;
  for (const part of parts) {
    const id = part.attrs["id"];
    if (id === undefined || id === "") continue;
    if (part.is("replace", ns.correct)) return { kind: "edit", id, instead: [ns.correct, ns.reply] };
    if (part.is("retract", ns.retract)) return { kind: "retraction", id, instead: [ns.retract] };
    if (part.is("apply-to", ns.fasten) && part.getChild("retract", ns.retractBefore) !== undefined)
      return { kind: "retraction", id, instead: [ns.retractBefore] };
    if (part.is("reactions", ns.reactions))
      return { kind: "reaction", id, emojis: emojisIn(part), instead: [ns.reactions] };
    if (part.is("reply", ns.reply)) reply = { kind: "message", id, instead: [ns.reply] };
  }
  return reply;
}

/** XEP-0444 §3.1: each reaction once. */
function emojisIn(part: Element): readonly string[] {
  return [...new Set(part.getChildren("reaction", ns.reactions).map((each) => each.getText().trim()))];
}

/**
 * In rooms reactions, retractions and replies name the room's own id of a message (XEP-0444 §4.1, XEP-0424 §3, XEP-0461
 * §3); corrections the stanza's id, everywhere (XEP-0308 §3). Of persons they name the sender's.
 */
async function find(
  session: XmppSession,
  conversation: ConversationId,
  { id, kind }: Asked,
): Promise<Envelope | undefined> {
  const { conversations } = session.server.core;
  await session.quiet(); // it may be about what was sent right before
  if (isMessageId(id)) {
    const named = await conversations.entry(session.user, conversation, id);
    if (named !== undefined) return named;
  }
  const mine = await conversations.find(conversation, session.user, id as OriginId);
  if (mine !== undefined) return mine;
  const last = await conversations.historyBefore(session.user, conversation, undefined, lookBack);
  const called = (entry: Envelope): boolean => readEntry(entry).note.i === id || entry.originId === id;
  const own = last.findLast((entry) => entry.author === session.user && called(entry));
  // In a room another's stanza may bear any id: nobody corrects what he finds by accident.
  if (own !== undefined || (kind === "edit" && kindOf(conversation) === "room")) return own;
  return last.findLast(called);
}

/** XEP-0428 §3: the body without what stands there for others; undefined when that is all of it. */
function withoutFallback({ body, about }: Content, instead: readonly string[]): string | undefined {
  if (body === undefined) return undefined;
  const ranges: (readonly [number, number])[] = [];
  for (const part of about ?? []) {
    if (!part.is("fallback", ns.fallback) || !instead.includes(part.attrs["for"] ?? "")) continue;
    const bodies = part.getChildren("body", ns.fallback);
    if (bodies.length === 0) return undefined;
    for (const { attrs } of bodies) ranges.push([numberOf(attrs["start"], 0), numberOf(attrs["end"], Infinity)]);
  }
  if (ranges.length === 0) return body;
  // XEP-0426 §4.1: positions count code points.
  const rest = [...body].filter((_, at) => !ranges.some(([start, end]) => at >= start && at < end)).join("");
  return rest === "" ? undefined : rest;
}

function numberOf(text: string | undefined, otherwise: number): number {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : otherwise;
}

/** The parts with the whole body in its place, for clients of this protocol. */
function literal({ parts, body }: Content): string {
  return parts.replace(bodyMark, () => `<body>${escapeText(body ?? "")}</body>`);
}
