import assert from "node:assert/strict";
import type { Session } from "../../../src/core.ts";
import type { RunningCore } from "../../../src/create-core.ts";
import { startCore } from "../../../src/testing/core.ts";
import { alice, attach, bob } from "./two-nodes.ts";

const count = 10_000;

describe("retained messages to a new subscription", () => {
  let core: RunningCore;
  before(async () => {
    core = await startCore(["alice", "bob"], { outbox: { rows: 100, bytes: 1 << 20 } });
    for (let n = 0; n < count; n++) retain(core, `many/${n % 7}/${n}`, `${n}`);
  });
  after(() => core[Symbol.asyncDispose]());

  it("all come, however small the outbox is, and what is published meanwhile has room beside them", async () => {
    const session = await attach(core, bob, "all", { rememberMs: 0 });
    await core.topics.subscribe(session, subscription("many/#"));
    assert.ok(session.waiting <= 50);

    const seen: string[] = [];
    for (let round = 0; session.waiting > 0; round++) {
      if (round % 100 === 0) retain(core, `many/live/${round}`, "live");
      seen.push(...texts(session, 20));
    }

    const live = seen.filter((text) => text === "live").length;
    assert.equal(new Set(seen).size, count + 1);
    assert.equal(seen.length, count + live);
    assert.ok(live > 1);
  });

  it("are as they are when their turn comes: what was replaced meanwhile came live, what was deleted does not", async () => {
    const session = await attach(core, bob, "late", { rememberMs: 0 });
    await core.topics.subscribe(session, subscription("many/0/#"));
    const last = Math.floor((count - 1) / 7) * 7;
    retain(core, `many/0/${last}`, "new");
    retain(core, `many/0/${last - 7}`, "");

    const seen: string[] = [];
    while (session.waiting > 0) seen.push(...texts(session, 9));

    assert.equal(seen.filter((text) => text === "new").length, 1);
    assert.ok(!seen.includes(`${last}`) && !seen.includes(`${last - 7}`));
    retain(core, `many/0/${last}`, `${last}`);
    retain(core, `many/0/${last - 7}`, `${last - 7}`);
  });

  it("begin anew when the subscription is made again, and end with it", async () => {
    const session = await attach(core, bob, "again", { rememberMs: 0 });
    await core.topics.subscribe(session, subscription("many/1/#"));
    const first = session.waiting;
    await core.topics.subscribe(session, subscription("many/1/#"));
    const seen: string[] = [];
    while (session.waiting > 0) seen.push(...texts(session, 30));
    assert.equal(new Set(seen).size, Math.ceil((count - 1) / 7));
    assert.equal(seen.length, Math.ceil((count - 1) / 7) + first);

    await core.topics.subscribe(session, subscription("many/1/#"));
    const begun = session.waiting;
    await core.topics.unsubscribe(session, "many/1/#");
    let rest = 0;
    while (session.waiting > 0) rest += texts(session, 30).length;
    assert.equal(rest, begun);
  });
});

function retain(core: RunningCore, topic: string, text: string): void {
  core.topics.publish(
    {
      type: "publication",
      host: "localhost",
      topic,
      payload: Buffer.from(text),
      qos: 0,
      retain: true,
      author: alice,
      device: "d" as never,
      at: Date.now(),
    },
    undefined,
    { published: () => undefined },
    0,
  );
}

function subscription(filter: string) {
  return { filter, qos: 1 as const, noLocal: false, retainAsPublished: false, retainHandling: 0 as const };
}

function texts(session: Session, max: number): string[] {
  return session.take(max).flatMap(({ event }) => {
    return event.type === "publication" ? [Buffer.from(event.payload).toString()] : [];
  });
}
