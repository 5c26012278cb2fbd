// How full a durable session's queue is, without counting at each message: positions are dense, so the distance from the
// oldest that is owed to the newest says it, and the store is asked for the oldest only when the bound may be reached.
import type { DeviceId, UserId } from "../model/ids.ts";
import type { Clock } from "../ops/clock.ts";
import { refusals } from "../ops/refusals.ts";
import type { Topics } from "../store/store.ts";

export interface QueueGaugeParts {
  readonly store: Pick<Topics, "queued">;
  readonly clock: Clock;
  /** Entries owed to one session. */
  readonly maxQueued: number;
  readonly failed: (error: unknown) => void;
}

/** A full queue is looked at again this often, while there is something to put into it. */
const againMs = 1000;

export class QueueGauge {
  /** Nothing more is queued. */
  full = false;
  readonly #parts: QueueGaugeParts;
  readonly #user: UserId;
  readonly #device: DeviceId;
  /** At this position the queue is full, unless some of it was taken since. */
  #lookAt: number;
  #newest = 0;
  #asking = false;
  #askedAt = 0;

  constructor(parts: QueueGaugeParts, user: UserId, device: DeviceId) {
    this.#parts = parts;
    this.#user = user;
    this.#device = device;
    this.#lookAt = parts.maxQueued;
  }

  /** An entry was stored at this position. */
  noted(position: number): void {
    if (position > this.#newest) this.#newest = position;
    if (position >= this.#lookAt) this.#look();
  }

  /** An entry is not queued, because it is full. */
  skipped(): void {
    refusals.queue.add();
    if (this.#parts.clock.now() - this.#askedAt >= againMs) this.#look();
  }

  #look(): void {
    if (this.#asking) return;
    this.#asking = true;
    this.#askedAt = this.#parts.clock.now();
    this.#parts.store
      .queued(this.#user, this.#device, 0, 1)
      .then(([oldest]) => {
        this.#lookAt = (oldest?.position ?? this.#newest + 1) + this.#parts.maxQueued - 1;
        this.full = this.#newest >= this.#lookAt;
      })
      .catch(this.#parts.failed)
      .finally(() => (this.#asking = false));
  }
}
