// What an entry may be about: only what is there, only what is its author's, only once.
import {
  callActions,
  callWord,
  type Draft,
  type EntryKind,
  type Envelope,
  type Extensions,
  longestCallId,
  mostMedia,
  type Relation,
  type Target,
} from "../model/event.ts";
import { Fault } from "../model/fault.ts";
import { type ConversationId, kindOf, type UserId } from "../model/ids.ts";
import type { Log } from "../store/store.ts";
import { entryNamed, type EntryName } from "./entry-named.ts";

/** Bounds of what a relation may carry (docs/reference/limits.md). */
const mostEmojis = 20;
const longestEmoji = 64;
const longestThread = 256;
const longestReason = 1024;
const mostPins = 50;

/** Kinds that are nothing without a target. */
const needsTarget: ReadonlySet<EntryKind> = new Set<EntryKind>(["edit", "retraction", "reaction", "pin"]);

export interface RelationParts {
  readonly log: Pick<Log, "read" | "entry" | "pins">;
  /** Whether the user may take away what others have said in the room. */
  mayModerate(user: UserId, room: ConversationId): Promise<boolean>;
}

/** True for a draft whose relation `relate` must look at: it has a target, or ought to have. */
export function isRelated({ kind, relation }: Draft): boolean {
  return relation?.target !== undefined || needsTarget.has(kind) || kind === "call";
}

export class Relations {
  readonly #parts: RelationParts;

  constructor(parts: RelationParts) {
    this.#parts = parts;
  }

  /**
   * The draft's relation with its target found. Only the author edits; the author, or in a room a moderator, retracts;
   * everybody in the conversation reacts and replies. An edit names its original, whichever edit of it was meant. Faults:
   * bad-request (no target, out of bounds), not-found, forbidden, conflict (retracted before).
   */
  async relate(draft: Draft): Promise<Relation | undefined> {
    const { conversation, kind, author, relation } = draft;
    checkBounds(draft);
    checkCall(draft);
    if (relation?.target === undefined) {
      if (needsTarget.has(kind)) throw new Fault("bad-request", `${kind} of nothing`);
      return relation as Relation | undefined;
    }
    const target = await this.#original(conversation, relation.target);
    if (target === undefined || target.kind !== "message") throw new Fault("not-found", "no such message here");
    if (kind === "edit" && target.author !== author) throw new Fault("forbidden", "another's message");
    if (kind === "retraction" && target.author !== author && !(await this.#moderates(author, conversation)))
      throw new Fault("forbidden", "another's message");
    const over = kind === "reaction" ? (relation.emojis?.length ?? 0) > 0 : needsTarget.has(kind);
    if (over && target.retracted !== undefined) throw new Fault("conflict", "the message is retracted");
    if (kind === "pin" && relation.pinned === true) await this.#checkPins(conversation);
    return { ...relation, target: targetOf(target) };
  }

  async #checkPins(conversation: ConversationId): Promise<void> {
    const pins = await this.#parts.log.pins(conversation, mostPins);
    if (pins.length >= mostPins) throw new Fault("quota-exceeded", "too many messages are pinned");
  }

  async #original(conversation: ConversationId, name: EntryName): Promise<Envelope | undefined> {
    const { log } = this.#parts;
    const entry = await entryNamed(log, conversation, name);
    const original = entry?.kind === "edit" ? entry.relation?.target : undefined;
    return original === undefined ? entry : entryNamed(log, conversation, original);
  }

  async #moderates(user: UserId, conversation: ConversationId): Promise<boolean> {
    return kindOf(conversation) === "room" && (await this.#parts.mayModerate(user, conversation));
  }
}

/** Between two, of a known kind, in words that every protocol can say. */
function checkCall({ kind, conversation, relation }: Draft): void {
  const call = relation?.call;
  if ((kind === "call") !== (call !== undefined)) throw new Fault("bad-request", "a call without its step");
  if (call === undefined) return;
  if (kindOf(conversation) !== "direct") throw new Fault("bad-request", "calls are between two");
  const { id, action, media = [], why } = call;
  if (id === "" || id.length > longestCallId || !callActions.includes(action))
    throw new Fault("bad-request", "no such step of a call");
  if (media.length > mostMedia || ![...media, why ?? "-"].every((each) => callWord.test(each)))
    throw new Fault("bad-request", "no such media, or reason");
}

function checkBounds({ kind, relation }: Draft): void {
  const { emojis, thread, reason } = relation ?? {};
  if ((kind === "pin") !== (relation?.pinned !== undefined)) throw new Fault("bad-request", "a pin that does not say");
  if (kind === "reaction" && emojis === undefined) throw new Fault("bad-request", "a reaction without emojis");
  if ((emojis?.length ?? 0) > mostEmojis) throw new Fault("quota-exceeded", "too many emojis");
  if (emojis?.some((emoji) => emoji === "" || emoji.length > longestEmoji))
    throw new Fault("bad-request", "an emoji of no length, or too long");
  if ((thread?.length ?? 0) > longestThread || (reason?.length ?? 0) > longestReason)
    throw new Fault("too-large", "thread or reason too long");
}

function targetOf({ seq, mid, author, extensions }: Envelope): Target {
  return { seq, mid, author, id: idIn(extensions) };
}

function idIn(extensions: Extensions | undefined): string | undefined {
  for (const name in extensions) if (name.endsWith(":id")) return extensions[name];
  return undefined;
}
