import assert from "node:assert/strict";
import { type DeviceId, directOf, type Draft, type OriginId, type UserId } from "#core";
import { scene } from "./scene.ts";
import type { Served } from "./served.ts";
import type { Talker } from "./socket.ts";
import { eventually } from "./words.ts";

const ns = {
  receipts: "urn:xmpp:receipts",
  markers: "urn:xmpp:chat-markers:0",
};

describe("messages from other protocols", () => {
  const at = scene();

  it("look as if a client of this one had sent them", async () => {
    await fromDevice(at.served, at.romeo, at.julia, { body: "21.5 <&> \u0007\ud800" });

    const message = await at.julia.message("a message", (each) => each.getChild("body") !== undefined);
    assert.equal(message.getChildText("body"), "21.5 <&> \ufffd\ufffd");
    assert.equal(message.attrs["from"], `${at.romeo.bare}/mqtt:esp32`);
    assert.equal(message.attrs["type"], "chat");
    assert.equal(message.attrs["id"], message.getChild("stanza-id")!.attrs["id"]);
    assert.ok(message.getChild("request", ns.receipts) && message.getChild("markable", ns.markers));
  });

  it("say what they are when they are no text", async () => {
    await fromDevice(at.served, at.romeo, at.julia, { bytes: Uint8Array.of(1, 2, 3) });

    await at.julia.hears("[binary, 3 bytes]");
  });

  it("come to every device, though the answer was sent to one", async () => {
    await fromDevice(at.served, at.romeo, at.julia, { body: "hi" });
    await at.julia.hears("hi");

    at.julia.chat(`${at.romeo.bare}/mqtt:esp32`, "answer");

    await at.romeo.hears("answer");
  });

  it("are received when their reader's client says so", async () => {
    const { seq } = await fromDevice(at.served, at.romeo, at.julia, { body: "hi" });
    const conversation = conversationOf(at.romeo, at.julia);
    const message = await at.julia.hears("hi");

    at.julia.stanza(
      "message",
      `to="${message.attrs["from"]}"`,
      `<displayed xmlns="${ns.markers}" id="${message.attrs["id"]}"/>`,
    );
    await at.julia.ask("get", `<ping xmlns="urn:xmpp:ping"/>`);

    await eventually(async () => {
      const marks = await at.served.core.conversations.marks(user(at.julia), conversation);
      return marks.some((one) => one.user === user(at.julia) && one.read === seq && one.delivered === seq);
    });
  });
});

function user(talker: Talker): UserId {
  return talker.bare as UserId;
}

function conversationOf(one: Talker, other: Talker): ReturnType<typeof directOf> {
  return directOf(user(one), user(other));
}

async function fromDevice(
  served: Served,
  from: Talker,
  to: Talker,
  content: Pick<Draft, "body" | "bytes">,
): Promise<{ seq: number }> {
  const { envelope } = await served.core.router.sendOne({
    conversation: conversationOf(from, to),
    kind: "message",
    author: user(from),
    device: "mqtt:esp32" as DeviceId,
    originId: "x" as OriginId,
    ...content,
  });
  return envelope;
}
