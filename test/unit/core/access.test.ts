import assert from "node:assert/strict";
import type { Session } from "../../../src/core.ts";
import type { Publication } from "../../../src/model/event.ts";
import { Fault } from "../../../src/model/fault.ts";
import type { UserId } from "../../../src/model/ids.ts";
import type { AclRule } from "../../../src/routing/acl.ts";
import { localUser, startCore } from "../../../src/testing/core.ts";
import { until } from "../../../src/testing/until.ts";
import { attach, publication, publish, subscription } from "./topic-talk.ts";

const alice = localUser("alice");
const bob = localUser("bob");
const secretDenied: AclRule = { effect: "deny", who: ["user:bob"], may: "all", topics: ["secret/#"] };

describe("access rules in the core", () => {
  it("refuse to publish, retained or not, whatever the QoS", async () => {
    await using core = await startCore(["alice", "bob"], { acl: [secretDenied] });
    const [a, b] = [await attach(core, alice), await attach(core, bob)];
    await core.topics.subscribe(a, subscription("#"));

    for (const [qos, retain] of [
      [0, false],
      [1, true],
      [2, false],
    ] as const) {
      const outcome = await publish(core, { ...publication(b, "secret/1"), qos, retain });
      assert.ok(outcome instanceof Fault && outcome.code === "forbidden");
    }

    assert.equal(a.waiting, 0);
    assert.equal(core.topics.status().retained, 0);
    assert.equal(await publish(core, publication(b, "open/1")), 1);
  });

  it("refuse a subscription to what may not be read, and keep it out of a wider one", async () => {
    await using core = await startCore(["alice", "bob"], { acl: [secretDenied] });
    const [a, b] = [await attach(core, alice), await attach(core, bob)];
    await publish(core, { ...publication(a, "secret/kept"), retain: true });
    await publish(core, { ...publication(a, "open/kept"), retain: true });

    await assert.rejects(
      core.topics.subscribe(b, subscription("secret/+")),
      (error) => error instanceof Fault && error.code === "forbidden",
    );
    await core.topics.subscribe(b, subscription("#"));
    assert.equal(await publish(core, publication(a, "secret/1")), 0);
    assert.equal(await publish(core, publication(a, "open/1")), 1);

    assert.deepEqual(topics(b), ["open/kept", "open/1"]);
  });

  it("hold from the moment they change, for what is queued, too", async () => {
    await using core = await startCore(["alice", "bob"]);
    const a = await attach(core, alice);
    const live = await attach(core, bob, "live");
    const away = await attach(core, bob, "away", true);
    for (const session of [live, away]) await core.topics.subscribe(session, subscription("#"));
    await core.sessions.detach(away, true);
    await publish(core, publication(a, "secret/1"));
    await publish(core, publication(a, "open/1"));
    assert.deepEqual(topics(live), ["secret/1", "open/1"]);

    core.govern([secretDenied]);
    await publish(core, publication(a, "secret/2"));
    await publish(core, publication(a, "open/2"));
    const back = await attach(core, bob, "away", true);
    core.topics.openQueue(back);
    await until(() => back.waiting === 2);

    assert.deepEqual(topics(live), ["open/2"]);
    assert.deepEqual(topics(back), ["open/1", "open/2"]);
    core.govern([]);
    await publish(core, publication(a, "secret/3"));
    assert.deepEqual(topics(live), ["secret/3"]);
  });

  it("hold for what another tenant's accounts publish: nothing of theirs is heard here", async () => {
    await using core = await startCore();
    const a = await attach(core, alice);
    await core.topics.subscribe(a, subscription("#"));

    const foreign = { ...publication(a, "t"), host: "elsewhere", author: "alice@elsewhere" as UserId };
    await publish(core, { ...foreign, retain: true });
    const late = await attach(core, bob);
    await core.topics.subscribe(late, subscription("#"));

    assert.equal(a.waiting + late.waiting, 0);
  });
});

function topics(session: Session): string[] {
  return session.take(99).map(({ event }) => (event as Publication).topic);
}
