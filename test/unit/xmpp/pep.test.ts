import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Element } from "../../../protocols/xmpp/element.ts";
import { form, items, publish, pubsub } from "./pubsub-words.ts";
import { scene } from "./scene.ts";
import { conditionOf, Talker } from "./socket.ts";

const tune = "http://jabber.org/protocol/tune";

function conditions(fields: Readonly<Record<string, string>>): string {
  return `<publish-options>${form("publish-options", fields)}</publish-options>`;
}

/** Says that it wants to hear of these nodes, and answers who asks. */
async function wants(talker: Talker, ...nodes: readonly string[]): Promise<void> {
  const features = nodes.map((node) => `${node}+notify`).toSorted();
  const text = `client/pc//T<${features.map((each) => `${each}<`).join("")}`;
  const ver = createHash("sha1").update(text).digest("base64");
  talker.stanza("presence", "", `<c xmlns="http://jabber.org/protocol/caps" hash="sha-1" node="urn:t" ver="${ver}"/>`);
  const query = await talker.wire.element("the question", (each) => each.is("iq") && each.attrs["type"] === "get");
  assert.equal(query.getChild("query")!.attrs["node"], `urn:t#${ver}`);
  talker.stanza(
    "iq",
    `type="result" id="${query.attrs["id"]}" to="${query.attrs["from"]}"`,
    `<query xmlns="http://jabber.org/protocol/disco#info"><identity category="client" type="pc" name="T"/>${features.map((each) => `<feature var="${each}"/>`).join("")}</query>`,
  );
}

async function befriend(one: Talker, other: Talker): Promise<void> {
  for (const [asker, asked] of [
    [one, other],
    [other, one],
  ] as const) {
    asker.stanza("presence", `to="${asked.bare}" type="subscribe"`);
    await asked.presence("a request", ({ attrs }) => attrs["type"] === "subscribe");
    asked.stanza("presence", `to="${asker.bare}" type="subscribed"`);
    await asker.presence("approval", ({ attrs }) => attrs["type"] === "subscribed");
  }
}

const event = (talker: Talker, node: string): Promise<Element> =>
  talker.message(`news of ${node}`, (message) => String(message).includes(`node="${node}"`));

