import assert from "node:assert/strict";
import { createMemoryStore } from "#testing";
import type { CoreOptions } from "../../../src/create-core.ts";
import { createMemoryBus } from "../../../src/bus/memory/bus.ts";
import { createExchange } from "../../../src/bus/memory/exchange.ts";
import type { Publication } from "../../../src/model/event.ts";
import { Fault } from "../../../src/model/fault.ts";
import { type DeviceId, type OriginId, topicLogOf } from "../../../src/model/ids.ts";
import type { Store } from "../../../src/store/store.ts";
import { localUser, startCore } from "../../../src/testing/core.ts";
import { until } from "../../../src/testing/until.ts";
import { TestClock } from "../mqtt/harness.ts";

const [alice, bob] = [localUser("alice"), localUser("bob")];
const log = topicLogOf("telemetry/7", "localhost");
const day = 86_400_000;

function start(options: Partial<CoreOptions> = {}) {
  return startCore(["alice", "bob"], { keptTopics: [{ filter: "telemetry/#", forMs: 7 * day }], ...options });
}

function publication(over: Partial<Publication> & { text?: string } = {}): Publication {
  const { text = "21.5", ...rest } = over;
  const terms = { host: "localhost", topic: "telemetry/7", qos: 1, retain: false, at: 0 } as const;
  const sender = { author: alice, device: "mqtt:sensor" as DeviceId };
  return { type: "publication", ...terms, ...sender, payload: Buffer.from(text), ...rest };
}

type Core = Awaited<ReturnType<typeof start>>;

function publish(core: Core, one: Publication, originId?: string): Promise<Fault | number> {
  return new Promise((resolve) =>
    core.topics.publish(one, originId as OriginId, { published: (_, outcome) => resolve(outcome) }, 1),
  );
}

function attach(core: Core, user = bob) {
  const options = { user, device: "json:d" as DeviceId, echo: "never", durable: false, rememberMs: 0 } as const;
  return core.sessions.attach({ ...options, wake: () => undefined, ended: () => undefined });
}

