import assert from "node:assert/strict";
import type { Element } from "../../../protocols/xmpp/element.ts";
import { until } from "../../../src/testing/until.ts";
import { ns, roomScene } from "./room-scene.ts";
import { conditionOf, type Talker } from "./socket.ts";
import { statuses } from "./words.ts";

const instant = `<query xmlns="${ns.owner}"><x xmlns="jabber:x:data" type="submit"/></query>`;

describe("rooms that are locked until they are configured (XEP-0045 §10.1)", () => {
  const at = roomScene({ lockRooms: true });

  async function refused(talker: Talker): Promise<string> {
    talker.stanza("presence", `to="${at.address}/late"`, `<x xmlns="${ns.muc}"/>`);
    return conditionOf(await talker.presence("a refusal", ({ attrs }) => attrs["type"] === "error"));
  }

  it("say so to their maker, and let nobody else in before an empty form makes them open (§10.1.2)", async () => {
    const { self } = await at.join(at.romeo, "romeo");
    assert.ok(statuses(self).includes("201"));
    assert.equal(await refused(at.julia), "item-not-found");

    assert.equal((await at.romeo.ask("set", instant, at.address)).attrs["type"], "result");

    await at.join(at.julia, "julia");
  });

  it("stay so while their maker fills in the form, and end when it cancels (§10.1.3)", async () => {
    await at.join(at.romeo, "romeo");
    await at.romeo.ask("get", `<query xmlns="${ns.owner}"/>`, at.address);
    assert.equal(await refused(at.julia), "item-not-found");

    await at.romeo.ask("set", instant.replace("submit", "cancel"), at.address);

    const gone = (presence: Element): boolean => presence.attrs["type"] === "unavailable";
    await at.romeo.presence("the end of the room", gone);
    assert.equal(await at.served.core.rooms.find(at.id), undefined);
  });

  it("are gone when their maker leaves, or loses its connection, before", async () => {
    await at.join(at.romeo, "romeo");
    at.romeo.stanza("presence", `to="${at.address}/romeo" type="unavailable"`);
    await until(async () => (await at.served.core.rooms.find(at.id)) === undefined);

    await at.join(at.julia, "julia");
    await at.served.lose(at.julia);

    await until(async () => (await at.served.core.rooms.find(at.id)) === undefined);
  });

  it("stay when their maker leaves after it", async () => {
    await at.join(at.romeo, "romeo");
    await at.romeo.ask("set", instant, at.address);

    at.romeo.stanza("presence", `to="${at.address}/romeo" type="unavailable"`);
    await at.romeo.ask("get", `<ping xmlns="urn:xmpp:ping"/>`);

    assert.notEqual(await at.served.core.rooms.find(at.id), undefined);
  });
});