describe("PEP (XEP-0163)", () => {
  const at = scene();

  it("makes a node by publishing, and gives its item back", async () => {
    const answer = await at.romeo.ask("set", publish(tune, "1", `<tune xmlns="${tune}"><title>A</title></tune>`));
    const got = await at.romeo.ask("get", items(tune), at.romeo.bare);

    assert.match(String(answer), /<publish node="[^"]*tune"><item id="1"\/>/);
    assert.match(String(got), /<item id="1"[^>]*><tune xmlns="[^"]*tune"><title>A</);
  });

  it("tells who sees the account's presence and wants to hear, at once and on coming", async () => {
    await befriend(at.romeo, at.julia);
    await wants(at.julia, `${tune}-${at.romeo.name}`);
    const node = `${tune}-${at.romeo.name}`;

    await at.romeo.ask("set", publish(node, "1", `<tune xmlns="${tune}"/>`));
    const news = await event(at.julia, node);
    assert.deepEqual([news.attrs["from"], news.attrs["to"], news.attrs["type"]], [at.romeo.bare, at.julia.jid, "headline"]); // prettier-ignore
    const other = await Talker.bound(at.served.url, at.julia.name, "other");
    await wants(other, node, "urn:more");
    assert.match(String(await event(other, node)), /<item id="1"><tune [^>]*\/><\/item><\/items><\/event><delay /);
    await at.romeo.ask("set", `<pubsub xmlns="${pubsub}"><retract node="${node}"><item id="1"/></retract></pubsub>`);
    assert.match(String(await event(at.julia, node)), /<retract id="1"\/>/);
    other.wire.cut();
  });

  it("tells the account's own devices that want to hear, and nobody else", async () => {
    await befriend(at.romeo, at.julia);
    await wants(at.romeo, `urn:own-${at.romeo.name}`);

    await at.romeo.ask("set", publish(`urn:own-${at.romeo.name}`, "1", `<x xmlns="urn:x"/>`));

    await event(at.romeo, `urn:own-${at.romeo.name}`);
    assert.deepEqual(await at.julia.messagesSoFar(), []);
  });

  it("keeps strangers out of a node for contacts, and lets them into an open one", async () => {
    await at.romeo.ask("set", publish("urn:p", "1", `<x xmlns="urn:x"/>`));
    await at.romeo.ask(
      "set",
      publish("urn:o", "1", `<x xmlns="urn:x"/>`, conditions({ "pubsub#access_model": "open" })),
    );

    const refused = await at.julia.ask("get", items("urn:p"), at.romeo.bare);
    const open = await at.julia.ask("get", items("urn:o"), at.romeo.bare);

    assert.match(String(refused), /<not-authorized[^>]*\/><presence-subscription-required/);
    assert.match(String(open), /<item id="1"/);
    assert.equal(conditionOf(await at.julia.ask("set", publish("urn:o", "2", `<x xmlns="urn:x"/>`), at.romeo.bare)), "forbidden"); // prettier-ignore
  });

  it("refuses what is published under other conditions than the node's (XEP-0060 §7.1.5)", async () => {
    const whitelist = conditions({ "pubsub#access_model": "whitelist", "pubsub#persist_items": "true" });
    await at.romeo.ask("set", publish("urn:w", "1", `<x xmlns="urn:x"/>`, whitelist));

    const same = await at.romeo.ask("set", publish("urn:w", "2", `<x xmlns="urn:x"/>`, whitelist));
    const other = await at.romeo.ask("set", publish("urn:w", "3", `<x xmlns="urn:x"/>`, conditions({ "pubsub#access_model": "open" }))); // prettier-ignore

    assert.equal(same.attrs["type"], "result");
    assert.match(String(other), /<conflict[^>]*\/><precondition-not-met/);
  });

  it("keeps as many items as the node is for, and shows them in pages", async () => {
    const many = conditions({ "pubsub#max_items": "max" });
    for (const id of ["1", "2", "3"]) await at.romeo.ask("set", publish("urn:m", id, `<x xmlns="urn:x"/>`, many));

    const last = await at.romeo.ask("get", `<pubsub xmlns="${pubsub}"><items node="urn:m" max_items="2"/></pubsub>`);
    const page = await at.romeo.ask("get", `<pubsub xmlns="${pubsub}"><items node="urn:m"/><set xmlns="http://jabber.org/protocol/rsm"><max>1</max><after>1</after></set></pubsub>`); // prettier-ignore

    assert.deepEqual([...String(last).matchAll(/<item id="(\d)"/g)].map(([, id]) => id), ["2", "3"]); // prettier-ignore
    assert.match(String(page), /<item id="2".*<first index="1">2<\/first><last>2<\/last><count>3<\/count>/);
    assert.equal(conditionOf(await at.romeo.ask("get", items("urn:m", `<item id="9"/>`))), "item-not-found");
  });

  it("says what the account is, and which nodes it has", async () => {
    await at.romeo.ask("set", publish("urn:d", "1", `<x xmlns="urn:x"/>`));
    const disco = "http://jabber.org/protocol/disco";

    const info = String(await at.romeo.ask("get", `<query xmlns="${disco}#info"/>`, at.romeo.bare));
    const nodes = String(await at.romeo.ask("get", `<query xmlns="${disco}#items"/>`, at.romeo.bare));
    const node = String(await at.romeo.ask("get", `<query xmlns="${disco}#info" node="urn:d"/>`, at.romeo.bare));

    assert.match(info, /<identity category="pubsub" type="pep"\/>.*pubsub#publish-options/);
    assert.match(nodes, /node="urn:d"/);
    assert.match(node, /node="urn:d"><identity category="pubsub" type="leaf"\/>.*pubsub#num_items"><value>1</);
  });

  it("is named by the host, which some libraries ask instead of the account (XEP-0163 §6.1)", async () => {
    for (const to of ["localhost", at.romeo.bare]) {
      const answer = await at.romeo.ask("get", `<query xmlns="http://jabber.org/protocol/disco#info"/>`, to);
      const features = answer.getChild("query")!.getChildren("feature").map(({ attrs }) => attrs["var"]); // prettier-ignore

      assert.match(String(answer), /<identity category="pubsub" type="pep"\/>/);
      assert.ok(features.includes("http://jabber.org/protocol/pubsub#access-whitelist"));
      assert.equal(new Set(features).size, features.length);
    }
  });
});
