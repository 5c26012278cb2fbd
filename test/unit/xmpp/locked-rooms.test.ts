import assert from "node:assert/strict";
import { roomOf } from "#core";
import type { Element } from "../../../protocols/xmpp/element.ts";
import { localUser } from "../../../src/testing/core.ts";
import { until } from "../../../src/testing/until.ts";
import { ns, roomScene } from "./room-scene.ts";
import { type Desk, desk, type FakeLink } from "./fakes.ts";
import { conditionOf, type Talker } from "./socket.ts";
import { statuses } from "./words.ts";

const instant = `<query xmlns="${ns.owner}"><x xmlns="jabber:x:data" type="submit"/></query>`;

describe("rooms that are locked until they are configured (XEP-0045 §10.1)", () => {
  const at = roomScene({ lockRooms: "on" });

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

  it("refuse who comes with the element of MUC, by which clients know what was refused, and with nothing in it", async () => {
    await at.join(at.romeo, "romeo");

    at.julia.stanza("presence", `to="${at.address}/late"`, `<x xmlns="${ns.muc}"><password>open sesame</password></x>`);

    const refusal = await at.julia.presence("a refusal", ({ attrs }) => attrs["type"] === "error");
    assert.equal(refusal.getChild("x", ns.muc)?.children.length, 0);
    assert.ok(!refusal.toString().includes("sesame"));
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

/** With the capabilities of a client that has this feature, told to who asks. */
async function available(link: FakeLink, feature: string): Promise<void> {
  const ver = Buffer.from(feature).toString("base64");
  link.says(
    `<presence xmlns="jabber:client"><c xmlns="http://jabber.org/protocol/caps" hash="sha-1" node="urn:t" ver="${ver}"/></presence>`,
  );
  const [, id] = /id="(caps-\d+)"/.exec(await link.hears("caps-"))!;
  link.says(
    `<iq xmlns="jabber:client" type="result" id="${id}" to="localhost"><query xmlns="${ns.info}"><feature var="${feature}"/></query></iq>`,
  );
}

function enter(link: FakeLink, room: string): Promise<string> {
  link.says(`<presence xmlns="jabber:client" to="${room}@rooms.localhost/n"><x xmlns="${ns.muc}"/></presence>`);
  return link.hears(`from="${room}@rooms.localhost`);
}

describe("rooms whose maker never configures any", () => {
  let at: Desk;
  beforeEach(async () => (at = await desk()));
  afterEach(() => at[Symbol.asyncDispose]());

  const isLocked = async (room: string): Promise<boolean | undefined> =>
    (await at.core.rooms.find(roomOf(room, "localhost")))?.settings?.locked;

  it("are locked where its client says that it knows rooms, for a minute (XEP-0045 §10.1.1)", async () => {
    const link = await at.bound();
    await available(link, ns.muc);

    assert.match(await enter(link, "den"), /code="201"/);

    assert.equal(await isLocked("den"), true);
    at.clock.advance(59_000);
    assert.equal(await isLocked("den"), true);
    at.clock.advance(1_000);
    await until(async () => (await isLocked("den")) === false);
  });

  it("are open at once where it says that it does not, or says nothing", async () => {
    const link = await at.bound();
    await enter(link, "hut");
    await available(link, "urn:example:other");
    await enter(link, "inn");

    assert.deepEqual([await isLocked("hut"), await isLocked("inn")], [undefined, undefined]);
  });

  it("keep the order of what is said meanwhile, and are open before it is heard", async () => {
    const link = await at.bound();
    await available(link, ns.muc);
    await enter(link, "den");

    for (const id of ["one", "two", "three"])
      link.says(
        `<message xmlns="jabber:client" type="groupchat" id="${id}" to="den@rooms.localhost"><body>${id}</body></message>`,
      );

    await link.hears('id="one"');
    assert.equal(await isLocked("den"), false);
    await until(() => link.all.includes('id="three"'));
    assert.match(link.all, /^[^]*id="two"[^]*id="three"/);
    assert.doesNotMatch(link.all, /id="one"/);
  });

  it("open for who comes when their maker was lost with its node", async () => {
    const room = roomOf("den", "localhost");
    await at.core.rooms.create(room, localUser("alice"), { locked: true });
    const link = await at.bound("desk", "bob");
    link.says(`<presence xmlns="jabber:client"/>`);

    assert.match(await enter(link, "den"), /item-not-found/);
    at.clock.advance(60_000);
    link.sent.length = 0;
    assert.match(await enter(link, "den"), /code="110"/);
  });
});
