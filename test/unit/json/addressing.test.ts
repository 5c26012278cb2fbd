import assert from "node:assert/strict";
import fc from "fast-check";
import { type ConversationId, type DeviceId, directOf, roomOf } from "#core";
import { deviceName, deviceOf, filterOf, Names, topicOf } from "../../../protocols/json/addressing.ts";
import { Refusal } from "../../../protocols/json/faults.ts";
import { localUser } from "../../../src/testing/core.ts";
import { alice, bob, dm } from "./fakes.ts";

const names = new Names("localhost");

describe("names on the wire", () => {
  it("are seen from the tenant, both ways", () => {
    const name = fc.stringMatching(/^[a-z0-9._-]{1,12}$/);
    fc.assert(
      fc.property(name, name, (one, other) => {
        const [user, peer] = [localUser(one), localUser(other)];
        const direct = directOf(user, peer);

        assert.equal(names.conversation(names.ofConversation(direct), user), direct);
        assert.equal(names.conversation(`dm:${other}:${one}`, user), direct);
        assert.equal(
          names.conversation(names.ofConversation(roomOf(one, "localhost")), user),
          roomOf(one, "localhost"),
        );
        assert.equal(names.user(names.ofUser(user)), user);
      }),
    );
  });

  it("read like the ones in the dialect's description", () => {
    assert.equal(names.ofConversation(dm), "dm:alice:bob");
    assert.equal(names.ofConversation("room:lobby@localhost" as ConversationId), "room:lobby");
    assert.equal(names.ofUser(alice), "alice");
    assert.equal(names.ofUser("alice@elsewhere.org" as typeof alice), "alice@elsewhere.org");
  });

  it("are one name when they differ in case or width alone", () => {
    assert.equal(names.user("ALICE"), alice);
    assert.equal(names.user("ａｌｉｃｅ"), alice);
    assert.equal(names.user("Alice@localhost"), alice);
  });

  it("that are malformed are bad requests", () => {
    const malformed = [
      "",
      "lobby",
      "dm:alice",
      "dm:alice:bob:carol",
      "dm::bob",
      "room:",
      "room:a b",
      "room:a/b",
      "topic:x",
    ];
    for (const c of malformed)
      assert.equal(
        refusal(() => names.conversation(c, alice)),
        "bad_request",
        c,
      );
    for (const name of ["", "a b", "a:b", "a\u0000", "a\u200b", "@localhost", "x".repeat(256)]) {
      assert.equal(
        refusal(() => names.user(name)),
        "bad_request",
        name,
      );
    }
  });

  it("of other tenants, and of others' conversations, are not found", () => {
    assert.equal(
      refusal(() => names.user("alice@elsewhere.org")),
      "not_found",
    );
    assert.equal(
      refusal(() => names.conversation("room:lobby@elsewhere.org", alice)),
      "not_found",
    );
    assert.equal(
      refusal(() => names.conversation("dm:bob:carol", alice)),
      "not_found",
    );
  });

  it("of somebody elsewhere are whole, and for the core to know", () => {
    assert.equal(names.conversation("dm:alice@elsewhere.org:bob", bob), "dm:alice@elsewhere.org:bob@localhost");
    assert.equal(names.ofConversation("dm:#a%b@gate.org:bob@localhost" as ConversationId), "dm:#a%b@gate.org:bob");
    assert.equal(names.conversation("dm:#a%b@gate.org:bob", bob), "dm:#a%b@gate.org:bob@localhost");
    assert.equal(names.ofConversation("dm:bob@localhost:gate.org" as ConversationId), "dm:bob:@gate.org");
    assert.equal(names.conversation("dm:bob:@gate.org", bob), "dm:bob@localhost:gate.org");
    for (const name of ["dm:bob:x@", "dm:bob:x@-", "dm:bob:a b@gate.org", "dm:bob:x@gate org"])
      assert.equal(
        refusal(() => names.conversation(name, bob)),
        "bad_request",
        name,
      );
  });

  it("of devices carry no prefix here, and those of other protocols keep theirs", () => {
    assert.equal(deviceOf("phone"), "json:phone");
    assert.equal(deviceName("json:phone" as DeviceId), "phone");
    assert.equal(deviceName("xmpp:phone" as DeviceId), "xmpp:phone");
  });

  it("of topics may not be the server's own", () => {
    assert.equal(topicOf("topic:plant/7/temp", "chat"), "plant/7/temp");
    assert.equal(topicOf("chatter/x", "chat"), "chatter/x");
    assert.equal(filterOf("plant/+/#", "chat"), "plant/+/#");
    for (const topic of ["chat/dm/bob", "chat", "$SYS/uptime"])
      assert.equal(
        refusal(() => topicOf(topic, "chat")),
        "forbidden",
      );
    assert.equal(filterOf("topic:$share/g/plant/#", "chat"), "$share/g/plant/#");
    for (const filter of ["$SYS/#", "$share/g/$SYS/#", "$share/g/chat/#", "chat/#"])
      assert.equal(
        refusal(() => filterOf(filter, "chat")),
        "forbidden",
      );
    for (const topic of ["a/+", "#", "", "topic:"])
      assert.equal(
        refusal(() => topicOf(topic, "chat")),
        "bad_request",
      );
    assert.equal(
      refusal(() => filterOf("a/#/b", "chat")),
      "bad_request",
    );
  });
});

function refusal(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    assert.ok(error instanceof Refusal);
    return error.word;
  }
}
