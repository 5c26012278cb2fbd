import assert from "node:assert/strict";
import type { NodeId } from "../../src/model/ids.ts";
import { counter } from "../../src/ops/metrics.ts";
import { busContract } from "../../src/testing/bus-contract.ts";
import { type Heard, note, numbered, started } from "../../src/testing/heard.ts";
import { startRedis, type RedisServer } from "../../src/testing/redis-server.ts";
import { until } from "../../src/testing/until.ts";
import { leaseMs, RedisWorld } from "./redis-world.ts";

describe("redis bus", () => {
  let redis: RedisServer;
  let worlds: RedisWorld[] = [];

  before(async () => {
    redis = await startRedis();
  });
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world[Symbol.asyncDispose]();
  });
  after(async () => {
    await redis.stop();
  });

  async function open(): Promise<RedisWorld> {
    const world = await RedisWorld.open(redis);
    worlds.push(world);
    return world;
  }

  busContract("redis", open);

  describe("when Redis is killed and comes back empty", () => {
    it("registers again what it watched, calls gap on every node, and takes nobody for gone", async () => {
      const { a, b } = await pair(await open());

      await redis.kill9();
      a.bus.announce(["k"], note("lost"));
      await b.bus.watch("new");
      await redis.restart();

      await until(() => a.gaps > 0 && b.gaps > 0, 10_000);
      for (const key of ["k", "new"]) await heardAgain(a, b, key);
      assert.deepEqual([a.down, b.down], [[], []]);
    });

    it("does the same when it is emptied under way", async () => {
      const world = await open();
      const { a, b } = await pair(world);

      await world.admin.flushall();

      await until(() => a.gaps > 0 && b.gaps > 0, 10_000);
      await heardAgain(a, b, "k");
      assert.deepEqual([a.down, b.down], [[], []]);
    });
  });

  it("loses nothing, or says so, when the socket at the inbox is cut under load", async () => {
    const world = await open();
    const { a, b } = await pair(world);

    await underLoad(a, 6000, 300, () => world.kill(b, "inbox"));

    await until(() => b.gaps > 0 || b.names().length === 6000, 10_000);
    assert.deepEqual(b.names(), b.gaps > 0 ? ascending(b) : numbered(6000));
  });

  it("brings no twin, and loses nothing or says so, when the announcing socket is cut under load", async () => {
    const world = await open();
    const { a, b } = await pair(world);

    await underLoad(a, 6000, 300, () => world.kill(a, "commands"));

    await until(() => b.gaps > 0 || b.names().length === 6000, 10_000);
    assert.deepEqual(b.names(), b.gaps > 0 ? ascending(b) : numbered(6000));
  });

  it("brings once what was sent twice because the answer was lost", async () => {
    const world = await open();
    const { a, b } = await pair(world);
    const twins = counter("trivium_bus_twins_total", "");
    const before = twins.value;

    for (let round = 0; twins.value === before && round < 50; round++) {
      a.bus.announce(["k"], note(`${round}`));
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      // The call is on its way; its answer will not be.
      world.proxy(a).freeze();
      await until(() => b.names().includes(`${round}`) || b.gaps > 0, 10_000);
      world.proxy(a).cut();
      world.proxy(a).restore();
      await until(() => a.bus.nodes().length === 1);
      a.bus.announce(["k"], note(`after ${round}`));
      await until(() => b.names().includes(`after ${round}`) || b.gaps > 0, 10_000);
    }

    assert.ok(twins.value > before, "no call was sent twice");
    assert.equal(new Set(b.names()).size, b.names().length);
  });

  it("stays within its bound, and does not hold up the loop, when it is flooded while Redis stands still", async () => {
    const world = await open();
    const { a, b } = await pair(world);
    const dropped = counter("trivium_bus_dropped_total", "");
    const before = dropped.value;
    process.kill(redis.pid, "SIGSTOP");

    let longest = 0;
    try {
      for (let n = 0; n < 100_000;) {
        const began = performance.now();
        for (const end = n + 500; n < end; n++) a.bus.announce(["k"], note(`${n}`));
        await new Promise((resolve) => setImmediate(resolve));
        longest = Math.max(longest, performance.now() - began);
      }
    } finally {
      process.kill(redis.pid, "SIGCONT");
    }

    assert.ok(dropped.value - before >= 100_000 - 20_000 - 512, `${dropped.value - before} dropped`);
    assert.ok(longest < 250, `the loop stood still for ${longest} ms`);
    await until(() => b.gaps > 0, 10_000);
    await heardAgain(a, b, "k");
  });

  it("tells the others when a node has vanished, and forgets what it watched", async () => {
    const world = await open();
    const { a, b } = await pair(world);
    await until(() => a.bus.nodes().length === 1);

    world.proxy(b).cut();

    await until(() => a.down.includes(b.bus.node), 3 * leaseMs);
    await until(() => a.bus.nodes().length === 0);
    await until(async () => (await world.admin.keys(`{${world.prefix}}:watch*`)).length === 0, 3 * leaseMs);
  });

  it("comes back with a gap after it was away for longer than its lease", async () => {
    const world = await open();
    const { a, b } = await pair(world);
    world.proxy(b).cut();
    await until(() => a.down.includes(b.bus.node), 3 * leaseMs);

    world.proxy(b).restore();

    await until(() => b.gaps > 0 && a.up.length === 2, 10_000);
    assert.deepEqual(a.up, [b.bus.node, b.bus.node]);
    await heardAgain(a, b, "k");
  });

  it("drops sockets that are half open, and goes on", async () => {
    const world = await open();
    const { a, b } = await pair(world);

    world.proxy(b).freeze();
    world.proxy(b).restore();
    await a.bus.watch("from b");

    await heardAgain(a, b, "k");
    await heardAgain(b, a, "from b");
  });

  it("calls gap when its inbox was trimmed before it was read", async () => {
    const world = await open();
    const { a, b } = await pair(world);
    world.proxy(b).cut();
    a.bus.announce(["k"], note("trimmed"));
    await until(async () => (await world.inboxLength(b)) > 1);

    await world.trimInbox(b);
    world.proxy(b).restore();
    await heardAgain(a, b, "k");

    assert.ok(b.gaps > 0);
    assert.ok(!b.names().includes("trimmed"));
  });

  it("joins again when its inbox alone is gone", async () => {
    const world = await open();
    const { a, b } = await pair(world);
    for (const name of numbered(5)) {
      a.bus.announce(["k"], note(name));
      await until(() => b.names().includes(name));
    }

    await world.dropInbox(b);

    await until(() => b.gaps > 0, 3 * leaseMs);
    await heardAgain(a, b, "k");
  });

  it("takes a node that comes back under its name as down and up", async () => {
    const world = await open();
    const node = "n-fixed" as NodeId;
    const a = await started(world.bus());
    const b = await started(world.bus({ node }));
    await until(() => a.up.length === 1);
    world.proxy(b).cut();

    await started(world.bus({ node }));

    await until(() => a.up.length === 2, 1000);
    assert.deepEqual([a.up, a.down], [[node, node], [node]]);
    assert.deepEqual(a.bus.nodes(), [node]);
  });

  it("starts without Redis, and joins when it is there", async () => {
    const world = await open();
    const a = await started(world.bus());
    const late = world.bus();
    world.proxyOf(late).cut();

    const b = await started(late);
    await b.bus.watch("k");
    await assert.rejects(b.bus.ping());
    world.proxyOf(late).restore();

    await until(() => b.gaps > 0, 10_000);
    await heardAgain(a, b, "k");
  }).timeout(15_000);

  it("leaves nothing behind in Redis when all have closed", async () => {
    const world = await open();
    const { a, b } = await pair(world);
    for (const key of numbered(1200)) void b.bus.watch(key);
    await b.bus.watch("last");

    await a.bus[Symbol.asyncDispose]();
    await b.bus[Symbol.asyncDispose]();

    assert.deepEqual(await world.admin.keys(`{${world.prefix}}*`), []);
  });
}).timeout(20_000);

async function pair(world: RedisWorld): Promise<{ a: Heard; b: Heard }> {
  const a = await started(world.bus());
  const b = await started(world.bus());
  await b.bus.watch("k");
  return { a, b };
}

let probes = 0;

/** Resolves once announcements get from one to the other again. */
async function heardAgain(from: Heard, to: Heard, key: string): Promise<void> {
  const name = `probe ${++probes}`;
  await until(() => {
    from.bus.announce([key], note(name));
    return to.names().includes(name);
  }, 10_000);
}

/** Announces 0, 1, 2 …, ten a turn, and does something in between, every so often. */
async function underLoad(from: Heard, count: number, every: number, between: () => Promise<void>): Promise<void> {
  for (let n = 0; n < count; n++) {
    from.bus.announce(["k"], note(`${n}`));
    if (n % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    if (n % every === 0) await between();
  }
}

/** What was heard, as it must be where something is lost: still in order, and without twins. */
function ascending(heard: Heard): string[] {
  const numbers = new Set(heard.names().map(Number));
  return [...numbers].sort((one, other) => one - other).map(String);
}
