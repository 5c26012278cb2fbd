// PROMISE P7: a slow client costs itself, and nobody else.
import assert from "node:assert/strict";
import { embeddedPlace } from "../support/place.ts";
import { Steady } from "./steady-mqtt.ts";

const user = "sensor";
const perSecond = 10_000;
const windowMs = 1_500;
/** With and without the slow one by turns, since the machine may have slow moments of its own. */
const turns = 4;
/** The outbox, what its session's link may hold, and what else a process does in a few seconds. */
const boundBytes = 4 * 1024 * 1024;
const restBytes = 28 * 1024 * 1024;

describe("a subscriber that does not read, at 10,000 messages a second", () => {
  it("costs no more than its bound, and the others no waiting", async function () {
    this.timeout(60_000);
    await using place = await embeddedPlace();
    const server = place.here;
    await server.addUsers([user]);
    const publisher = await Steady.login(server, user, "publisher");
    const reader = await Steady.login(server, user, "reader");
    let times: number[] = [];
    await reader.time((tookMs) => times.push(tookMs));
    const measure = async (): Promise<number> => {
      times = [];
      await publisher.publish(perSecond, windowMs);
      await publisher.publish(1, 200); // the last of them arrive
      assert.ok(times.length > (perSecond * windowMs) / 2000, `the reader heard ${times.length}`);
      return percentile(times, 0.99);
    };
    await measure(); // the first does not count: code is compiled, memory grows
    await measure();
    const before = server.rss;

    const alone: number[] = [];
    const beside: number[] = [];
    let most = before;
    for (let turn = 0; turn < turns; turn++) {
      alone.push(await measure());
      const slow = await Steady.login(server, user, `slow-${turn}`);
      await slow.stall();
      beside.push(await measure());
      most = Math.max(most, server.rss);
      slow.close();
    }

    const [without, with_] = [median(alone), median(beside)];
    console.log(
      `      p99 ${without.toFixed(1)} ms alone, ${with_.toFixed(1)} ms beside a slow one; resident ${mebibytes(before)} MiB, at most ${mebibytes(most)} MiB`,
    );
    assert.ok(with_ < 2 * Math.max(without, 2), `p99 ${with_.toFixed(1)} ms instead of ${without.toFixed(1)} ms`);
    assert.ok(most - before < boundBytes + restBytes, `${mebibytes(most - before)} MiB more`);
    publisher.close();
    reader.close();
  });
});

function percentile(values: readonly number[], share: number): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length * share)]!;
}

function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

function mebibytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}
