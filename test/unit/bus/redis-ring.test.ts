import assert from "node:assert/strict";
import { Ring } from "../../../src/bus/redis/ring.ts";
import { kinds } from "../../../src/bus/redis/scripts.ts";
import { silent } from "../../../src/ops/log.ts";
import { note, numbered } from "../../../src/testing/heard.ts";
import { until } from "../../../src/testing/until.ts";

describe("what a node announces", () => {
  it("goes out in one call for a tick, each key named once", async () => {
    const { ring, calls } = ringing();

    ring.announce(["room:a", "user:b"], note("1"));
    ring.announce(["user:b"], note("2"));
    await until(() => calls.length === 1);

    assert.deepEqual(calls[0]!.keys, ["room:a", "user:b"]);
    assert.deepEqual(calls[0]!.places, ["1,2", "2"]);
    assert.deepEqual(calls[0]!.names, ["1", "2"]);
  });

  it("waits for the call under way, and is bounded in one call", async () => {
    const { ring, calls, answer } = ringing({ slow: true });

    for (const name of numbered(300)) ring.announce(["k"], note(name));
    await until(() => calls.length === 1);
    ring.announce(["k"], note("late"));
    await turns();
    assert.equal(calls.length, 1);
    answer(1);
    await until(() => calls.length === 2);

    assert.equal(calls[0]!.names.length, 256);
    assert.deepEqual(calls[1]!.names, [...numbered(300).slice(256), "late"]);
  });

  it("is repeated under the same number when the answer is lost, before anything newer", async () => {
    const { ring, calls, answer, advance } = ringing({ slow: true });

    ring.announce(["k"], note("1"));
    await until(() => calls.length === 1);
    ring.announce(["k"], note("2"));
    answer(new Error("Command timed out"));
    await turns();
    advance(250);
    await until(() => calls.length === 2);
    answer(1);
    await until(() => calls.length === 3);

    assert.deepEqual(calls.map(({ number, names }) => [number, ...names]), [[1, "1"], [1, "1"], [2, "2"]]); // prettier-ignore
  });

  it("loses its oldest beyond the bound, and says so to everybody with the next call, once", async () => {
    const { ring, calls, answer } = ringing({ slow: true });
    ring.announce(["k"], note("under way"));
    await until(() => calls.length === 1);

    for (const name of numbered(20_001)) ring.announce(["k"], note(name));
    answer(1);
    await until(() => calls.length === 2);
    answer(1);
    await until(() => calls.length === 3);

    assert.deepEqual(calls.map(({ kind }) => kind), [kinds.ring, kinds.ringAfterLoss, kinds.ring]); // prettier-ignore
    assert.equal(calls[1]!.names[0], "1");
  });

  it("is forgotten when Redis stays away, and the loss is told when it is back", async () => {
    const { ring, calls, advance, reach } = ringing();
    reach(false);
    ring.pause();
    ring.announce(["k"], note("old"));
    advance(2500);
    ring.announce(["k"], note("dropped at once"));

    reach(true);
    ring.resume();
    await until(() => calls.length === 1);
    ring.announce(["k"], note("new"));
    await until(() => calls.length === 2);

    assert.deepEqual(calls.map(({ kind, names }) => [kind, ...names]), [[kinds.ringAfterLoss], [kinds.ring, "new"]]); // prettier-ignore
  });

  it("waits while the lease is gone, and goes out under its number when there is one again", async () => {
    let expelled = 0;
    const { ring, calls, answer } = ringing({ slow: true, onUnregistered: () => expelled++ });

    ring.announce(["k"], note("1"));
    await until(() => calls.length === 1);
    answer(-1);
    await until(() => expelled === 1);
    ring.resume();
    await until(() => calls.length === 2);

    assert.deepEqual(calls.map(({ number, names }) => [number, ...names]), [[1, "1"], [1, "1"]]); // prettier-ignore
  });
});

interface Call {
  readonly number: number;
  readonly kind: string;
  readonly keys: readonly string[];
  readonly places: readonly string[];
  readonly names: readonly string[];
}

/** A ring whose calls are noted; slow ones wait for `answer`. */
function ringing({ slow = false, onUnregistered = (): void => undefined } = {}) {
  const calls: Call[] = [];
  const answers: ((outcome: number | Error) => void)[] = [];
  const timers: { at: number; call: () => void }[] = [];
  let now = 1000;
  let ready = true;
  const ring = new Ring({
    commands: {
      busRing(...args) {
        const [number, kind, count, ...rest] = args.slice(3);
        const [keys, pairs] = [rest.slice(0, Number(count)), rest.slice(Number(count))];
        const jsons = pairs.filter((_, at) => at % 2 === 1).map((json) => JSON.parse(String(json)) as { name: string });
        calls.push({
          number: Number(number),
          kind: String(kind),
          keys: keys.map(String),
          places: pairs.filter((_, at) => at % 2 === 0).map(String),
          names: jsons.map(({ name }) => name),
        });
        if (!slow) return Promise.resolve(1);
        return new Promise((resolve, reject) => {
          answers.push((outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome)));
        });
      },
    },
    ready: () => ready,
    head: ["{t}:members", "{t}", "n~1"],
    onUnregistered,
    clock: {
      now: () => now,
      after(ms, call) {
        timers.push({ at: now + ms, call });
        return () => undefined;
      },
    },
    log: silent,
  });
  return {
    ring,
    calls,
    answer: (outcome: number | Error) => answers.shift()!(outcome),
    advance(ms: number) {
      now += ms;
      for (const timer of timers.splice(0)) if (timer.at <= now) timer.call();
    },
    reach: (reached: boolean) => (ready = reached),
  };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
