import assert from "node:assert/strict";
import type { DatedDraft } from "../../../src/model/event.ts";
import { Fault } from "../../../src/model/fault.ts";
import { systemClock } from "../../../src/ops/clock.ts";
import { CommitLane } from "../../../src/routing/commit-lane.ts";
import type { Appended, Batch, Committed } from "../../../src/store/store.ts";
import { TestClock } from "../mqtt/harness.ts";

describe("the commit lane", () => {
  it("puts everything that comes during a commit into the next one", async () => {
    const log = new SlowLog();
    const lane = new CommitLane(log, systemClock, { waiting: 100, batch: 100 });
    const answers: unknown[] = [];

    for (const id of ["1", "2"]) lane.append(draft(id), note(answers));
    await log.begun(1);
    for (const id of ["3", "4", "5"]) lane.append(draft(id), note(answers));
    lane.advance({ user: "u", device: "d", conversation: "c", seq: 1 } as never);
    lane.advance({ user: "u", device: "d", conversation: "c", seq: 2 } as never);
    assert.deepEqual(answers, [], "nothing is answered before the commit");
    log.finish();
    await log.begun(2);
    log.finish();
    await lane.idle();

    assert.deepEqual(
      log.batches.map((batch) => batch.appends.length),
      [2, 3],
    );
    assert.deepEqual(
      log.batches[1]!.advances.map((advance) => advance.seq),
      [2],
      "only the last position is written",
    );
    assert.deepEqual(answers, ["1", "2", "3", "4", "5"]);
  });

  it("lets what devices acknowledge wait for what they acknowledge next, but for nobody who asks", async () => {
    const clock = new TestClock();
    const batches: Batch[] = [];
    const log = {
      commit: async (batch: Batch): Promise<Committed> => {
        batches.push(batch);
        return committed(batch);
      },
    };
    const lane = new CommitLane(log, clock, { waiting: 100, batch: 100 });
    const answers: unknown[] = [];
    const acknowledge = (seq: number): void =>
      lane.acknowledge({ user: "u", device: "d", conversation: "c", seq } as never);

    for (const seq of [1, 2, 3]) {
      acknowledge(seq);
      lane.append(draft(String(seq)), note(answers));
      await turn();
    }
    assert.deepEqual(answers, ["1", "2", "3"]);
    assert.deepEqual(batches.flatMap(({ advances }) => advances), []); // prettier-ignore
    await clock.advance(50);
    await turn();
    assert.deepEqual(batches.at(-1)!.advances.map(({ seq }) => seq), [3]); // prettier-ignore

    acknowledge(4);
    await lane.flushed();
    assert.deepEqual(batches.at(-1)!.advances.map(({ seq }) => seq), [4]); // prettier-ignore
    await clock.advance(1000);
    await turn();
    assert.equal(batches.length, 5, "and nothing is written twice");

    acknowledge(5);
    lane.append({ ...draft("5"), author: "u" } as never, note(answers));
    await turn();
    assert.deepEqual(batches.at(-1)!.advances.map(({ seq }) => seq), [5], "who speaks"); // prettier-ignore

    acknowledge(6);
    lane.advance({ user: "u", device: "e", conversation: "c", seq: 1 } as never);
    lane.append(draft("4"), note(answers));
    await turn();
    assert.deepEqual(batches.at(-1)!.advances.map(({ seq }) => seq), [6, 1]); // prettier-ignore
  });

  it("refuses beyond its bound, and says when to try again", () => {
    const lane = new CommitLane(new SlowLog(), systemClock, { waiting: 2, batch: 100 });
    const answers: unknown[] = [];
    for (const id of ["1", "2", "3"]) lane.append(draft(id), note(answers));
    assert.equal(answers.length, 1);
    assert.ok(answers[0] instanceof Fault && answers[0].code === "unavailable" && answers[0].retryAfterMs! > 0);
  });

  it("tries again when the store is out of reach for a while, and tells the writers when it broke for good", async () => {
    let failures = 2;
    const batches: Batch[] = [];
    const flaky = {
      commit: async (batch: Batch): Promise<Committed> => {
        batches.push(batch);
        if (failures-- > 0) throw new Fault("unavailable", "connection lost", { retryAfterMs: 100 });
        return committed(batch);
      },
    };
    const lane = new CommitLane(flaky, systemClock, { waiting: 100, batch: 100 });
    const answers: unknown[] = [];
    lane.append(draft("1"), note(answers));
    await lane.idle();
    assert.equal(batches.length, 3);
    assert.deepEqual(answers, ["1"]);

    flaky.commit = async () => {
      throw new Fault("unavailable", "fsync failed");
    };
    lane.append(draft("2"), note(answers));
    await lane.idle();
    assert.ok((answers[1] as unknown) instanceof Fault);
  });
});

/** What is scheduled for the end of the tick has happened. */
async function turn(): Promise<void> {
  for (let n = 0; n < 3; n++) await new Promise((resolve) => setImmediate(resolve));
}

class SlowLog {
  readonly batches: Batch[] = [];
  #finish: (() => void) | undefined;

  commit(batch: Batch): Promise<Committed> {
    this.batches.push(batch);
    return new Promise((resolve) => (this.#finish = () => resolve(committed(batch))));
  }

  async begun(count: number): Promise<void> {
    while (this.batches.length < count) await new Promise((resolve) => setImmediate(resolve));
  }

  finish(): void {
    this.#finish?.();
  }
}

function committed(batch: Batch): Committed {
  return {
    appended: batch.appends.map((each) => ({ outcome: "new", envelope: { ...each, type: "entry", seq: 1 } })),
    enqueued: [],
  };
}

function draft(mid: string): DatedDraft {
  return { conversation: "c", kind: "message", author: "a", device: "d", mid, at: 0 } as never;
}

function note(answers: unknown[]) {
  return {
    committed: (outcome: Appended | Fault) => {
      answers.push(outcome instanceof Fault || outcome.outcome === "conflict" ? outcome : outcome.envelope.mid);
    },
  };
}
