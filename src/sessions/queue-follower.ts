// A durable session's place in its own topic queue; the same rules as a follower of a log, one reader only.
import type { Publication, TopicTerms } from "../model/event.ts";
import type { DeviceId, UserId } from "../model/ids.ts";
import type { Clock } from "../ops/clock.ts";
import type { Topics } from "../store/store.ts";
import type { DeviceSession } from "./device-session.ts";

const pageSize = 100;
const retryMs = 500;

export interface QueueParts {
  readonly store: Pick<Topics, "queued">;
  readonly failed: (error: unknown) => void;
  /** Whether the device may read it now, though it could when it was queued; undefined: whatever it is. */
  mayRead(): ((user: UserId, device: DeviceId, topic: string) => boolean) | undefined;
  /** The entry's publication expired while it waited, or may not be read any more: it is not delivered, and owed no more. */
  expired(position: number): void;
  readonly clock: Clock;
}

export class QueueFollower {
  readonly #session: DeviceSession;
  readonly #parts: QueueParts;
  #position = 0;
  /** Highest position known to be stored. */
  #head = 0;
  #behind = true;
  #reading = false;
  #held = false;

  constructor(session: DeviceSession, parts: QueueParts) {
    this.#session = session;
    this.#parts = parts;
  }

  /** A stored publication, just committed here. `shared`: of a shared subscription. */
  hear(publication: Publication, terms: TopicTerms & { readonly queued: number }, shared = false): void {
    const at = terms.queued;
    if (at > this.#head) this.#head = at;
    if (this.#behind || at <= this.#position) return this.pull();
    if (at !== this.#position + 1 || this.#session.room === 0) return this.ring();
    this.#position = at;
    if (shared) this.#session.leases?.note(at);
    this.#session.offer({ event: publication, late: false, redelivered: false, terms });
  }

  /** Nothing is read before: others may be taking what they believe to wait for one that is away. */
  hold(until: Promise<void>): void {
    this.#held = true;
    void until.finally(() => {
      this.#held = false;
      this.pull();
    });
  }

  /** Something was queued, perhaps by another node: look. */
  ring(): void {
    this.#behind = true;
    this.pull();
  }

  pull(): void {
    if (!this.#behind || this.#reading || this.#held || !this.#session.attached) return;
    const room = Math.min(this.#session.room, pageSize);
    if (room === 0) return;
    this.#reading = true;
    const before = this.#head;
    const { user, device } = this.#session;
    this.#parts.store.queued(user, device, this.#position, room).then(
      (entries) => {
        this.#reading = false;
        const now = this.#parts.clock.now();
        const mayRead = this.#parts.mayRead();
        for (const { position, publication, qos, retain, subscriptionIds, share } of entries) {
          this.#position = position;
          if (position > this.#head) this.#head = position;
          // One that may have been sent is the front-end's to judge: what was begun is finished [MQTT-4.3.3-7].
          const redelivered = this.#maybeSeen(publication.at);
          const expired = publication.expiresAt !== undefined && publication.expiresAt <= now && !redelivered;
          if (expired || mayRead?.(user, device, publication.topic) === false) {
            this.#parts.expired(position);
            continue;
          }
          if (share !== undefined) this.#session.leases?.note(position);
          this.#session.offer({
            event: publication,
            late: true,
            redelivered,
            terms: { qos, retain, subscriptionIds, queued: position },
          });
        }
        // Behind until a read found the end of what was known when it began, and nothing was heard meanwhile.
        this.#behind = entries.length === room || this.#head > before;
        if (this.#behind && entries.length === 0) this.#position = Math.max(this.#position, before);
        this.pull();
      },
      (error: unknown) => {
        this.#reading = false;
        this.#parts.failed(error);
        this.#parts.clock.after(retryMs, () => this.pull());
      },
    );
  }

  #maybeSeen(at: number): boolean {
    const known = this.#session.known;
    if (known === undefined || at < known.attachedAt || at >= this.#session.attachedAt) return false;
    return known.detachedAt === 0 || at <= known.detachedAt;
  }
}
