import assert from "node:assert/strict";
import { roomOf, type UserId } from "#core";
import type { Element } from "../../../protocols/xmpp/element.ts";
import { scene } from "./scene.ts";

const search = "urn:xmpp:channel-search:0:search";

describe("looking for rooms (XEP-0433)", () => {
  const at = scene();
  before(async () => {
    const { rooms } = at.served.core;
    const owner = "alice@localhost" as UserId;
    for (const [name, title, listed] of [
      ["verona", "The streets of Verona", true],
      ["garden", "Garden & orchard", true],
      ["cell", "The friar's cell in Verona", false],
    ] as const)
      await rooms.create(roomOf(name, "localhost"), owner, { title, listed });
  });

  const ask = (fields: Readonly<Record<string, string>>, set = ""): Promise<Element> => {
    const printed = Object.entries(fields).map(
      ([name, value]) => `<field var="${name}"><value>${value}</value></field>`,
    );
    const form = `<x xmlns="jabber:x:data" type="submit">${printed.join("")}</x>`;
    return at.romeo.ask("get", `<search xmlns="${search}">${form}${set}</search>`, "localhost");
  };
  const found = (answer: Element): string[] =>
    answer
      .getChild("result", search)!
      .getChildren("item")
      .map(({ attrs }) => attrs["address"]!);

  it("finds those that are listed, by name or address", async () => {
    assert.deepEqual(found(await ask({ q: "verona" })), ["verona@rooms.localhost"]);
    assert.deepEqual(found(await ask({ q: "ORCHARD" })), ["garden@rooms.localhost"]);
    assert.deepEqual(found(await ask({ q: "orchard", sinname: "0" })), []);
    assert.deepEqual(found(await ask({ q: "verona", min_users: "1" })), []);
  });

  it("goes through all of them in pages", async () => {
    const key = "{urn:xmpp:channel-search:0:order}address";
    const set = (inner: string): string => `<set xmlns="http://jabber.org/protocol/rsm"><max>1</max>${inner}</set>`;

    const first = await ask({ all: "1", key }, set(""));
    const second = await ask({ all: "1", key }, set("<after>garden@rooms.localhost</after>"));

    assert.deepEqual([found(first), found(second)], [["garden@rooms.localhost"], ["verona@rooms.localhost"]]);
    assert.match(String(first), /<name>Garden &amp; orchard<\/name><nusers>0<\/nusers>/);
  });

  it("says what is wrong with a question, and what may be asked", async () => {
    assert.match(String(await ask({})), /<no-search-conditions/);
    assert.match(String(await ask({ all: "1", q: "x" })), /<conflicting-fields/);
    assert.match(String(await ask({ q: "x", key: "colour" })), /<feature-not-implemented.*<invalid-sort-key/);
    assert.match(String(await at.romeo.ask("get", `<search xmlns="${search}"/>`, "localhost")), /var="sinaddress"/);
  });
});
