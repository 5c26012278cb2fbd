// The promise of `bus.ts`, put to every adapter.
/* oxlint-disable max-lines -- one promise, one suite, read in one piece */
import assert from "node:assert/strict";
import type { Announced, Bus, BusListener, Control } from "../bus/bus.ts";
import type { Envelope, Publication, Receipt, Signal } from "../model/event.ts";
import type { ConversationId, DeviceId, MessageId, NodeId, OriginId, UserId } from "../model/ids.ts";
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
      await until(() => b.events.length > 0);
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

    for (const [kind, event] of Object.entries(samples())) {
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
      const { envelope } = samples();
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

/** A bus with a listener that writes down all it is told. */
export interface Heard {
  readonly bus: Bus;
  readonly events: { readonly event: Announced; readonly from: NodeId }[];
  readonly up: NodeId[];
  readonly down: NodeId[];
  gaps: number;
  /** Names of the controls heard, of one sender or all. */
  names(from?: NodeId): string[];
}

/** Starts the bus with a recording listener. */
export async function started(bus: Bus): Promise<Heard> {
  const heard: Heard = {
    bus,
    events: [],
    up: [],
    down: [],
    gaps: 0,
    names: (from) => {
      const mine = heard.events.filter((one) => from === undefined || one.from === from);
      return mine.map(({ event }) => (event.type === "control" && event.name !== "settle" ? event.name : "")).filter(Boolean);
    },
  };
  const listener: BusListener = {
    heard: (event, from) => heard.events.push({ event, from }),
    gap: () => heard.gaps++,
    nodeUp: (node) => heard.up.push(node),
    nodeDown: (node) => heard.down.push(node),
  };
  await bus.start(listener);
  return heard;
}

export function note(name: string): Control {
  return { type: "control", name, payload: "{}" };
}

export function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${n}`);
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

function samples() {
  const conversation = "room:Größe 🦑@h" as ConversationId;
  const [user, device] = ["älice@h" as UserId, "mqtt:esp\u0000 \u2028\ud83d\ude00" as DeviceId];
  const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const envelope: Envelope = {
    type: "entry",
    conversation,
    seq: 9_007_199_254_740_991,
    kind: "message",
    mid: "0190163d-8694-739b-aea5-966c26f8ad90" as MessageId,
    at: 1_700_000_000_123,
    author: user,
    device,
    originId: 'quote " and \\ and 漢字' as OriginId,
    body: "line\nline \u{1F9D1}\u200D\u{1F680} \\u0000",
    extensions: { xmpp: "<x xmlns='y'>&amp;</x>", "m'qtt": "[]" },
  };
  const binary: Envelope = { ...envelope, body: undefined, originId: undefined, extensions: undefined, bytes: everyByte };
  const receipt: Receipt = { type: "receipt", conversation, seq: 7, user, mark: "read", at: 1 };
  const typing: Signal = { type: "signal", name: "typing", conversation, user, device, state: "composing", ttlMs: 5000 };
  const presence: Signal = {
    type: "signal",
    name: "presence",
    user,
    device,
    available: true,
    show: "dnd",
    status: "",
    priority: -1,
    extensions: {},
  };
  const occupant: Signal = {
    type: "signal",
    name: "occupant",
    conversation,
    user,
    device,
    nick: "Ällie",
    renamed: undefined,
    present: false,
    show: "away",
    status: "gone\tfishing",
  };
  const relay: Signal = {
    type: "signal",
    name: "relay",
    frontend: "xmpp",
    from: user,
    fromDevice: device,
    to: user,
    toDevice: undefined,
    payload: "<iq/>",
  };
  const publication: Publication = {
    type: "publication",
    host: "h",
    topic: "plant/7/tempé",
    payload: everyByte,
    qos: 2,
    retain: true,
    author: user,
    device,
    at: 2,
    expiresAt: 3,
    extensions: { mqtt: '{"a":1}' },
  };
  const empty: Publication = { ...publication, payload: new Uint8Array(0), expiresAt: undefined, extensions: undefined };
  const control: Control = { type: "control", name: "ask", payload: '{"q":"ä"}' };
  return { envelope, binary, receipt, typing, presence, occupant, relay, publication, empty, control };
}