describe("a kept topic", () => {
  it("has a log with seq, history and search", async () => {
    await using core = await start();
    for (const text of ["21.5 fine", "22 fine", "99 alarm"])
      assert.equal(await publish(core, publication({ text })), 1);
    await publish(core, publication({ topic: "other", text: "99 alarm" }));

    const history = await core.conversations.history(bob, log, 0, 10);
    assert.deepEqual(
      history.map(({ seq, body, author }) => [seq, body, author]),
      [[1, "21.5 fine", alice], [2, "22 fine", alice], [3, "99 alarm", alice]], // prettier-ignore
    );
    const found = await core.conversations.search(bob, { text: "alarm", conversation: log, fromEnd: true, limit: 5 });
    assert.deepEqual(found.entries.map(({ seq }) => seq), [3]); // prettier-ignore
    const binary = publication({ payload: Buffer.from([0xff, 0]) });
    await publish(core, binary);
    assert.deepEqual(Buffer.from((await core.conversations.history(bob, log, 3, 1))[0]!.bytes!), binary.payload);
  });

  it("is acknowledged at QoS 1 only once it is in its log, and at QoS 0 written all the same", async () => {
    const held = holding(createMemoryStore());
    await using core = await start({ store: held.store });
    let outcome: Fault | number | undefined;
    held.hold = true;
    void publish(core, publication()).then((value) => (outcome = value));
    assert.equal(await publish(core, publication({ qos: 0, text: "quick" })), 0);
    await until(() => held.waiting > 0);
    assert.equal(outcome, undefined);

    held.release();
    await until(() => outcome !== undefined);
    assert.equal(outcome, 1);
    await until(async () => (await core.conversations.head(log)) === 2);
  });

  it("is still an ordinary publication for its subscribers, and an entry for who follows the log", async () => {
    await using core = await start();
    const [hears, follows] = [await attach(core), await attach(core, alice)];
    const terms = { qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const;
    await core.topics.subscribe(hears, { filter: "telemetry/+", ...terms });
    await publish(core, publication({ text: "one" }));
    await core.conversations.open(follows, log, 0);
    await publish(core, publication({ text: "two" }));

    await until(() => hears.waiting === 2 && follows.waiting === 2);
    assert.deepEqual(hears.take(9).map(({ event }) => event.type), ["publication", "publication"]); // prettier-ignore
    const entries = follows.take(9).map(({ event }) => event);
    assert.deepEqual(entries.map((event) => event.type === "entry" && [event.seq, event.body]), [[1, "one"], [2, "two"]]); // prettier-ignore
    core.conversations.ack(follows, log, 2);
    core.conversations.read(follows, log, 2);
  });

  it("writes an exchange of QoS 2 once, however often it is sent", async () => {
    await using core = await start();
    const one = publication({ qos: 2 });
    assert.deepEqual([await publish(core, one, "q2:x"), await publish(core, one, "q2:x")], [1, 1]);
    assert.equal(await core.conversations.head(log), 1);
    await new Promise<void>((resolve) => core.router.release(alice, "q2:x" as OriginId, () => resolve()));
    await publish(core, one, "q2:x");
    assert.equal(await core.conversations.head(log), 2);
  });

  it("may be read by whoever may subscribe to it, and written to by publishing alone", async () => {
    const rule = { effect: "deny", who: ["user:bob"], may: "subscribe", topics: ["telemetry/#"] } as const;
    await using core = await start({ acl: [rule] });
    await publish(core, publication());
    const question = { text: "21", conversation: log, fromEnd: true, limit: 5 };
    const session = await attach(core);

    await assert.rejects(core.conversations.history(bob, log, 0, 5), { code: "forbidden" });
    await assert.rejects(core.conversations.search(bob, question), { code: "forbidden" });
    await assert.rejects(core.conversations.open(session, log, 0), { code: "forbidden" });
    assert.equal((await core.conversations.history(alice, log, 0, 5)).length, 1);
    await assert.rejects(core.conversations.history(alice, topicLogOf("other", "localhost"), 0, 5), {
      code: "not-found",
    });
    await assert.rejects(core.conversations.history(alice, topicLogOf("telemetry/7", "elsewhere"), 0, 5), {
      code: "not-found",
    });
    const draft = {
      conversation: log,
      kind: "message",
      author: alice,
      device: "json:d" as DeviceId,
      body: "forged",
    } as const;
    await assert.rejects(core.router.sendOne(draft), { code: "not-found" });

    core.govern([]);
    await core.conversations.open(session, log, 0);
    await until(() => session.waiting === 1);
    core.govern([rule]);
    await until(async () => {
      await publish(core, publication());
      return session.waiting === 1;
    });
  });

  it("forgets what is too old and too much, and goes on counting", async () => {
    const clock = new TestClock();
    const keptTopics = [{ filter: "telemetry/#", forMs: 600_000 }];
    await using core = await start({ clock, keptTopics, keptBounds: { topics: 10, entries: 3 } });
    const seqs = async () => (await core.conversations.history(bob, log, 0, 99)).map(({ seq }) => seq);
    for (let n = 0; n < 5; n++) await publish(core, publication());
    await clock.advance(61_000);
    assert.deepEqual(await seqs(), [3, 4, 5]);

    await clock.advance(720_000);
    assert.deepEqual(await seqs(), [5]); // the last one stays
    await publish(core, publication());
    assert.deepEqual(await seqs(), [5, 6]);
    await clock.advance(120_000);
    assert.deepEqual(await seqs(), [6]);
  });

  it("is refused where it would be one log too many", async () => {
    await using core = await start({ keptBounds: { topics: 1, entries: 3 } });
    assert.equal(await publish(core, publication()), 1);
    const refused = await publish(core, publication({ topic: "telemetry/8" }));
    assert.ok(refused instanceof Fault && refused.code === "quota-exceeded");
    assert.equal(await publish(core, publication()), 1);
    assert.equal(await publish(core, publication({ topic: "other" })), 0);
  });

  it("is heard on other nodes by who follows its log there", async () => {
    const [store, exchange] = [createMemoryStore(), createExchange()];
    await using one = await start({ store, bus: createMemoryBus(exchange) });
    await using other = await startCore([], {
      store,
      bus: createMemoryBus(exchange),
      keptTopics: [{ filter: "telemetry/#", forMs: day }],
    });
    const session = await attach(other);
    await other.conversations.open(session, log, 0);

    await publish(one, publication());

    await until(() => session.waiting === 1);
  });
});

/** A store whose commits can be held back. */
interface Holding {
  hold: boolean;
  waiting: number;
  readonly release: () => void;
  readonly store: Store;
}

function holding(inner: Store): Holding {
  let release: () => void = () => undefined;
  const held: Holding = {
    hold: false,
    waiting: 0,
    release: () => {
      held.hold = false;
      release();
    },
    store: {
      ...inner,
      commit: async (batch) => {
        if (held.hold) {
          held.waiting++;
          await new Promise<void>((resolve) => (release = resolve));
        }
        return inner.commit(batch);
      },
    },
  };
  return held;
}
