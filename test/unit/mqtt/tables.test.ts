import assert from "node:assert/strict";
import fc from "fast-check";
import { Acks } from "../../../protocols/mqtt/acks.ts";
import { ackByte } from "../../../protocols/mqtt/encode.ts";
import { IdleWheel } from "../../../protocols/mqtt/idle-wheel.ts";
import { awaiting, InFlight } from "../../../protocols/mqtt/in-flight.ts";
import { idOfPosition, SessionState } from "../../../protocols/mqtt/session-state.ts";
import { Outstanding } from "../../../protocols/mqtt/chat/outstanding.ts";
import { TopicNames } from "../../../protocols/mqtt/topic-names.ts";
import type { ConversationId } from "../../../src/model/ids.ts";
import { TestClock } from "./harness.ts";

const codes = [0x00, 0x10, 0x97] as const;

describe("Acks", () => {
  it("leave in the order of what they answer, whatever the order of settling", () => {
    const orders = fc
      .integer({ min: 1, max: 60 })
      .chain((size) => fc.shuffledSubarray([...Array(size).keys()], { minLength: size, maxLength: size }));
    fc.assert(
      fc.property(orders, (order) => {
        const left: number[] = [];
        const acks = new Acks({ acknowledge: (_, id, code) => left.push(id, code) });
        const tickets = order.map((_, at) => acks.begin(ackByte.puback, at + 1));

        for (const at of order) acks.settle(tickets[at]!, codes[at % 3]!);

        assert.deepEqual(
          left,
          order.flatMap((_, at) => [at + 1, codes[at % 3]!]),
        );
        assert.equal(acks.pending, 0);
      }),
    );
  });

  it("ignore a second answer", () => {
    const left: number[] = [];
    const acks = new Acks({ acknowledge: (_, id) => left.push(id) });
    const [one, two] = [acks.begin(ackByte.puback, 1), acks.begin(ackByte.puback, 2)];

    for (const ticket of [two, two, one, one, two]) acks.settle(ticket, 0);

    assert.deepEqual(left, [1, 2]);
  });
});

describe("InFlight", () => {
  it("never gives an identifier that is in flight [MQTT-2.2.1-4], and keeps what each is for", () => {
    const steps = fc.array(
      fc.oneof(
        fc.constant("claim"),
        fc.record({ free: fc.nat() }),
        fc.record({ claimAs: fc.integer({ min: 1, max: 0xffff }) }),
      ),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(steps, (actions) => {
        const window = 16;
        const table = new InFlight<number>(window);
        const model = new Map<number, number>();
        actions.forEach((action, at) => {
          if (typeof action !== "string" && "free" in action) {
            const id = [...model.keys()][action.free % Math.max(1, model.size)];
            if (id === undefined) return;
            assert.equal(table.free(id), model.get(id));
            model.delete(id);
          } else if (model.size < window) {
            const wanted = typeof action === "string" ? undefined : action.claimAs;
            const id = wanted === undefined ? table.claim(awaiting.puback, at) : wanted;
            const got = wanted === undefined || table.claimAs(id, awaiting.puback, at);
            if (wanted !== undefined && model.has(id)) assert.equal(got, false);
            if (!got) return;
            assert.ok(id > 0 && id <= 0xffff && !model.has(id));
            model.set(id, at);
          }
          assert.equal(table.count, model.size);
          for (const [id, owed] of model)
            assert.deepEqual([table.stateOf(id), table.owedOf(id)], [awaiting.puback, owed]);
        });
      }),
    );
  });

  it("goes round all 65,535 identifiers, past one that stays in flight", () => {
    const table = new InFlight<number>(100);
    const stuck = table.claim(awaiting.puback, 0);
    const seen = new Set<number>();

    for (let n = 0; n < 65_534; n++) {
      const id = table.claim(awaiting.puback, n);
      seen.add(id);
      table.free(id);
    }

    assert.equal(seen.has(stuck), false);
    assert.ok(seen.size > 65_000); // those that share the stuck one's slot are passed over, too
  });
});

describe("the identifier of a queue position", () => {
  it("is the same every time, and differs for any 65,535 in a row", () => {
    assert.deepEqual([1, 2, 65_535, 65_536, 131_070, 131_071].map(idOfPosition), [1, 2, 65_535, 1, 65_535, 1]);
  });
});

