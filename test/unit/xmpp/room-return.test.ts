import assert from "node:assert/strict";
import type { UserId } from "#core";
import { roomScene } from "./room-scene.ts";
import { Talker } from "./socket.ts";

const absent = 1200;

describe("a device that comes back to a room", () => {
  const at = roomScene();

  it("hears all it has not acknowledged, in order, however much that is (P4)", async () => {
    await at.join(at.romeo, "r");
    await at.join(at.julia, "j");
    at.say(at.romeo, "heard");
    await at.julia.hears("heard");
    at.julia.wire.cut();
    await at.romeo.presence("her leave", ({ attrs }) => attrs["from"] === `${at.address}/j`);
    const bodies = Array.from({ length: absent }, (_, nth) => `${nth}`);
    const { router } = at.served.core;
    const draft = { conversation: at.id, kind: "message", author: at.romeo.bare as UserId } as const;
    const device = at.romeo.jid.replace(/.*\//, "xmpp:") as never;
    for (const body of bodies) await router.sendOne({ ...draft, device, body });

    const julia = await Talker.available(at.served.url, at.julia.name, "balcony");
    julia.stanza("presence", `to="${at.address}/j"`, `<x xmlns="http://jabber.org/protocol/muc"/>`);
    const heard: string[] = [];
    while (heard.length < absent) {
      const message = await julia.message(`message ${heard.length}`, (each) => each.getChild("body") !== undefined);
      heard.push(message.getChildText("body")!);
    }

    assert.deepEqual(heard, bodies);
    at.say(at.romeo, "live");
    await julia.hears("live");
    julia.wire.cut();
  });
});
