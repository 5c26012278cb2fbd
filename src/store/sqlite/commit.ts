// The hot path: one batch, one transaction, one fsync.
import { foldMarks } from "../marks.ts";
import type { Batch } from "../store.ts";
import type { AppendedRow, appendOf } from "./append.ts";
import { unpackLog, type PackedLog } from "./packed-log.ts";
import type { positionWrites } from "./positions.ts";
import type { GivenPositions, PackedQueues } from "./packed-queues.ts";
import type { QueueWrites } from "./queues.ts";
import type { retainedWrites } from "./retained.ts";

/** A batch as it crosses to the writer's thread. */
export interface PortableBatch extends Pick<Batch, "releases" | "pins"> {
  readonly log: readonly PackedLog[];
  readonly queues: PackedQueues;
}

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
    const { appends, advances, marks } = unpackLog(batch.log);
    const appended = log.append(appends);
    const given = queues.enqueue(batch.queues);
    advances.forEach(positions.advance);
    foldMarks(marks).forEach(positions.mark);
    queues.settle(batch.queues);
    batch.pins.forEach(retained.pin);
    return { appended, given };
  };
}
