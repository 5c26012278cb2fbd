import assert from "node:assert/strict";
import type { ConversationId, UserId } from "#core";
import { Addressing, clientId, nameFor, nameIn } from "../../../protocols/mqtt/addressing.ts";

const alice = "alice@h.org" as UserId;
const guest = "#a+b%c@gate.org" as UserId;
const across = `dm:${guest}:${alice}` as ConversationId;

describe("somebody of another host, on MQTT", () => {
  it("has a name that is nobody's here, in ids and events", () => {
    assert.equal(clientId(across), `dm:${guest}:${alice}`);
    assert.equal(nameIn(across, guest), guest);
    assert.equal(clientId("dm:alice@h.org:bob@h.org" as ConversationId), "dm:alice:bob");
  });

  it("has a topic without wildcards, which leads back", () => {
    const name = nameFor(across, alice);

    assert.equal(name, "%23a%2Bb%25c@gate.org");
    assert.equal(new Addressing("chat", "h.org").conversationOf({ family: "dm", name }, alice), across);
  });
});
