import assert from "node:assert/strict";
import fc from "fast-check";
import type { Envelope } from "../../../src/model/event.ts";
import type { ConversationId, DeviceId, UserId } from "../../../src/model/ids.ts";
import { systemClock } from "../../../src/ops/clock.ts";
import { DeviceSession } from "../../../src/sessions/device-session.ts";
import { Follower } from "../../../src/sessions/follower.ts";
import { Sequencer } from "../../../src/sessions/sequencer.ts";
import { until } from "../../../src/testing/until.ts";

const room = "room:r@h" as ConversationId;

describe("the sequencer", () => {
  it("offers every entry once and in order, whatever is lost, doubled or late among the doorbells", async () => {
    // Which entries ring (0, 1 or 2 times each), in which order, and how much the client takes between rings.
    const run = fc.record({
      count: fc.integer({ min: 1, max: 60 }),
      rings: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 60, maxLength: 60 }),
      shuffle: fc.array(fc.nat(), { minLength: 200, maxLength: 200 }),
      take: fc.integer({ min: 1, max: 9 }),
      rows: fc.integer({ min: 1, max: 40 }),
      start: fc.integer({ min: 0, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(run, async ({ count, rings, shuffle, take, rows, start }) => {
        const log = Array.from({ length: count }, (_, at) => entry(at + 1));
        const read = async (_: ConversationId, after: number, limit: number): Promise<Envelope[]> =>
          log.slice(after, after + limit);
        const sequencer = new Sequencer({ read, heads: async () => [log.length] }, systemClock, fail);
        const session = sessionWith(rows);
        const heard = sequencer.trackAt(room, 0);
        const from = Math.min(start, count);
        const follower = new Follower(session, room, from, heard, { log: { read }, clock: systemClock, failed: fail });
        session.followers.set(room, follower);
        sequencer.add(follower);

        const doorbells = log.flatMap((each, at) => Array.from({ length: rings[at]! }, () => each));
        doorbells.sort((a, b) => shuffle[a.seq]! - shuffle[b.seq]!);
        const got: number[] = [];
        const drain = (): void => {
          for (const { event } of session.take(take)) if (event.type === "entry") got.push(event.seq);
        };
        for (const each of doorbells) {
          sequencer.accept(each);
          drain();
        }
        await sequencer.resync();
        await until(() => {
          while (session.waiting > 0) drain();
          return got.length >= count - from;
        });

        assert.deepEqual(
          got,
          Array.from({ length: count - from }, (_, at) => at + 1 + from),
        );
      }),
      { numRuns: 60 },
    );
  });
});

function sessionWith(rows: number): DeviceSession {
  const options = {
    user: "u@h" as UserId,
    device: "d" as DeviceId,
    echo: "rooms" as const,
    durable: false,
    rememberMs: 0,
    wake: () => undefined,
    ended: () => undefined,
  };
  return new DeviceSession(options, undefined, { rows, bytes: 1 << 20 }, 0);
}

function entry(seq: number): Envelope {
  return {
    type: "entry",
    conversation: room,
    seq,
    kind: "message",
    mid: `${seq}` as never,
    at: seq,
    author: "a@h" as UserId,
    device: "x" as DeviceId,
    body: `${seq}`,
  };
}

function fail(error: unknown): never {
  throw error;
}
