import assert from "node:assert/strict";
import fc from "fast-check";
import { Echoes } from "../../../../protocols/mqtt/bridge/echoes.ts";
import type { BridgeTopic } from "../../../../protocols/mqtt/bridge/options.ts";
import { pathOf, type UserProperties, wentRound, withPath } from "../../../../protocols/mqtt/bridge/path.ts";
import { bytesOf, propertiesOf, userPropertiesOf, wordsOf } from "../../../../protocols/mqtt/bridge/properties.ts";
import { TopicMap } from "../../../../protocols/mqtt/bridge/topic-map.ts";
import type { Publication } from "../../../../src/index.ts";
import { TestClock, World } from "../harness.ts";

const topic = (over: Partial<BridgeTopic>): BridgeTopic => ({
  filter: "#",
  direction: "both",
  qos: 1,
  localPrefix: "",
  remotePrefix: "",
  ...over,
});

describe("a bridge's topics", () => {
  it("change their prefix on the way, either way", () => {
    const map = new TopicMap(
      [
        topic({ filter: "a/+", localPrefix: "here/", remotePrefix: "there/" }),
        topic({ filter: "a/#", direction: "out", localPrefix: "here/", remotePrefix: "copy/", qos: 0 }),
        topic({ filter: "b", direction: "in" }),
      ],
      "chat",
    );

    assert.deepEqual(map.toRemote("here/a/x", [1, 2]), [
      { topic: "there/a/x", qos: 1 },
      { topic: "copy/a/x", qos: 0 },
    ]);
    assert.deepEqual(map.toRemote("here/a/x/y", [2]), [{ topic: "copy/a/x/y", qos: 0 }]);
    assert.deepEqual(map.toLocal("there/a/x"), [{ topic: "here/a/x", qos: 1 }]);
    assert.deepEqual(map.toLocal("copy/a/x"), []);
    assert.deepEqual(map.toLocal("b"), [{ topic: "b", qos: 1 }]);
    assert.deepEqual(
      ["there/a/x", "copy/a/x"].map((one) => map.returns(one)),
      [true, false],
    );
  });

  it("are carried once, where two filters agree on the name", () => {
    const map = new TopicMap([topic({ filter: "a/#" }), topic({ filter: "a/+" })], "chat");
    assert.equal(map.toRemote("a/x", [1, 2]).length, 1);
    assert.equal(map.toLocal("a/x").length, 1);
  });

  it("are never conversations, nor the server's own on their way in", () => {
    for (const wrong of [
      { filter: "chat/dm/x" },
      { filter: "x", localPrefix: "chat/" },
      { filter: "$SYS/#" },
      { filter: "a#" },
      { filter: "x", remotePrefix: "#/" },
    ])
      // prettier-ignore
      assert.throws(() => new TopicMap([topic(wrong)], "chat"), { code: "bad-request" });
    assert.ok(new TopicMap([topic({ filter: "$SYS/#", direction: "out", remotePrefix: "from/" })], "chat"));
  });
});

describe("the way of a publication", () => {
  it("grows by each server, and ends where it has been", () => {
    const first = withPath([["a", "1"]], "one");
    const second = withPath(first, "two");

    assert.deepEqual(second, [["a", "1"], ["trivium-path", "one,two"]]); // prettier-ignore
    assert.deepEqual(pathOf(second), ["one", "two"]);
    assert.deepEqual(["one", "two", "three"].map((server) => wentRound(pathOf(second), server)), [true, true, false]); // prettier-ignore
    assert.equal(wentRound(Array.from({ length: 16 }, (_, n) => `s${n}`), "new"), true); // prettier-ignore
  });

  it("ends at the front door, too: a client that brings it back is acknowledged, and nobody hears it again", async () => {
    await using world = await World.start();
    const [alice, bob] = [await world.connect("alice"), await world.connect("bob")];
    await bob.subscribe("t/#");
    const userProperties = (path: string) => ({ properties: { userProperties: { "trivium-path": path } } });

    alice.publish("t/1", "back", { qos: 1, messageId: 1, ...userProperties(`x,${world.core.id}`) });
    alice.publish("t/2", "back", { qos: 2, messageId: 2, ...userProperties(world.core.id) });
    alice.publish("t/3", "back", userProperties(world.core.id));
    alice.publish("t/4", "new", { qos: 1, messageId: 4, ...userProperties(`x,${world.core.id}0`) });

    assert.equal(((await alice.receive("puback")) as { messageId: number }).messageId, 1);
    assert.equal(((await alice.receive("pubrec")) as { messageId: number }).messageId, 2);
    assert.equal((await bob.message()).topic, "t/4");
  });
});

describe("properties on their way over a bridge", () => {
  it("come out as they went in", () => {
    const names = fc.string({ unit: "grapheme", maxLength: 10 }).map((text) => text.replaceAll("\u0000", ""));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(names, names), { maxLength: 5 }),
        fc.record(
          {
            payloadFormatIndicator: fc.boolean(),
            contentType: names,
            responseTopic: fc.constantFrom("a/b", "ü"),
            correlationData: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
          },
          { requiredKeys: [], noNullPrototype: true },
        ),
        (pairs, others) => {
          const bytes = bytesOf(others, pairs);
          const extensions = bytes === undefined ? undefined : { mqtt: bytes };
          const found = propertiesOf({ extensions } as Publication);
          const words = wordsOf(found, found.userProperties ?? [], undefined);

          const { userProperties, ...rest } = words;
          assert.deepEqual({ ...rest }, others);
          const byName = (all: UserProperties) => all.toSorted(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0)); // prettier-ignore
          assert.deepEqual(byName(userPropertiesOf({ userProperties: userProperties! })), byName(pairs));
        },
      ),
    );
  });
});

describe("what comes back from a remote of MQTT 3.1.1", () => {
  it("is taken for ours as often as we sent it, within a minute", async () => {
    const clock = new TestClock();
    const echoes = new Echoes(clock);
    const payload = Buffer.from("1");
    echoes.sent("a", payload);
    echoes.sent("a", payload);

    assert.deepEqual([echoes.isEcho("b", payload), echoes.isEcho("a", Buffer.from("2"))], [false, false]);
    assert.deepEqual([1, 2, 3].map(() => echoes.isEcho("a", payload)), [true, true, false]); // prettier-ignore
    echoes.sent("a", payload);
    await clock.advance(61_000);
    assert.equal(echoes.isEcho("a", payload), false);
  });

  it("is remembered up to a bound, the latest", () => {
    const echoes = new Echoes(new TestClock());
    for (let n = 0; n < 15_000; n++) echoes.sent(`t/${n}`, Buffer.from("x"));
    assert.deepEqual([4_999, 5_000, 14_999].map((n) => echoes.isEcho(`t/${n}`, Buffer.from("x"))), [false, true, true]); // prettier-ignore
  });
});
