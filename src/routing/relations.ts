// What an entry may be about: only what is there, only what is its author's, only once.
import type { Draft, EntryKind, Envelope, Extensions, Relation, Target } from "../model/event.ts";
import { Fault } from "../model/fault.ts";
import { type ConversationId, kindOf, type UserId } from "../model/ids.ts";
import type { Log } from "../store/store.ts";

/** Bounds of what a relation may carry (docs/reference/limits.md). */
const mostEmojis = 20;
const longestEmoji = 64;
const longestThread = 256;
const longestReason = 1024;

/** Kinds that are nothing without a target. */
const needsTarget: ReadonlySet<EntryKind> = new Set<EntryKind>(["edit", "retraction", "reaction"]);

export interface RelationParts {
  readonly log: Pick<Log, "read" | "entry">;
  /** Whether the user may take away what others have said in the room. */
  mayModerate(user: UserId, room: ConversationId): Promise<boolean>;
}

/** True for a draft whose relation `relate` must look at: it has a target, or ought to have. */
export function isRelated({ kind, relation }: Draft): boolean {
  return relation?.target !== undefined || needsTarget.has(kind);
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
    return { ...relation, target: targetOf(target) };
  }

  async #original(
    conversation: ConversationId,
    named: NonNullable<NonNullable<Draft["relation"]>["target"]>,
  ): Promise<Envelope | undefined> {
    const entry = await this.#find(conversation, named);
    const original = entry?.kind === "edit" ? entry.relation?.target : undefined;
    return original === undefined ? entry : this.#find(conversation, original);
  }

  async #find(
    conversation: ConversationId,
    named: NonNullable<NonNullable<Draft["relation"]>["target"]>,
  ): Promise<Envelope | undefined> {
    const { log } = this.#parts;
    if (!("seq" in named)) return log.entry(conversation, named.mid);
    const [entry] = await log.read(conversation, named.seq - 1, 1);
    return entry?.seq === named.seq ? entry : undefined;
  }

  async #moderates(user: UserId, conversation: ConversationId): Promise<boolean> {
    return kindOf(conversation) === "room" && (await this.#parts.mayModerate(user, conversation));
  }
}

function checkBounds({ kind, relation }: Draft): void {
  const { emojis, thread, reason } = relation ?? {};
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
