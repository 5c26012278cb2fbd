import assert from "node:assert/strict";
import type { DeviceId, UserId } from "#core";
import { localUser } from "../../../src/testing/core.ts";
import { ns, ping, roomScene } from "./room-scene.ts";
import { conditionOf, Talker } from "./socket.ts";
import { eventually, item } from "./words.ts";

describe("what rooms carry (XEP-0045)", () => {
  const at = roomScene();

  it("have occupants of other protocols, who look like any", async () => {
    await at.join(at.romeo, "r");
    const device = "mqtt:esp32" as DeviceId;
    const session = await at.served.core.sessions.attach({
      user: at.julia.bare as UserId,
      device,
      echo: "rooms",
      durable: false,
      rememberMs: 0,
      wake: () => undefined,
      ended: () => undefined,
    });
    await at.served.core.rooms.enter(session, at.id, { nick: "sensor" });

    const entered = await at.romeo.presence("the occupant", ({ attrs }) => attrs["from"] === `${at.address}/sensor`);
    assert.equal(item(entered)["jid"], `${at.julia.bare}/mqtt:esp32`);
    await at.served.core.router.sendOne({
      conversation: at.id,
      kind: "message",
      author: at.julia.bare as UserId,
      device,
      body: "21.5",
    });
    assert.equal((await at.romeo.hears("21.5")).attrs["from"], `${at.address}/sensor`);
    at.romeo.stanza("message", `to="${at.address}/sensor" type="chat"`, "<body>x</body>");
    assert.equal(conditionOf(await at.romeo.message("a refusal")), "feature-not-implemented");
    await at.served.core.sessions.detach(session, false);
    await at.romeo.presence(
      "its leave",
      ({ attrs }) => attrs["from"] === `${at.address}/sensor` && attrs["type"] === "unavailable",
    );
    await at.served.core.router.sendOne({
      conversation: at.id,
      kind: "message",
      author: localUser("alice"),
      device,
      body: "from afar",
    });
    assert.equal((await at.romeo.hears("from afar")).attrs["from"], `${at.address}/alice`);
  });

  it("carry typing, and keep nothing that says nothing", async () => {
    await at.join(at.romeo, "r");
    await at.join(at.julia, "j");

    at.romeo.stanza(
      "message",
      `to="${at.address}" type="groupchat"`,
      `<composing xmlns="http://jabber.org/protocol/chatstates"/>`,
    );
    at.romeo.stanza("message", `to="${at.address}" type="groupchat"`, `<received xmlns="urn:xmpp:receipts" id="x"/>`);
    at.romeo.stanza("message", `to="${at.address}" type="groupchat" id="p"`, `<x xmlns="urn:x"/>`);

    const typing = await at.julia.message("typing", (message) => message.getChild("composing") !== undefined);
    assert.equal(typing.attrs["from"], `${at.address}/r`);
    assert.equal(
      (await at.julia.message("as it is", ({ attrs }) => attrs["id"] === "p")).attrs["from"],
      `${at.address}/r`,
    );
    assert.equal(await at.served.core.conversations.head(at.id), 0);
  });

  it("know how far somebody has read", async () => {
    await at.join(at.romeo, "r");
    await at.join(at.julia, "j");
    at.say(at.romeo, "1");
    const message = await at.julia.hears("1");

    at.julia.stanza(
      "message",
      `to="${at.address}" type="groupchat"`,
      `<displayed xmlns="urn:xmpp:chat-markers:0" id="${message.getChild("stanza-id")!.attrs["id"]}"/>`,
    );

    await eventually(async () => {
      const marks = await at.served.core.conversations.marks(at.romeo.bare as UserId, at.id);
      return marks.some(({ user, read }) => user === at.julia.bare && read === 1);
    });
  });

  it("ask somebody in (§7.8.2)", async () => {
    await at.join(at.romeo, "r");

    at.romeo.stanza(
      "message",
      `to="${at.address}"`,
      `<x xmlns="${ns.user}"><invite to="${at.julia.bare}"><reason>now</reason></invite></x>`,
    );

    const invitation = await at.julia.message(
      "an invitation",
      (message) => message.getChild("x", ns.user) !== undefined,
    );
    assert.equal(invitation.attrs["from"], at.address);
    const invite = invitation.getChild("x", ns.user)!.getChild("invite")!;
    assert.equal(invite.attrs["from"], at.romeo.bare);
    assert.equal(invite.getChildText("reason"), "now");
  });

  it("are still one's own after a cut that is resumed", async () => {
    const reader = await Talker.bound(at.served.url, at.julia.name, "tab");
    reader.wire.send(`<enable xmlns="urn:xmpp:sm:3" resume="true"/>`);
    const enabled = await reader.wire.element("enabled", (element) => element.getName() === "enabled");
    await at.join(at.romeo, "r");
    await at.join(reader, "j");
    const h = 4; // two presences, the subject, and the answer of the ping in `join`

    reader.wire.cut();
    at.say(at.romeo, "meanwhile");
    await at.romeo.hears("meanwhile");
    const back = await Talker.authenticated(at.served.url, at.julia.name);
    back.wire.send(`<resume xmlns="urn:xmpp:sm:3" previd="${enabled.attrs["id"]}" h="${h}"/>`);

    await back.hears("meanwhile");
    at.say(at.romeo, "now");
    await back.hears("now");
    assert.equal((await back.ask("get", ping, `${at.address}/j`)).attrs["type"], "result");
    back.wire.cut();
  });
});
