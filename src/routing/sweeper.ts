// Housekeeping in small steps: lost doorbells, expired devices, sessions nobody reads.
import { Fault } from "../model/fault.ts";
import type { Clock } from "../ops/clock.ts";
import { refusals } from "../ops/refusals.ts";
import type { Registry } from "../sessions/registry.ts";
import type { Sequencer } from "../sessions/sequencer.ts";
import type { SessionsImpl } from "../sessions/sessions.ts";
import type { Devices, Topics } from "../store/store.ts";
import type { TopicRouter } from "./topics.ts";

const everyMs = 15_000;
/** A full outbox of which nothing was taken for so long belongs to a client that does not read. */
const stalledMs = 30_000;
const expiredAtOnce = 100;
const droppedAtOnce = 1000;
/** A message that expired after its delivery had begun is completed within this time. */
const completeMs = 24 * 3600_000;

export interface SweeperParts {
  readonly store: Devices & Pick<Topics, "dropExpired">;
  readonly registry: Registry;
  readonly topics: TopicRouter;
  readonly sessions: Pick<SessionsImpl, "renew">;
  readonly sequencer: Sequencer;
  readonly clock: Clock;
  readonly failed: (error: unknown) => void;
}

export class Sweeper {
  readonly #parts: SweeperParts;
  #cancel: (() => void) | undefined;

  constructor(parts: SweeperParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#cancel = this.#parts.clock.after(everyMs, () => {
      this.sweep()
        .catch(this.#parts.failed)
        .finally(() => {
          if (this.#cancel !== undefined) this.start();
        });
    });
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  async sweep(): Promise<void> {
    this.#endStalled();
    await this.#parts.sequencer.resync();
    await this.#parts.sessions.renew();
    const now = this.#parts.clock.now();
    this.#parts.topics.retained.sweep(now);
    await this.#parts.store.dropExpired(now, now - completeMs, droppedAtOnce);
    for (const record of await this.#parts.store.expired(this.#parts.clock.now(), expiredAtOnce)) {
      if (this.#parts.registry.find(record.user, record.device) !== undefined) continue;
      const { user, device } = record;
      await this.#parts.topics.handOver({ user, device, takenTo: 0, over: true });
      // Unless it has attached meanwhile, on whatever node.
      if (await this.#parts.store.removeDevice(record.user, record.device, record.attachedAt))
        this.#parts.topics.expire(record);
    }
  }

  #endStalled(): void {
    const now = this.#parts.clock.now();
    for (const session of this.#parts.registry.all()) {
      if (session.fullness < 1) session.stalledSince = 0;
      else if (session.stalledSince === 0) session.stalledSince = now;
      else if (now - session.stalledSince >= stalledMs) {
        refusals.slow.add();
        session.end(new Fault("slow-consumer", "nothing was read for too long", { ends: "connection" }));
      }
    }
  }
}
