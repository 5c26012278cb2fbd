import assert from "node:assert/strict";
import type { Fault } from "#core";
import { Names } from "../../../protocols/json/addressing.ts";
import { Deliveries } from "../../../protocols/json/deliver.ts";
import { Outgoing } from "../../../protocols/json/outgoing.ts";
import { Events } from "../../../protocols/json/translate.ts";
import { dm, endOfTick, entry, FakeLink, Outboxed, Time } from "./fakes.ts";

describe("deliveries to a JSON client", () => {
  it("leave as one frame a tick, in order", async () => {
    const { session, link, deliveries } = started();
    await endOfTick();

    session.put(entry({ seq: 1 }), entry({ seq: 2 }), entry({ seq: 3 }));
    deliveries.drain();
    await endOfTick();

    assert.deepEqual(link.frames.map(seqs), [[1, 2, 3]]);
  });

  it("wait until auth has been answered", async () => {
    const { session, link, deliveries } = parts();
    session.put(entry());

    deliveries.drain();
    await endOfTick();

    assert.deepEqual(link.frames, []);
    assert.equal(session.waiting, 1);
  });

  it("stay in the outbox while the socket owes more than the bound, and go on when it has drained", async () => {
    const { session, link, deliveries } = started({ highWater: 1000 });
    link.buffered = 1000;
    session.put(entry({ seq: 1 }), entry({ seq: 2 }));

    deliveries.drain();
    const stalled = [deliveries.stalled, session.waiting];
    link.buffered = 0;
    deliveries.drain();
    await endOfTick();

    assert.deepEqual(stalled, [true, 2]);
    assert.equal(deliveries.stalled, false);
    assert.deepEqual(link.frames.map(seqs), [[1, 2]]);
  });

  it("end with slow-consumer when the socket has not moved for the time allowed", () => {
    const { session, link, deliveries, time, said } = started({ highWater: 1000, stuckMs: 5000 });
    link.buffered = 1000;
    session.put(entry());

    deliveries.drain();
    time.pass(4000);
    link.buffered = 999; // it moved
    time.pass(4900);
    const patient = [...said];
    time.pass(2000);

    assert.deepEqual(patient, ["synced"]);
    assert.deepEqual(said, ["synced", "stuck slow-consumer"]);
  });

  it("say lag once when the outbox is nearly full, naming the log that was delivered last", () => {
    const { session, link, deliveries, time, said } = started({ highWater: 1000 });
    session.put(entry());
    deliveries.drain();
    link.buffered = 1000;
    session.put(entry({ seq: 2 }));
    session.fullness = 0.8;

    deliveries.drain();
    time.pass(5000);

    assert.deepEqual(said, ["synced", `lag ${dm}`]);
  });

  it("say synced once all that was pending at auth has been delivered", () => {
    const { session, deliveries, said } = parts();
    deliveries.expect(dm, 2);
    deliveries.start();

    session.put(entry({ seq: 1 }));
    deliveries.drain();
    const halfway = [...said];
    session.put(entry({ seq: 2 }), entry({ seq: 3 }));
    deliveries.drain();

    assert.deepEqual(halfway, []);
    assert.deepEqual(said, ["synced"]);
  });
});

function started(options?: { highWater?: number; stuckMs?: number }): ReturnType<typeof parts> {
  const all = parts(options);
  all.deliveries.start();
  return all;
}

function parts(options: { highWater?: number; stuckMs?: number } = {}) {
  const [session, link, time] = [new Outboxed(), new FakeLink(), new Time()];
  const said: string[] = [];
  const outgoing = new Outgoing(link, 65_536, () => undefined);
  const deliveries = new Deliveries({
    ...{ session, link, outgoing, clock: time, events: new Events(new Names("localhost")) },
    options: { highWater: 1_000_000, stuckMs: 30_000, ...options },
    heard: (news) => said.push(`heard ${news.name}`),
    lags: (conversation) => said.push(`lag ${conversation}`),
    synced: () => said.push("synced"),
    stuck: (fault: Fault) => said.push(`stuck ${fault.code}`),
  });
  return { session, link, time, said, deliveries };
}

function seqs(frame: string): number[] {
  return frame.split("\n").map((line) => (JSON.parse(line) as { s: number }).s);
}
