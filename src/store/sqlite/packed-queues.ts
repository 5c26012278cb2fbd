// A batch's queues on their way to the writer's thread: numbers and bytes, where a graph of objects would cost more to
// copy than to store (docs/decisions/0040-what-a-message-costs.md).
import type { Batch, Enqueue, Enqueued, QueueSettle } from "../store.ts";
import { ByteWriter } from "./bytes.ts";
import { EntryWriter } from "./run-entries.ts";

export interface PackedQueues {
  /** User and device of each queue that the batch touches, one after the other. */
  readonly queues: readonly string[];
  /** In this order: a run `[queue, count, from, to]`, `bytes` being its entries; or `[other, index, 0, 0]` in `others`. */
  readonly steps: Float64Array;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly others: readonly Enqueue[];
  /** `[queue, first, last]`: positions that are owed no more. */
  readonly settled: Float64Array;
}

/** What the writer's thread answers: the first position of each run; the positions of others, undefined for duplicates. */
export interface GivenPositions {
  readonly runs: Float64Array;
  readonly others: readonly (readonly number[] | undefined)[];
}

/** In the place of a queue: the step is no run. */
export const other = -1;
export const numbersOfStep = 4;
export const numbersOfSettled = 3;

/** A run's row is rewritten when a part of it is settled, and stays until all of it is. */
const runBytes = 16 * 1024;

interface Run {
  readonly queue: number;
  readonly members: number[];
  bytes: number;
}

/** Packs one batch at a time. */
export class QueuePacker {
  readonly #bytes = new ByteWriter();
  readonly #entries = new EntryWriter(this.#bytes);

  /** `answer` makes the batch's outcomes of what the thread gave. */
  pack(
    enqueues: Batch["enqueues"],
    settles: Batch["settles"],
  ): { packed: PackedQueues; answer: (given: GivenPositions) => Enqueued[] } {
    const names = new QueueNames();
    const steps: number[] = [];
    const others: Enqueue[] = [];
    const otherPlaces: number[] = [];
    const runs: Run[] = [];
    const open = new Map<number, Run>();

    const close = (run: Run): void => {
      const from = this.#bytes.at;
      for (const at of run.members) this.#entries.write(enqueues[at]!.publication, enqueues[at]!.sessions[0]!);
      steps.push(run.queue, run.members.length, from, this.#bytes.at);
      runs.push(run);
      open.delete(run.queue);
    };
    for (let at = 0; at < enqueues.length; at++) {
      const enqueue = enqueues[at]!;
      if (!fitsRun(enqueue)) {
        // Behind what its queues got before it.
        for (const { user, device } of enqueue.sessions) {
          const run = open.get(names.of(user, device));
          if (run !== undefined) close(run);
        }
        steps.push(other, others.push(enqueue) - 1, 0, 0);
        otherPlaces.push(at);
        continue;
      }
      const { user, device } = enqueue.sessions[0]!;
      const queue = names.of(user, device);
      let run = open.get(queue);
      if (run === undefined) open.set(queue, (run = { queue, members: [], bytes: 0 }));
      run.members.push(at);
      run.bytes += enqueue.publication.payload.length + enqueue.publication.topic.length;
      if (run.bytes >= runBytes) close(run);
    }
    for (const run of open.values()) close(run);
    this.#entries.reset();

    return {
      packed: {
        settled: settledOf(settles, names),
        queues: names.all,
        steps: Float64Array.from(steps),
        bytes: this.#bytes.take(),
        others,
      },
      answer: (given) => answersOf(enqueues.length, runs, otherPlaces, given),
    };
  }
}

/** Owed to one session, for good, to nobody else in its stead, and named by nobody: the rest have rows that can be found one by one. */
function fitsRun({ publication, sessions, originId }: Enqueue): boolean {
  if (sessions.length !== 1 || originId !== undefined || publication.expiresAt !== undefined) return false;
  return sessions[0]!.share === undefined;
}

function answersOf(
  count: number,
  runs: readonly Run[],
  otherPlaces: readonly number[],
  given: GivenPositions,
): Enqueued[] {
  const answers = Array<Enqueued>(count);
  for (let at = 0; at < runs.length; at++) {
    let position = given.runs[at]!;
    for (const place of runs[at]!.members) answers[place] = { outcome: "new", positions: [position++] };
  }
  otherPlaces.forEach((place, at) => {
    const positions = given.others[at];
    answers[place] = positions === undefined ? { outcome: "duplicate", positions: [] } : { outcome: "new", positions };
  });
  return answers;
}

/** Devices acknowledge mostly in order: neighbours become one range. */
function settledOf(settles: readonly QueueSettle[], names: QueueNames): Float64Array {
  const byQueue = new Map<number, number[]>();
  for (const { user, device, position } of settles) {
    const queue = names.of(user, device);
    const ranges = byQueue.get(queue);
    if (ranges === undefined) byQueue.set(queue, [queue, position, position]);
    else if (ranges.at(-1) === position - 1) ranges[ranges.length - 1] = position;
    else ranges.push(queue, position, position);
  }
  return Float64Array.from([...byQueue.values()].flat());
}

/** Queues as small numbers. One that is asked for again and again is known by its strings, without looking. */
class QueueNames {
  readonly all: string[] = [];
  readonly #numbers = new Map<string, Map<string, number>>();
  #user = "";
  #device = "";
  #number = -1;

  of(user: string, device: string): number {
    if (user === this.#user && device === this.#device) return this.#number;
    let devices = this.#numbers.get(user);
    if (devices === undefined) this.#numbers.set(user, (devices = new Map()));
    let number = devices.get(device);
    if (number === undefined) {
      devices.set(device, (number = this.all.length / 2));
      this.all.push(user, device);
    }
    this.#user = user;
    this.#device = device;
    this.#number = number;
    return number;
  }
}
