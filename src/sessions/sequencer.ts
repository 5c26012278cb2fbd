// Gives every log one order on this node: fans out seq n+1 only after n, drops twins, reads gaps from the store.
import type { Delivery, Envelope } from "../model/event.ts";
import type { ConversationId } from "../model/ids.ts";
import type { Clock } from "../ops/clock.ts";
import type { Log } from "../store/store.ts";
import type { Follower, Heard } from "./follower.ts";

/** A gap is usually filled by the next doorbell; after this long it is read from the store instead. */
const patienceMs = 5;
/** After a read that failed. */
const retryMs = 500;
const pageSize = 500;
/** Entries held back behind a gap; beyond this they are read again from the store. */
const heldBound = 1000;

class Track implements Heard {
  position = 0;
  /** False until the head has been read; entries are held back until then. */
  started = false;
  readonly followers = new Set<Follower>();
  readonly held = new Map<number, Envelope>();
  /** Highest seq heard of, held or not. */
  heardOf = 0;
  repairing = false;
}

export class Sequencer {
  readonly #tracks = new Map<ConversationId, Track>();
  readonly #log: Pick<Log, "read" | "heads">;
  readonly #clock: Clock;
  readonly #failed: (error: unknown) => void;

  constructor(log: Pick<Log, "read" | "heads">, clock: Clock, failed: (error: unknown) => void) {
    this.#log = log;
    this.#clock = clock;
    this.#failed = failed;
  }

  /** Followed logs on this node. */
  get followed(): readonly ConversationId[] {
    return [...this.#tracks.keys()];
  }

  followersOf(conversation: ConversationId): ReadonlySet<Follower> {
    return this.#tracks.get(conversation)?.followers ?? nobody;
  }

  /** How far this node has fanned the log out; begins to track it. Resolves once the head is known. */
  async track(conversation: ConversationId): Promise<Heard> {
    const track = this.#trackOf(conversation);
    if (!track.started) {
      const [head = 0] = await this.#log.heads([conversation]);
      this.#start(conversation, track, head);
    }
    return track;
  }

  /**
   * Begins to track a log from a place known to the caller (if it is not tracked yet): what lies before it, its
   * followers read themselves.
   */
  trackAt(conversation: ConversationId, position: number): Heard {
    const track = this.#trackOf(conversation);
    if (!track.started) this.#start(conversation, track, position);
    return track;
  }

  /** Whether this is still the place where the log is tracked: one that nobody follows may be forgotten at any time. */
  tracks(conversation: ConversationId, heard: Heard): boolean {
    return this.#tracks.get(conversation) === heard;
  }

  /** Nobody came to follow it after all. */
  forget(conversation: ConversationId): void {
    if (this.#tracks.get(conversation)?.followers.size === 0) this.#tracks.delete(conversation);
  }

  /** The log begins anew: what was heard of the one before means nothing. */
  reset(conversation: ConversationId): void {
    this.#tracks.delete(conversation);
  }

  add(follower: Follower): void {
    this.#trackOf(follower.conversation).followers.add(follower);
    follower.pull();
  }

  remove(follower: Follower): void {
    follower.shut();
    const track = this.#tracks.get(follower.conversation);
    if (track === undefined) return;
    track.followers.delete(follower);
    this.forget(follower.conversation);
  }

  /** An entry, from the local store or the bus, in any order, any number of times. */
  accept(envelope: Envelope): void {
    const track = this.#tracks.get(envelope.conversation);
    if (track === undefined) return;
    if (track.started && envelope.seq === track.position + 1) {
      this.#fanOut(track, envelope);
      if (track.held.size > 0) this.#drain(track);
      return;
    }
    if (track.started && envelope.seq <= track.position) return; // a twin
    if (envelope.seq > track.heardOf) track.heardOf = envelope.seq;
    if (track.held.size < heldBound) track.held.set(envelope.seq, envelope);
    if (track.started && !track.repairing) {
      track.repairing = true;
      this.#clock.after(patienceMs, () => void this.#repair(envelope.conversation, track));
    }
  }

  /** Announcements may have been lost: compares what was heard with the heads in the store. */
  async resync(): Promise<void> {
    const conversations = this.followed;
    for (let at = 0; at < conversations.length; at += pageSize) {
      const page = conversations.slice(at, at + pageSize);
      const heads = await this.#log.heads(page);
      await Promise.all(
        page.map(async (conversation, i) => {
          const track = this.#tracks.get(conversation);
          if (track?.started && track.position < heads[i]! && !track.repairing) {
            track.repairing = true;
            await this.#repair(conversation, track);
          }
        }),
      );
    }
  }

  #trackOf(conversation: ConversationId): Track {
    let track = this.#tracks.get(conversation);
    if (track === undefined) this.#tracks.set(conversation, (track = new Track()));
    return track;
  }

  #start(conversation: ConversationId, track: Track, head: number): void {
    if (track.started) return;
    track.started = true;
    track.position = head;
    for (const seq of track.held.keys()) if (seq <= head) track.held.delete(seq);
    this.#drain(track);
    if (track.position < track.heardOf && !track.repairing) {
      track.repairing = true;
      void this.#repair(conversation, track);
    }
  }

  #drain(track: Track): void {
    for (let next = track.held.get(track.position + 1); next !== undefined; next = track.held.get(track.position + 1)) {
      track.held.delete(next.seq);
      this.#fanOut(track, next);
    }
  }

  #fanOut(track: Track, envelope: Envelope): void {
    track.position = envelope.seq;
    const delivery: Delivery = { event: envelope, late: false, redelivered: false };
    for (const follower of track.followers) follower.hear(envelope, delivery);
  }

  async #repair(conversation: ConversationId, track: Track): Promise<void> {
    let againMs = patienceMs;
    try {
      for (let more = true; more;) {
        if (this.#tracks.get(conversation) !== track) return;
        this.#drain(track);
        const from = track.position;
        const entries = await this.#log.read(conversation, from, pageSize);
        for (const entry of entries) if (entry.seq === track.position + 1) this.#fanOut(track, entry);
        for (const seq of track.held.keys()) if (seq <= track.position) track.held.delete(seq);
        more = entries.length === pageSize;
      }
      this.#drain(track);
    } catch (error) {
      this.#failed(error);
      againMs = retryMs;
    } finally {
      track.repairing = false;
    }
    // What was heard during the last read may have left a new gap.
    if (track.position < track.heardOf && !track.repairing) {
      track.repairing = true;
      this.#clock.after(againMs, () => void this.#repair(conversation, track));
    }
  }
}

const nobody: ReadonlySet<Follower> = new Set();