describe("SessionState", () => {
  it("comes back from its JSON as it was", () => {
    const state = new SessionState();
    state.received.begin(4);
    state.received.advance(4, "held");
    state.received.begin(5);
    state.released.set(7, 70);
    state.sentTo = 99;
    state.entries = [{ conversation: "room:r@h" as ConversationId, seq: 3, messageId: 8 }];
    state.chat.set("chat/#", { filter: "chat/#", qos: 1, noLocal: true, id: 3 });

    const back = SessionState.parse(state.serialise());

    assert.deepEqual(
      [back.received.held(), [...back.released], back.sentTo, back.entries, [...back.chat.values()]],
      [[4], [[7, 70]], 99, state.entries, [...state.chat.values()]],
    );
  });

  it("is empty where nothing was kept", () => {
    assert.equal(SessionState.parse("").sentTo, 0);
    assert.equal(SessionState.parse(undefined).sentTo, 0);
  });
});

describe("Outstanding", () => {
  it("clears a conversation up to its first entry that is not acknowledged, in whatever order they are", () => {
    const room = "room:r@h" as ConversationId;
    const orders = fc
      .integer({ min: 1, max: 30 })
      .chain((size) => fc.shuffledSubarray([...Array(size).keys()], { minLength: size, maxLength: size }));
    fc.assert(
      fc.property(orders, (order) => {
        const outstanding = new Outstanding();
        for (let at = 0; at < order.length; at++) outstanding.add(room, at + 10, 1);
        const acked = new Set<number>();
        let clear = 9;

        for (const at of order) {
          acked.add(at + 10);
          const moved = outstanding.acknowledge(room, at + 10);
          let expected = clear;
          while (acked.has(expected + 1)) expected++;
          assert.equal(moved, expected === clear ? undefined : expected);
          clear = expected;
        }
      }),
    );
  });

  it("waits for every message of an entry, and takes one that needs none as acknowledged", () => {
    const room = "room:r@h" as ConversationId;
    const outstanding = new Outstanding();

    assert.equal(outstanding.add(room, 1, 0), 1);
    assert.equal(outstanding.add(room, 2, 2), undefined);
    assert.equal(outstanding.add(room, 3, 0), undefined);
    assert.equal(outstanding.acknowledge(room, 2), undefined);
    assert.equal(outstanding.acknowledge(room, 2), 3);
  });
});

describe("TopicNames", () => {
  it("gives each name back, whatever shares its slot", () => {
    const names = new TopicNames();
    const many = Array.from({ length: 5000 }, (_, at) => `plant/${at}/ж`);

    for (const name of [...many, ...many]) {
      const bytes = Buffer.from(`xx${name}yy`);
      assert.equal(names.read(bytes, 2, bytes.length - 2), name);
    }
  });
});

describe("IdleWheel", () => {
  it("tells the silent ones within a second, and no other, and stops when nobody is left", async () => {
    const clock = new TestClock();
    const wheel = new IdleWheel(clock);
    const told: number[] = [];
    const watched = [1500, 4500, 90_000].map((patienceMs) => ({
      heardAt: clock.now(),
      patienceMs,
      silent: () => told.push(patienceMs),
    }));
    for (const each of watched) wheel.watch(each);

    await clock.advance(3000);
    assert.deepEqual(told, [1500]);
    watched[1]!.heardAt = clock.now();
    await clock.advance(4000);
    assert.deepEqual(told, [1500]);
    await clock.advance(2000);
    assert.deepEqual(told, [1500, 4500]);
    wheel.forget(watched[2]!);
    await clock.advance(100_000);

    assert.deepEqual([told, wheel.size], [[1500, 4500], 0]);
  });
});

describe("IdleWheel, when clients come and go,", () => {
  it("keeps nothing of those that have gone", async () => {
    const clock = new TestClock();
    const wheel = new IdleWheel(clock);

    for (let second = 0; second < 50; second++) {
      const watched = { heardAt: clock.now(), patienceMs: 900_000, silent: () => undefined };
      wheel.watch(watched);
      await clock.advance(1_000);
      wheel.forget(watched);
    }

    assert.deepEqual([wheel.size, wheel.slots], [0, 0]);
  });
});
