import assert from "node:assert/strict";
import type { Element } from "../../../protocols/xmpp/element.ts";
import { ns, roomScene } from "./room-scene.ts";
import { conditionOf, type Talker } from "./socket.ts";

const commands = "http://jabber.org/protocol/commands";
const teacher = "http://school.example/hats#Teacher";

const form = (fields: Readonly<Record<string, string>>): string =>
  `<x xmlns="jabber:x:data" type="submit">${Object.entries({ FORM_TYPE: "urn:xmpp:hats:commands", ...fields })
    .map(([name, value]) => `<field var="${name}"><value>${value}</value></field>`)
    .join("")}</x>`;

describe("hats in rooms (XEP-0317)", () => {
  const at = roomScene();

  const order = (talker: Talker, node: string, inner = ""): Promise<Element> =>
    talker.ask("set", `<command xmlns="${commands}" node="urn:xmpp:hats:commands:${node}" action="execute">${inner}</command>`, at.address); // prettier-ignore
  const hatsOf = (presence: Element): string[] =>
    (presence.getChild("hats", "urn:xmpp:hats:0")?.getChildren("hat") ?? []).map(({ attrs }) => `${attrs["uri"]} ${attrs["title"]}`); // prettier-ignore
  const shown = (talker: Talker, nick: string, fits: (hats: string[]) => boolean): Promise<Element> =>
    talker.presence(`${nick} so`, (each) => each.attrs["from"] === `${at.address}/${nick}` && fits(hatsOf(each)));

  it("are put on by an owner, shown to all, also to who comes later, and taken off again", async () => {
    await at.join(at.romeo, "romeo");
    await at.join(at.julia, "julia");

    const asked = await order(at.romeo, "don");
    assert.equal(asked.getChild("command")!.attrs["status"], "executing");
    assert.match(String(asked), /var="accountjid".*var="hat"/);
    const done = await order(at.romeo, "don", form({ accountjid: at.julia.bare, hat: teacher, title: "The teacher" }));
    assert.equal(done.getChild("command")!.attrs["status"], "completed");
    for (const each of [at.romeo, at.julia]) await shown(each, "julia", ([hat]) => hat === `${teacher} The teacher`);
    at.julia.stanza("presence", `to="${at.address}/julia"`, "<show>away</show>");
    const away = await at.romeo.presence("julia away", (each) => each.getChildText("show") === "away");
    assert.deepEqual(hatsOf(away), [`${teacher} The teacher`]);

    await order(at.romeo, "doff", form({ accountjid: at.julia.bare, hat: teacher }));
    await shown(at.romeo, "julia", (hats) => hats.length === 0);
    assert.equal(conditionOf(await order(at.romeo, "doff", form({ accountjid: at.julia.bare, hat: teacher }))), "item-not-found"); // prettier-ignore
  });

  it("are for owners to give, and nobody's to claim", async () => {
    await at.join(at.romeo, "romeo");
    await at.join(at.julia, "julia");

    assert.equal(conditionOf(await order(at.julia, "don", form({ accountjid: at.julia.bare, hat: teacher }))), "forbidden"); // prettier-ignore
    at.julia.stanza("presence", `to="${at.address}/julia"`, `<status>me</status><hats xmlns="urn:xmpp:hats:0"><hat uri="${teacher}" title="T"/></hats>`); // prettier-ignore

    const claimed = await at.romeo.presence("julia", (each) => each.getChildText("status") === "me");
    assert.deepEqual(hatsOf(claimed), []);
  });

  it("are refused when they are named by no URI, are for nobody, or are too many", async () => {
    await at.join(at.romeo, "romeo");
    const give = (fields: Readonly<Record<string, string>>): Promise<Element> => order(at.romeo, "don", form(fields));
    assert.equal(conditionOf(await give({ accountjid: at.julia.bare, hat: "teacher" })), "not-acceptable");
    assert.equal(conditionOf(await give({ accountjid: "nobody", hat: teacher })), "jid-malformed");
    assert.equal(conditionOf(await give({ accountjid: "a@elsewhere", hat: teacher })), "item-not-found");
    assert.equal(conditionOf(await order(at.romeo, "wear")), "item-not-found");
    for (let n = 0; n < 10; n++) await give({ accountjid: at.julia.bare, hat: `${teacher}${n}` });
    assert.equal(conditionOf(await give({ accountjid: at.julia.bare, hat: teacher })), "resource-constraint");
  });

  it("are offered by the service and its rooms", async () => {
    await at.join(at.romeo, "romeo");
    for (const to of [at.address, "rooms.localhost"])
      assert.match(String(await at.romeo.ask("get", `<query xmlns="${ns.info}"/>`, to)), /urn:xmpp:hats:0/);
  });
});
