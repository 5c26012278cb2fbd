// The promise of `bus.ts`, put to every adapter.
import assert from "node:assert/strict";
import type { Announced, Bus } from "../bus/bus.ts";
import type { Envelope } from "../model/event.ts";
import { sampleEvents } from "./bus-samples.ts";
import { type Heard, note, numbered, started } from "./heard.ts";
import { until } from "./until.ts";

/** One shared medium and the means to make it fail. */
export interface BusWorld extends AsyncDisposable {
  /** A further bus on the medium, not started. The world closes it in the end. */
  bus(): Bus;
  /** Cuts a started bus off from the medium. */
  cutOff(bus: Bus): Promise<void>;
  /** Ends the cut; resolves when it is ended, which the bus may notice later. */
  restore(bus: Bus): Promise<void>;
}

/** Declares the suite; `open` is called before each test. */
export function busContract(name: string, open: () => Promise<BusWorld>): void {
  describe(`Bus contract: ${name}`, () => {
    let world: BusWorld;
    let a: Heard;
    let b: Heard;
    let c: Heard;

    beforeEach(async () => {
      world = await open();
      a = await started(world.bus());
      b = await started(world.bus());
      c = await started(world.bus());
    });
    afterEach(async () => {
      await world[Symbol.asyncDispose]();
    });

    it("brings an announcement to each other node that watches the key, and to no one else", async () => {
      await b.bus.watch("user:bob@h");
      await c.bus.watch("user:carol@h");

      a.bus.announce(["user:bob@h"], note("for bob"));
      a.bus.announce(["user:carol@h"], note("for carol"));
      a.bus.announce(["user:nobody@h"], note("for nobody"));

      await until(() => b.events.length > 0 && c.events.length > 0);
      await settled(a, b, c);
      assert.deepEqual(b.names(), ["for bob"]);
      assert.deepEqual(c.names(), ["for carol"]);
      assert.deepEqual(a.names(), []);
    });

    it("misses nothing announced after watch has resolved", async () => {
      for (let round = 0; round < 20; round++) {
        await b.bus.watch(`room:${round}@h`);
        a.bus.announce([`room:${round}@h`], note(`${round}`));
      }

      await until(() => b.events.length === 20);
      assert.deepEqual(b.names(), numbered(20));
    });

    it("does not bring what was announced before the watch, nor after the unwatch", async () => {
      a.bus.announce(["room:r@h"], note("early"));
      await settled(a, b);
      await b.bus.watch("room:r@h");
      a.bus.announce(["room:r@h"], note("between"));
      await until(() => b.names().length > 0);
      await unwatched(b, "room:r@h");

      a.bus.announce(["room:r@h"], note("late"));

      await settled(a, b);
      assert.deepEqual(b.names(), ["between"]);
    });

    it("takes a second watch of a key as the first, and a watch after an unwatch as a new one", async () => {
      await b.bus.watch("room:r@h");
      await b.bus.watch("room:r@h");
      b.bus.unwatch("room:r@h");
      await b.bus.watch("room:r@h");

      a.bus.announce(["room:r@h"], note("once"));

      await until(() => b.events.length > 0);
      await settled(a, b);
      assert.deepEqual(b.names(), ["once"]);
    });

    it("ends a watch that is unwatched before it resolved", async () => {
      const watching = b.bus.watch("room:r@h");
      await unwatched(b, "room:r@h");
      await watching;

      a.bus.announce(["room:r@h"], note("unheard"));

      await settled(a, b);
      assert.deepEqual(b.names(), []);
    });

    it("rings a node once when it watches several of the keys", async () => {
      await b.bus.watch("user:bob@h");
      await b.bus.watch("room:r@h");

      a.bus.announce(["user:bob@h", "room:r@h", "user:bob@h"], note("once"));

      await until(() => b.events.length > 0);
      await settled(a, b);
      assert.deepEqual(b.names(), ["once"]);
    });

    it("does not bring a node its own announcements", async () => {
      await a.bus.watch("room:r@h");
      await b.bus.watch("room:r@h");

      a.bus.announce(["room:r@h"], note("from a"));

      await until(() => b.events.length === 1);
      await settled(b, a);
      assert.deepEqual(a.names(), []);
      assert.deepEqual(b.events[0]?.from, a.bus.node);
    });

    it("keeps the order of each sender, over many ticks and two keys", async () => {
      await c.bus.watch("room:even@h");
      await c.bus.watch("room:odd@h");

      for (let n = 0; n < 1000; n++) {
        const key = n % 2 === 0 ? "room:even@h" : "room:odd@h";
        a.bus.announce([key], note(`${n}`));
        b.bus.announce([key], note(`${n}`));
        if (n % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
      }

      await until(() => c.events.length === 2000);
      assert.deepEqual(c.names(a.bus.node), numbered(1000));
      assert.deepEqual(c.names(b.bus.node), numbered(1000));
    });

    for (const [kind, event] of Object.entries(sampleEvents())) {
      it(`carries ${kind} whole`, async () => {
        await b.bus.watch("room:r@h");

        a.bus.announce(["room:r@h"], event);

        await until(() => b.events.length === 1);
        assert.deepEqual(plain(b.events[0]!.event), plain(event));
        for (const [field, value] of Object.entries(b.events[0]!.event)) assert.notEqual(value, undefined, field);
      });
    }

    it("does not share what a node hangs on an event to encode it once", async () => {
      await b.bus.watch("room:r@h");
      await c.bus.watch("room:r@h");
      const { envelope } = sampleEvents();
      envelope.memo = ["made by a"];

      a.bus.announce(["room:r@h"], envelope);

      await until(() => b.events.length === 1 && c.events.length === 1);
      const [atB, atC] = [b.events[0]!.event as Envelope, c.events[0]!.event as Envelope];
      assert.equal(atB.memo, undefined);
      atB.memo = ["made by b"];
      assert.equal(atC.memo, undefined);
      assert.deepEqual(envelope.memo, ["made by a"]);
    });

    it("tells each node of the others, those included that were there before it", async () => {
      await until(() => [a, b, c].every((node) => node.bus.nodes().length === 2));

      assert.deepEqual([...a.up].sort(), [b.bus.node, c.bus.node].sort());
      assert.deepEqual([...c.up].sort(), [a.bus.node, b.bus.node].sort());
      assert.deepEqual([...a.bus.nodes()].sort(), [b.bus.node, c.bus.node].sort());
    });

    it("tells the others at once when a node closes, and rings it no more", async () => {
      await until(() => b.bus.nodes().length === 2 && c.bus.nodes().length === 2);
      await a.bus.watch("room:r@h");

      await a.bus[Symbol.asyncDispose]();

      await until(() => b.down.includes(a.bus.node) && c.down.includes(a.bus.node), 1000);
      assert.deepEqual(b.bus.nodes(), [c.bus.node]);
      b.bus.announce(["room:r@h"], note("to the closed"));
      await settled(b, c);
      assert.deepEqual(a.names(), []);
    });

    it("after an outage brings what was announced meanwhile, or calls gap; and then brings news again", async () => {
      await b.bus.watch("room:r@h");
      await world.cutOff(b.bus);
      a.bus.announce(["room:r@h"], note("lost"));
      const before = b.gaps;

      await world.restore(b.bus);

      await until(() => b.gaps > before || b.names().includes("lost"), 10_000);
      await until(() => {
        a.bus.announce(["room:r@h"], note("found"));
        return b.names().includes("found");
      }, 10_000);
    });

    it("calls gap on the others when what a node announced during its outage was lost", async () => {
      await b.bus.watch("room:r@h");
      await world.cutOff(a.bus);
      a.bus.announce(["room:r@h"], note("lost"));
      await new Promise((resolve) => setImmediate(resolve));

      await world.restore(a.bus);

      await until(() => b.gaps > 0 || b.names().includes("lost"), 10_000);
    });

    it("resolves watch during an outage and honours it after", async () => {
      await world.cutOff(b.bus);

      await b.bus.watch("room:new@h");

      await world.restore(b.bus);
      await until(() => {
        a.bus.announce(["room:new@h"], note("found"));
        return b.names().includes("found");
      }, 10_000);
      assert.ok(b.gaps > 0);
    });

    it("answers ping while the medium is there", async () => {
      await a.bus.ping();
    });

    it("takes announcements, watches and a second close after it is closed, and does nothing", async () => {
      await a.bus[Symbol.asyncDispose]();

      a.bus.announce(["room:r@h"], note("late"));
      await a.bus.watch("room:r@h");
      a.bus.unwatch("room:r@h");
      await a.bus[Symbol.asyncDispose]();

      await assert.rejects(a.bus.ping());
    });
  });
}

/** Ends a watch and waits until that is known everywhere: interests are told in order, so a later one tells of it. */
async function unwatched(heard: Heard, key: string): Promise<void> {
  heard.bus.unwatch(key);
  await heard.bus.watch(`test:after ${key}`);
}

let settles = 0;

/**
 * Resolves when everything that the first node announced so far has reached the others, told by a last announcement
 * behind it: order per sender makes it the last.
 */
async function settled(from: Heard, ...others: readonly Heard[]): Promise<void> {
  const payload = `${++settles}`;
  await Promise.all(others.map((other) => other.bus.watch("test:settle")));
  from.bus.announce(["test:settle"], { type: "control", name: "settle", payload });
  const arrived = (other: Heard): boolean =>
    other.events.some(({ event }) => event.type === "control" && event.name === "settle" && event.payload === payload);
  await until(() => others.every(arrived));
}

/** As it must look on the other side: no `memo`, nothing undefined, bytes compared as bytes. */
function plain(event: Announced): Record<string, unknown> {
  const entries = Object.entries(event)
    .filter(([field, value]) => field !== "memo" && value !== undefined)
    .map(([field, value]) => [field, value instanceof Uint8Array ? Uint8Array.from(value) : value] as const);
  return Object.fromEntries(entries);
}
