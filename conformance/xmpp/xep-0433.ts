// XEP-0433: Extended Channel Search.
import assert from "node:assert/strict";
import { conditionOf, type XmppClient } from "../clients/xmpp.ts";
import type { Xml } from "../clients/xml.ts";
import { field } from "../command-kit.ts";
import { configure } from "../muc-kit.ts";
import type { XmppKit } from "../xmpp-kit.ts";
import { offered } from "./offered.ts";
import { requirement } from "./requirement.ts";

const search = "urn:xmpp:channel-search:0:search";
const errors = "urn:xmpp:channel-search:0:error";
const byAddress = "{urn:xmpp:channel-search:0:order}address";

async function searcher(t: XmppKit): Promise<XmppClient> {
  const client = await t.available(0);
  await offered(client, search);
  return client;
}

function ask(client: XmppClient, domain: string, fields: Readonly<Record<string, string>>): Promise<Xml> {
  const filled = Object.entries({ FORM_TYPE: `${search}-params`, ...fields }).map(([name, value]) =>
    field(name, value),
  );
  return client.iq(
    "get",
    `<search xmlns="${search}"><x xmlns="jabber:x:data" type="submit">${filled.join("")}</x></search>`,
    domain,
  );
}

function itemsIn(answer: Xml): Xml[] {
  const result = answer.child("result", search);
  assert.ok(result !== undefined, String(answer));
  return result.elements.filter((each) => each.is("item"));
}

function refusal(answer: Xml): readonly unknown[] {
  const error = answer.child("error");
  const detail = error?.elements.find((each) => each.xmlns === errors)?.name;
  return [conditionOf(answer), error?.attributes["type"], detail];
}

describe("XEP-0433 Extended Channel Search", () => {
  requirement("XEP-0433 §5", "When sending the form template, the Search Service MUST include all fields it supports; 'sinname' and 'sindescription' are REQUIRED if 'q' is supported, 'key' is REQUIRED (§6.1).", async (t) => {
    const client = await searcher(t);

    const form = (await client.iq("get", `<search xmlns="${search}"/>`, t.domain)).child("search", search)!.child("x", "jabber:x:data")!;

    const types = new Map(form.elements.map(({ attributes }) => [attributes["var"], attributes["type"]]));
    assert.equal(types.get("FORM_TYPE"), "hidden");
    assert.equal(types.get("key"), "list-single");
    if (types.has("q")) assert.deepEqual(["q", "sinname", "sindescription"].map((name) => types.get(name)), ["text-single", "boolean", "boolean"]);
    assert.match(String(types.get("types")), /^(list-multi|undefined)$/);
  }); // prettier-ignore

  for (const [by, setting] of [["name", "roomname"], ["description", "roomdesc"]] as const)
    requirement("XEP-0433 §6.1", "'sinname' and 'sindescription' control whether the keyword search searches in the name and in the textual description of the channel.", async (t) => {
      const [client, room, word] = [await searcher(t), t.room(), t.word()];
      await t.enter(client, room, "romeo");
      await configure(client, room, { [setting]: `The ${word} room` });

      const found = itemsIn(await ask(client, t.domain, { q: word, key: byAddress }));
      const without = itemsIn(await ask(client, t.domain, { q: word, key: byAddress, [`sin${by}`]: "false" }));

      assert.deepEqual([found.map(({ attributes }) => attributes["address"]), without.length], [[room], 0]);
      assert.equal(found[0]!.childText(by), `The ${word} room`);
    }, { about: by, needs: ["muc"] }); // prettier-ignore

  requirement("XEP-0433 §6.2", "<is-open/> indicates that the channel can be joined without extra credentials.", async (t) => {
    const [client, room] = [await searcher(t), t.room()];
    await t.enter(client, room, "romeo");
    const isOpen = async (): Promise<boolean> => {
      const [item] = itemsIn(await ask(client, t.domain, { q: room.slice(0, room.indexOf("@")), sinaddress: "true", key: byAddress }));
      return item!.child("is-open") !== undefined;
    };

    await configure(client, room, { roomname: "Open" });
    const before = await isOpen();
    await configure(client, room, { passwordprotectedroom: "1", roomsecret: "sesame" });

    assert.deepEqual([before, await isOpen()], [true, false]);
  }, { about: "is-open", needs: ["muc"] }); // prettier-ignore

  requirement("XEP-0433 §6.2", "A Search Service MUST NOT return service types the client has not asked for.", async (t) => {
    const [client, room] = [await searcher(t), t.room()];
    await t.enter(client, room, "romeo");
    await configure(client, room, { roomname: "Some room" });
    const form = String(await client.iq("get", `<search xmlns="${search}"/>`, t.domain));
    const fields = { q: room.slice(0, room.indexOf("@")), sinaddress: "true", key: byAddress };

    assert.equal(itemsIn(await ask(client, t.domain, { ...fields, types: "xep-0045" })).length, 1);
    if (form.includes('var="types"'))
      assert.equal(itemsIn(await ask(client, t.domain, { ...fields, types: "xep-0369" })).length, 0);
  }, { about: "types", needs: ["muc"] }); // prettier-ignore

  requirement("XEP-0433 §5", "If a search request does not yield any results, the Search Service MUST reply with a <result/> without any <item/> children; fields it does not understand it MUST ignore.", async (t) => {
    const client = await searcher(t);

    assert.deepEqual(itemsIn(await ask(client, t.domain, { q: t.word(), key: byAddress, "{urn:example}colour": "red" })), []);
  }, { about: "nothing found" }); // prettier-ignore

  for (const [clause, what, fields, refused] of [
    ["4.2.2.2", "sort key is not supported: <feature-not-implemented/>, <invalid-sort-key/> and type 'modify'", { q: "x", key: "colour" }, ["feature-not-implemented", "modify", "invalid-sort-key"]],
    ["4.2.2.3", "'q' did not yield any term: <bad-request/>, <invalid-search-terms/> and type 'modify'", { q: " ", key: byAddress }, ["bad-request", "modify", "invalid-search-terms"]],
    ["4.2.2.6", "fields are conflicting: <bad-request/>, <conflicting-fields/> and type 'modify'", { q: "x", all: "true", key: byAddress }, ["bad-request", "modify", "conflicting-fields"]],
    ["4.2.2.7", "no field would define a result set: <bad-request/>, <no-search-conditions/> and type 'cancel'", { key: byAddress }, ["bad-request", "cancel", "no-search-conditions"]],
  ] as const) // prettier-ignore
    requirement(`XEP-0433 §${clause}`, `The Search Service MUST reply with an error if the ${what}.`, async (t) => {
      const client = await searcher(t);

      assert.deepEqual(refusal(await ask(client, t.domain, fields)), refused);
    }); // prettier-ignore
});
