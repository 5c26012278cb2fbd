// How full a durable session's queue is, without counting at each message: positions are dense, so the distance from the
// oldest that is owed to the newest says how many wait, and marks along the way say how many bytes. The store is asked for
// the oldest only when a bound may be reached.
import type { DeviceId, UserId } from "../model/ids.ts";
import type { Clock } from "../ops/clock.ts";
import { refusals } from "../ops/refusals.ts";
import type { Topics } from "../store/store.ts";

export interface QueueGaugeParts {
  readonly store: Pick<Topics, "queued">;
  readonly clock: Clock;
  /** Entries owed to one session, and bytes of their payloads. */
  readonly maxQueued: number;
  readonly maxQueuedBytes: number;
  readonly failed: (error: unknown) => void;
}

/** Bytes are known to this part of the bound. */
const marksOf = 64;
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
  /** Bytes of all that was noted here, and of that what was taken as far as known. What an earlier process queued counts 0. */
  #bytes = 0;
  #taken = 0;
  /** How many bytes had been noted before the position. */
  readonly #marks: { readonly position: number; readonly bytes: number }[] = [];
  #asking = false;
  #askedAt = 0;

  constructor(parts: QueueGaugeParts, user: UserId, device: DeviceId) {
    this.#parts = parts;
    this.#user = user;
    this.#device = device;
    this.#lookAt = parts.maxQueued;
  }

  /** An entry was stored at this position. */
  noted(position: number, bytes: number): void {
    const { maxQueuedBytes } = this.#parts;
    const mark = this.#marks.at(-1);
    if (mark === undefined || this.#bytes - mark.bytes >= maxQueuedBytes / marksOf)
      this.#marks.push({ position, bytes: this.#bytes });
    this.#bytes += bytes;
    if (position > this.#newest) this.#newest = position;
    if (position >= this.#lookAt || this.#bytes - this.#taken >= maxQueuedBytes) this.#look();
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
        const { maxQueued, maxQueuedBytes } = this.#parts;
        this.#lookAt = (oldest?.position ?? this.#newest + 1) + maxQueued - 1;
        this.#taken = oldest === undefined ? this.#bytes : this.#bytesBefore(oldest.position);
        this.full = this.#newest >= this.#lookAt || this.#bytes - this.#taken >= maxQueuedBytes;
      })
      .catch(this.#parts.failed)
      .finally(() => (this.#asking = false));
  }

  /** As far as the marks say; those before it are not needed any more. */
  #bytesBefore(position: number): number {
    const next = this.#marks.findIndex((mark) => mark.position > position);
    this.#marks.splice(0, (next === -1 ? this.#marks.length : next) - 1);
    return this.#marks[0]!.bytes;
  }
}
