// The hot path: one batch, one transaction, one fsync.
import { foldMarks } from "../marks.ts";
import type { Batch } from "../store.ts";
import type { AppendedRow, appendOf } from "./append.ts";
import type { positionWrites } from "./positions.ts";
import type { GivenPositions, PackedQueues } from "./packed-queues.ts";
import type { QueueWrites } from "./queues.ts";
import type { retainedWrites } from "./retained.ts";

/** A batch as it crosses to the writer's thread. */
export type PortableBatch = Omit<Batch, "enqueues" | "settles"> & { readonly queues: PackedQueues };

/** What crosses back to the asking thread: numbers where it already has the rest. */
export interface CommittedRows {
  readonly appended: readonly AppendedRow[];
  readonly given: GivenPositions;
}

interface Parts {
  readonly log: ReturnType<typeof appendOf>;
  readonly positions: ReturnType<typeof positionWrites>;
  readonly queues: QueueWrites;
  readonly retained: ReturnType<typeof retainedWrites>;
}

export function commitOf({ log, positions, queues, retained }: Parts) {
  return (batch: PortableBatch): CommittedRows => {
    batch.releases.forEach(log.release);
    const appended = batch.appends.map(log.append);
    const given = queues.enqueue(batch.queues);
    batch.advances.forEach(positions.advance);
    foldMarks(batch.marks).forEach(positions.mark);
    queues.settle(batch.queues);
    batch.pins.forEach(retained.pin);
    return { appended, given };
  };
}
