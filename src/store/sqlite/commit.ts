// The hot path: one batch, one transaction, one fsync.
import { foldMarks } from "../marks.ts";
import type { Batch } from "../store.ts";
import type { AppendedRow, appendOf } from "./append.ts";
import type { positionWrites } from "./positions.ts";
import type { QueueWrites } from "./queues.ts";
import type { retainedWrites } from "./retained.ts";

/** What crosses back to the asking thread: numbers where it already has the rest. */
export interface CommittedRows {
  readonly appended: readonly AppendedRow[];
  /** Positions; undefined for a duplicate. */
  readonly enqueued: readonly (readonly number[] | undefined)[];
}

interface Parts {
  readonly log: ReturnType<typeof appendOf>;
  readonly positions: ReturnType<typeof positionWrites>;
  readonly queues: QueueWrites;
  readonly retained: ReturnType<typeof retainedWrites>;
}

export function commitOf({ log, positions, queues, retained }: Parts) {
  return (batch: Batch): CommittedRows => {
    batch.releases.forEach(log.release);
    const appended = batch.appends.map(log.append);
    const enqueued = batch.enqueues.map(queues.enqueue);
    batch.advances.forEach(positions.advance);
    foldMarks(batch.marks).forEach(positions.mark);
    batch.settles.forEach(queues.settle);
    batch.pins.forEach(retained.pin);
    return { appended, enqueued };
  };
}
