// The road's middle: a draft is allowed, stored, answered, and only then heard by anybody (P1, P2, P3).
import type { Router, Sent, Settler } from "../core.ts";
import type { DatedDraft, Draft, Envelope, Relation } from "../model/event.ts";
import { Fault, faultFrom } from "../model/fault.ts";
import type { ConversationId, MessageId, OriginId, UserId } from "../model/ids.ts";
import type { Clock } from "../ops/clock.ts";
import type { Appended } from "../store/store.ts";
import type { CommitLane, Waiter } from "./commit-lane.ts";
import type { Policy } from "./policy.ts";
import type { RoomSpeech } from "./room-speech.ts";
import { isRelated, type Relations } from "./relations.ts";

/** Drafts held back while one look-up is under way for their conversation. */
const heldBound = 1000;

export interface RouterParts {
  readonly lane: CommitLane;
  readonly policy: Policy;
  readonly relations: Relations;
  readonly speech: RoomSpeech;
  readonly clock: Clock;
  readonly newId: (nowMs: number) => MessageId;
  readonly maxBytes: number;
  /** A new entry is in its log: fan it out, here and on other nodes. */
  stored(envelope: Envelope): void;
}

export class DraftRouter implements Router {
  readonly #parts: RouterParts;
  /** Drafts waiting for policy, by conversation and author, so that they stay in order. */
  readonly #held = new Map<string, SentDraft[]>();

  constructor(parts: RouterParts) {
    this.#parts = parts;
  }

  send(draft: Draft, settler: Settler, ticket: number): void {
    const sent = new SentDraft(draft, settler, ticket, this.#parts);
    if (sizeOf(draft) > this.#parts.maxBytes)
      return sent.committed(new Fault("too-large", "message over the size limit"));
    const held = this.#held.size === 0 ? undefined : this.#held.get(heldKey(draft));
    if (held !== undefined) return hold(held, sent);
    const allowed = isRelated(draft) ? undefined : this.#parts.policy.peek(draft.author, draft.conversation);
    if (allowed === undefined) return this.#ask(sent);
    const refused = allowed === true ? this.#parts.speech.refusal(draft) : allowed;
    if (refused !== undefined) return sent.committed(refused);
    this.#store(sent, draft.relation as Relation | undefined);
  }

  sendOne(draft: Draft): Promise<Sent> {
    return new Promise((resolve, reject) => {
      const settler: Settler = {
        settled: (_, outcome) => (outcome instanceof Fault ? reject(outcome) : resolve(outcome)),
      };
      this.send(draft, settler, 0);
    });
  }

  release(author: UserId, originId: OriginId, done: (fault: Fault | undefined) => void): void {
    this.#parts.lane.release(
      { author, originId },
      { committed: (outcome) => done(outcome instanceof Fault ? outcome : undefined) },
    );
  }

  #store(sent: SentDraft, relation: Relation | undefined): void {
    this.#parts.lane.append(this.#dated(sent.draft, relation), sent);
  }

  /** Field by field: a spread costs several times as much (bench/chat.ts), and all drafts get one shape. */
  #dated(draft: Draft, relation: Relation | undefined): DatedDraft {
    const { conversation, kind, author, device, originId, originReleased, body, bytes, extensions } = draft;
    const at = this.#parts.clock.now();
    return {
      conversation,
      kind,
      author,
      device,
      originId,
      originReleased,
      body,
      bytes,
      extensions,
      relation,
      at,
      mid: this.#parts.newId(at),
    };
  }

  /** The first of a line of drafts: those that come meanwhile wait behind it, and are looked at one by one. */
  #ask(first: SentDraft): void {
    const key = heldKey(first.draft);
    const held = [first];
    this.#held.set(key, held);
    void this.#inTurn(key, held); // never rejects
  }

  async #inTurn(key: string, held: SentDraft[]): Promise<void> {
    const { policy, relations, speech } = this.#parts;
    for (let sent = held[0]; sent !== undefined; held.shift(), sent = held[0]) {
      const { draft } = sent;
      try {
        const allowed = policy.peek(draft.author, draft.conversation);
        if (allowed instanceof Fault) throw allowed;
        if (allowed === undefined) await policy.check(draft.author, draft.conversation);
        const refused = speech.refusal(draft);
        if (refused !== undefined) throw refused;
        const relation = isRelated(draft) ? await relations.relate(draft) : (draft.relation as Relation | undefined);
        this.#store(sent, relation);
      } catch (error) {
        sent.committed(faultFrom(error));
      }
    }
    this.#held.delete(key); // in the same breath: nobody comes to stand behind the last
  }
}

/** A draft on its way, with where its answer goes. */
class SentDraft implements Waiter<Appended> {
  readonly draft: Draft;
  readonly #settler: Settler;
  readonly #ticket: number;
  readonly #parts: RouterParts;

  constructor(draft: Draft, settler: Settler, ticket: number, parts: RouterParts) {
    this.draft = draft;
    this.#settler = settler;
    this.#ticket = ticket;
    this.#parts = parts;
  }

  committed(outcome: Appended | Fault): void {
    if (outcome instanceof Fault) return this.#settler.settled(this.#ticket, outcome);
    if (outcome.outcome === "conflict") {
      return this.#settler.settled(this.#ticket, new Fault("conflict", "the origin id names another message"));
    }
    const duplicate = outcome.outcome === "duplicate";
    this.#settler.settled(this.#ticket, { envelope: outcome.envelope, duplicate });
    if (!duplicate) this.#parts.stored(outcome.envelope);
  }
}

function heldKey(draft: Draft): string {
  return `${draft.author} ${draft.conversation satisfies ConversationId}`;
}

function hold(held: SentDraft[], sent: SentDraft): void {
  if (held.length < heldBound) held.push(sent);
  else sent.committed(new Fault("unavailable", "too many drafts wait for a look-up", { retryAfterMs: 1000 }));
}

function sizeOf(draft: Draft): number {
  let size = (draft.body?.length ?? 0) + (draft.bytes?.length ?? 0);
  for (const name in draft.extensions) size += draft.extensions[name]!.length;
  return size;
}
