import assert from "node:assert/strict";
import fc from "fast-check";
import { matches } from "../../../src/model/pattern.ts";
import type { DeviceId } from "../../../src/model/ids.ts";
import { Acl, type AclRule } from "../../../src/routing/acl.ts";
import { TopicRule } from "../../../src/routing/topic-rule.ts";
import { localUser } from "../../../src/testing/core.ts";

const alice = localUser("alice");
const guest = localUser("guest");
const esp = "mqtt:esp32" as DeviceId;

function acl(...rules: readonly (Partial<AclRule> & Pick<AclRule, "effect" | "topics">)[]): Acl {
  return new Acl({ rules: rules.map((rule) => ({ who: ["all"], may: "all", ...rule })), anonymous: guest });
}

describe("access rules", () => {
  it("let everybody everywhere where there are none, but nobody publish to the server's own topics", () => {
    const none = new Acl({ rules: [], anonymous: undefined });

    assert.equal(none.mayRead, undefined);
    assert.equal(none.mayPublish(alice, esp, "plant/7"), true);
    assert.equal(none.mayPublish(alice, esp, "$SYS/broker/load"), false);
    assert.equal(none.maySubscribe(alice, esp, "#"), true);
    assert.equal(none.maySubscribe(alice, esp, "$SYS/#"), true);
  });

  it("keep $SYS from who has not said who he is, unless a rule opens it", () => {
    assert.equal(acl().maySubscribe(guest, esp, "$SYS/#"), false);
    assert.equal(acl().maySubscribe(guest, esp, "$share/g/$SYS/#"), false);
    assert.equal(acl().mayRead!(guest, esp, "$SYS/broker/uptime"), false);
    assert.equal(acl().mayRead!(alice, esp, "$SYS/broker/uptime"), true);
    assert.equal(acl({ effect: "allow", topics: ["$SYS/broker/#"] }).maySubscribe(guest, esp, "$SYS/#"), true);
    assert.equal(acl({ effect: "allow", topics: ["#"] }).maySubscribe(guest, esp, "$SYS/#"), false);
  });

  it("are decided by the first that fits", () => {
    const rules = acl({ effect: "allow", topics: ["a/b"] }, { effect: "deny", topics: ["a/#"] });

    assert.equal(rules.mayPublish(alice, esp, "a/b"), true);
    assert.equal(rules.mayPublish(alice, esp, "a/c"), false);
    assert.equal(rules.mayPublish(alice, esp, "a"), false);
    assert.equal(rules.mayPublish(alice, esp, "b"), true);
  });

  it("are for accounts, clients, the anonymous or all; for publishing, reading or both", () => {
    const rules = acl(
      { effect: "deny", who: ["user:alice"], topics: ["u"] },
      { effect: "deny", who: ["client:esp32"], topics: ["c"] },
      { effect: "deny", who: ["anonymous"], may: "publish", topics: ["n"] },
      { effect: "deny", may: "subscribe", topics: ["s"] },
    );
    const phone = "json:phone" as DeviceId;

    assert.deepEqual(
      ["u", "c", "n", "s"].map((topic) => rules.mayPublish(alice, esp, topic)),
      [false, false, true, true],
    );
    assert.deepEqual(
      ["u", "c", "n", "s"].map((topic) => rules.mayPublish(guest, phone, topic)),
      [true, true, false, true],
    );
    assert.deepEqual(
      ["n", "s"].map((topic) => rules.mayRead!(guest, phone, topic)),
      [true, false],
    );
  });

  it("mean an account however it is written, and one of another host never", () => {
    for (const who of ["user:Alice", "user:alice@LOCALHOST"])
      assert.equal(acl({ effect: "deny", who: [who], topics: ["#"] }).mayPublish(alice, esp, "t"), false, who);
    for (const who of ["user:alice@elsewhere", "user:alic", "client:ESP32"])
      assert.equal(acl({ effect: "deny", who: [who], topics: ["#"] }).mayPublish(alice, esp, "t"), true, who);
  });

  it("put the account and the client in for %u and %c, wherever in a level", () => {
    const rules = acl({ effect: "allow", topics: ["home/%u/dev-%c/#"] }, { effect: "deny", topics: ["#"] });

    assert.equal(rules.mayPublish(alice, esp, "home/alice/dev-esp32/t"), true);
    assert.equal(rules.mayPublish(alice, esp, "home/bob/dev-esp32/t"), false);
    assert.equal(rules.mayPublish(alice, "mqtt:x" as DeviceId, "home/alice/dev-esp32/t"), false);
  });

  it("are not widened by a name that is a wildcard, a path, a topic of the server, or a placeholder", () => {
    const rules = acl({ effect: "allow", topics: ["%c/#", "in/%c", "x/%u/%c"] }, { effect: "deny", topics: ["#"] });

    for (const name of ["+", "#", "a/b", "a+", "$SYS", "$share", "%u", ""]) {
      const device = `mqtt:${name}` as DeviceId;
      for (const topic of ["in/a/b", "in/+", "a/b", "a/b/c", "anything", "in/in", "x/alice/alice"])
        assert.equal(rules.mayPublish(alice, device, topic), false, `${name} → ${topic}`);
      assert.equal(rules.maySubscribe(alice, device, "#"), name === "%u", name);
    }
  });

  it("refuse a filter under which nothing may be read, and grant one under which something may", () => {
    const rules = acl({ effect: "allow", topics: ["plant/%u/#"] }, { effect: "deny", topics: ["plant/#"] });

    const granted = (filter: string) => rules.maySubscribe(alice, esp, filter);
    assert.deepEqual(["plant/alice/#", "plant/+/t", "plant/#", "#", "+/alice/t", "other"].map(granted), [
      true,
      true,
      true,
      true,
      true,
      true,
    ]);
    assert.deepEqual(["plant/bob/#", "plant/bob", "plant"].map(granted), [false, false, false]);
    assert.deepEqual(["$share/g/plant/bob/#", "$share/g/plant/#"].map(granted), [false, true]);
  });

  it("grant a filter as a whole only if all under it may be read", () => {
    const rules = acl({ effect: "allow", topics: ["chat/dm/#"] }, { effect: "deny", topics: ["chat/room/secret"] });

    const whole = (filter: string) => rules.maySubscribe(alice, esp, filter, true);
    assert.deepEqual(["chat/dm/+", "chat/room/lobby", "chat/room/+", "chat/#", "chat/room/secret"].map(whole), [
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it("replace those before", () => {
    const rules = acl({ effect: "deny", topics: ["a"] });

    rules.replace([]);

    assert.equal(rules.mayPublish(alice, esp, "a"), true);
  });
});

describe("the filter of a rule", () => {
  const level = fc.constantFrom("a", "b", "", "$s");
  const topic = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join("/"));
  const filter = fc
    .tuple(fc.array(fc.oneof(level, fc.constant("+")), { minLength: 1, maxLength: 3 }), fc.boolean())
    .map(([levels, open]) => [...levels, ...(open ? ["#"] : [])].join("/"))
    .map((text) => (text === "" ? "+" : text));
  const own = { user: "u", client: "c" };

  it("fits the topics that it matches", () => {
    fc.assert(
      fc.property(filter, topic, (one, name) => {
        assert.equal(new TopicRule(one).fits(name.split("/"), own), matches(one, name));
      }),
      { numRuns: 2000 },
    );
  });

  it("meets another where both match a topic, and covers it only where none is matched by the other alone", () => {
    fc.assert(
      fc.property(filter, filter, topic, (one, other, name) => {
        const rule = new TopicRule(one);
        const levels = other.split("/");
        if (matches(one, name) && matches(other, name)) assert.ok(rule.meets(levels, own));
        if (rule.covers(levels, own)) {
          assert.ok(rule.meets(levels, own));
          if (matches(other, name)) assert.ok(matches(one, name));
        }
      }),
      { numRuns: 5000 },
    );
  });

  it("meets nothing where no topic of up to five levels is matched by both", () => {
    const names = ["a", "b", "", "$s", "z"];
    const all: string[] = [];
    const grow = (levels: readonly string[]): void => {
      if (levels.length > 0) all.push(levels.join("/"));
      if (levels.length < 5) for (const name of names) grow([...levels, name]);
    };
    grow([]);
    fc.assert(
      fc.property(filter, filter, (one, other) => {
        const both = all.some((name) => matches(one, name) && matches(other, name));
        assert.equal(new TopicRule(one).meets(other.split("/"), own), both);
      }),
      { numRuns: 100 },
    );
  });
});
