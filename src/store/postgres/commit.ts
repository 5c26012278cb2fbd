// The hot path: one batch, one round trip, one transaction.
import { Fault } from "../../model/fault.ts";
import { envelopeOf } from "../envelope.ts";
import type { Appended, Batch, Committed, Enqueued } from "../store.ts";
import { partsOf } from "./batch.ts";
import type { Database } from "./connection.ts";
import { isStale } from "./faults.ts";
import type { Names } from "./names.ts";
import { readOne } from "./read.ts";

const statement = {
  name: "commit",
  text: "select appended, enqueued from trivium_commit($1, $2, $3, $4, $5, $6, $7, $8, $9)",
};

/** Batches that may wait for the one before; the router has one on its way, the command line a few. */
const mostWaiting = 1000;

interface Outcome {
  /** Above 0: the seq of what is stored now; below 0: of what was stored before; 0: a conflict. */
  readonly appended: readonly number[] | null;
  readonly enqueued: readonly (readonly number[] | null)[] | null;
}

export function commitOf(database: Database, names: Names): (batch: Batch) => Promise<Committed> {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  /** In the order of the calls: two batches on two connections could pass each other. */
  return async (batch) => {
    if (waiting >= mostWaiting) throw new Fault("unavailable", "too many batches are waiting", { retryAfterMs: 1000 });
    waiting += 1;
    const outcome = last.then(() => commit(batch));
    last = outcome.catch(() => undefined);
    try {
      return await committed(batch, await outcome);
    } finally {
      waiting -= 1;
    }
  };

  async function commit(batch: Batch): Promise<Outcome> {
    if (isEmpty(batch)) return { appended: null, enqueued: null };
    const parts = await partsOf(batch, names);
    try {
      const [outcome] = await database.ask<Outcome>(statement, ...parts);
      return outcome!;
    } catch (error) {
      if (!isStale(error)) throw error;
      names.forgetConversations();
      return await commit(batch);
    }
  }

  async function committed(batch: Batch, { appended, enqueued }: Outcome): Promise<Committed> {
    const results: Appended[] = [];
    for (const [at, draft] of batch.appends.entries()) {
      const seq = appended![at]!;
      if (seq > 0) results.push({ outcome: "new", envelope: envelopeOf(draft, seq) });
      else if (seq === 0) results.push({ outcome: "conflict" });
      else results.push({ outcome: "duplicate", envelope: await readOne(database, draft.conversation, -seq) });
    }
    return { appended: results, enqueued: (enqueued ?? []).map(enqueuedOf) };
  }
}

function enqueuedOf(positions: readonly number[] | null): Enqueued {
  return positions === null ? { outcome: "duplicate", positions: [] } : { outcome: "new", positions };
}

function isEmpty(batch: Batch): boolean {
  return Object.values(batch).every((part: readonly unknown[]) => part.length === 0);
}
