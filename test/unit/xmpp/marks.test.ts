import assert from "node:assert/strict";

import { scene } from "./scene.ts";
import { Talker } from "./socket.ts";

const ns = {
  carbons: "urn:xmpp:carbons:2",
  hints: "urn:xmpp:hints",
  receipts: "urn:xmpp:receipts",
  markers: "urn:xmpp:chat-markers:0",
};
const request = `<request xmlns="${ns.receipts}"/>`;

describe("what becomes of messages", () => {
  const at = scene();

  it("is received, told once, whoever said so first: the server or the client (XEP-0184)", async () => {
    at.romeo.chat(at.julia.bare, "m1", request);
    at.romeo.chat(at.julia.bare, "m2");
    await at.julia.hears("m2");
    at.julia.stanza("message", `to="${at.romeo.jid}" type="chat"`, `<received xmlns="${ns.receipts}" id="m1"/>`);

    const receipt = await at.romeo.message(
      "a receipt",
      (message) => message.getChild("received", ns.receipts) !== undefined,
    );
    assert.equal(receipt.getChild("received")!.attrs["id"], "m1");
    assert.equal(receipt.attrs["from"], at.julia.bare);
    at.julia.chat(at.romeo.bare, "later");
    await at.romeo.hears("later");
    assert.deepEqual(
      (await at.romeo.messagesSoFar()).filter((text) => text.includes("<received")),
      [],
    );
  });

  it("is displayed, for all up to the one that was marked (XEP-0333)", async () => {
    for (const id of ["m1", "m2", "m3"]) at.romeo.chat(at.julia.bare, id, `<markable xmlns="${ns.markers}"/>`);
    await at.julia.hears("m3");

    at.julia.stanza("message", `to="${at.romeo.bare}" type="chat"`, `<displayed xmlns="${ns.markers}" id="m2"/>`);

    for (const id of ["m1", "m2"]) {
      await at.romeo.message(
        `displayed ${id}`,
        (message) => message.getChild("displayed", ns.markers)?.attrs["id"] === id,
      );
    }
    assert.deepEqual(
      (await at.romeo.messagesSoFar()).filter((text) => text.includes("m3")),
      [],
    );
  });

  it("is told to a device that was away meanwhile", async () => {
    await at.served.lose(at.julia);
    at.romeo.chat(at.julia.bare, "m1", request);
    await at.romeo.ask("get", `<ping xmlns="urn:xmpp:ping"/>`);
    await at.served.lose(at.romeo);
    const reader = await Talker.available(at.served.url, at.julia.name);
    await reader.hears("m1");
    reader.stanza("message", `to="${at.romeo.bare}"`, `<displayed xmlns="${ns.markers}" id="m1"/>`);
    await reader.ask("get", `<ping xmlns="urn:xmpp:ping"/>`);

    const back = await Talker.available(at.served.url, at.romeo.name, "garden");

    await back.message("received", (message) => message.getChild("received", ns.receipts)?.attrs["id"] === "m1");
    await back.message("displayed", (message) => message.getChild("displayed", ns.markers)?.attrs["id"] === "m1");
    reader.wire.cut();
    back.wire.cut();
  });

  it("is known by ids that the session no longer remembers", async () => {
    at.romeo.chat(at.julia.bare, "old", request);
    await at.julia.hears("old");
    at.julia.wire.cut();
    await at.romeo.message("received", (message) => message.getChild("received") !== undefined);
    const back = await Talker.available(at.served.url, at.julia.name, "other");

    back.stanza("message", `to="${at.romeo.bare}"`, `<displayed xmlns="${ns.markers}" id="old"/>`);

    await at.romeo.message("displayed", (message) => message.getChild("displayed", ns.markers)?.attrs["id"] === "old");
    back.wire.cut();
  });
});

describe("one's other devices (XEP-0280)", () => {
  const at = scene();

  const enable = `<enable xmlns="${ns.carbons}"/>`;

  it("see what is said and what is heard, once they ask to", async () => {
    const [writer, reader, deaf] = [
      await Talker.available(at.served.url, at.romeo.name, "writer"),
      await Talker.available(at.served.url, at.julia.name, "reader"),
      await Talker.available(at.served.url, at.julia.name, "deaf"),
    ];
    await at.romeo.ask("set", enable);
    await at.julia.ask("set", enable);

    writer.chat(reader.jid, "psst");

    await reader.hears("psst");
    for (const [talker, direction] of [
      [at.romeo, "sent"],
      [at.julia, "received"],
    ] as const) {
      const copy = await talker.message(direction, (message) => message.getChild(direction, ns.carbons) !== undefined);
      assert.equal(copy.attrs["from"], talker.bare);
      const inner = copy.getChild(direction)!.getChild("forwarded", "urn:xmpp:forward:0")!.getChild("message")!;
      assert.equal(inner.getChildText("body"), "psst");
      assert.equal(inner.attrs["from"], writer.jid);
      assert.equal(inner.attrs["to"], reader.jid);
    }
    assert.deepEqual(await deaf.messagesSoFar(), []);
    assert.deepEqual(await writer.messagesSoFar(), []);
    for (const each of [writer, reader, deaf]) each.wire.cut();
  });

  it("do not see what is private, nor anything once they ask not to", async () => {
    const sibling = await Talker.available(at.served.url, at.romeo.name, "sibling");
    await sibling.ask("set", enable);

    at.romeo.chat(at.julia.bare, "private", `<private xmlns="${ns.carbons}"/>`);
    at.romeo.chat(at.julia.bare, "not copied", `<no-copy xmlns="${ns.hints}"/>`);
    await sibling.ask("set", `<disable xmlns="${ns.carbons}"/>`);
    at.romeo.chat(at.julia.bare, "disabled");
    assert.equal((await at.julia.hears("private")).getChild("private"), undefined);
    await at.julia.hears("disabled");

    assert.deepEqual(await sibling.messagesSoFar(), []);
    sibling.wire.cut();
  });
});
