import assert from "node:assert/strict";
import { scene } from "./scene.ts";
import { conditionOf, Talker } from "./socket.ts";
import { pushed } from "./words.ts";

const roster = `<query xmlns="jabber:iq:roster"/>`;

describe("people", () => {
  const at = scene();
  beforeEach(async () => {
    for (const each of [at.romeo, at.julia]) await each.ask("get", roster);
  });

  it("become contacts, see each other, and stop it again (RFC 6121 §3)", async () => {
    at.romeo.stanza("presence", `to="${at.julia.jid}" type="subscribe" id="s"`, "<status>it is I</status>");
    assert.equal((await pushed(at.romeo)).attrs["ask"], "subscribe");
    const request = await at.julia.presence("a request", ({ attrs }) => attrs["type"] === "subscribe");
    assert.deepEqual(
      [request.attrs["from"], request.attrs["to"], request.getChildText("status")],
      [at.romeo.bare, at.julia.bare, "it is I"],
    );

    at.julia.stanza("presence", `to="${at.romeo.bare}" type="subscribed"`);
    assert.equal((await pushed(at.julia)).attrs["subscription"], "from");
    assert.equal((await pushed(at.romeo)).attrs["subscription"], "to");
    await at.romeo.presence(
      "approval",
      ({ attrs }) => attrs["type"] === "subscribed" && attrs["from"] === at.julia.bare,
    );
    await at.romeo.presence(
      "her presence",
      ({ attrs }) => attrs["from"] === at.julia.jid && attrs["type"] === undefined,
    );

    at.julia.stanza("presence", "", "<show>dnd</show><status>busy</status><priority>5</priority>");
    const busy = await at.romeo.presence("her state", (each) => each.getChildText("show") === "dnd");
    assert.deepEqual([busy.getChildText("status"), busy.getChildText("priority")], ["busy", "5"]);

    at.julia.stanza("presence", `to="${at.romeo.bare}" type="unsubscribed"`);
    assert.equal((await pushed(at.romeo)).attrs["subscription"], "none");
    await at.romeo.presence(
      "her end",
      ({ attrs }) => attrs["from"] === at.julia.jid && attrs["type"] === "unavailable",
    );
    at.julia.stanza("presence", "", "<show>xa</show>");
    await at.julia.presence("her own", (each) => each.getChildText("show") === "xa");
    await at.romeo.ask("get", `<ping xmlns="urn:xmpp:ping"/>`);
    assert.doesNotMatch(at.romeo.wire.rest().join(""), /<show>xa/);
  });

  it("are asked when they are back, and again until they answer", async () => {
    await at.served.lose(at.julia);
    at.romeo.stanza("presence", `to="${at.julia.bare}" type="subscribe"`);
    await pushed(at.romeo);

    for (let n = 0; n < 2; n++) {
      const back = await Talker.available(at.served.url, at.julia.name);
      assert.doesNotMatch(String(await back.ask("get", roster)), /<item/); // §3.1.3: at the door, not in the list
      await back.presence(
        "the request",
        ({ attrs }) => attrs["type"] === "subscribe" && attrs["from"] === at.romeo.bare,
      );
      await at.served.lose(back);
    }
  });

  it("are told of each other's coming and going", async () => {
    await befriend(at.romeo, at.julia);

    at.julia.wire.cut();
    await at.romeo.presence("going", ({ attrs }) => attrs["from"] === at.julia.jid && attrs["type"] === "unavailable");
    const back = await Talker.available(at.served.url, at.julia.name, "again");
    await at.romeo.presence("coming", ({ attrs }) => attrs["from"] === back.jid && attrs["type"] === undefined);
    await back.presence("who is there", ({ attrs }) => attrs["from"] === at.romeo.jid);
    back.stanza("presence", `type="unavailable"`, "<status>night</status>");
    const gone = await at.romeo.presence(
      "good night",
      ({ attrs }) => attrs["from"] === back.jid && attrs["type"] === "unavailable",
    );
    assert.equal(gone.getChildText("status"), "night");
    at.romeo.stanza("presence", "", "<show>away</show>");
    await at.romeo.presence("his own", (each) => each.getChildText("show") === "away");
    await back.ask("get", `<ping xmlns="urn:xmpp:ping"/>`);
    assert.doesNotMatch(back.wire.rest().join(""), /<show>away/); // unavailable: it sees nobody
    back.wire.cut();
  });

  it("are no longer contacts either way once taken off the list (§2.5)", async () => {
    await befriend(at.romeo, at.julia);

    const removed = await at.romeo.ask(
      "set",
      `<query xmlns="jabber:iq:roster"><item jid="${at.julia.bare}" subscription="remove"/></query>`,
    );

    assert.equal(removed.attrs["type"], "result");
    await at.romeo.wire.element("the push", (element) => String(element).includes('subscription="remove"'));
    await at.julia.wire.element("the push", (element) => String(element).includes('subscription="none"'));
    await at.julia.presence(
      "his end",
      ({ attrs }) => attrs["from"] === at.romeo.jid && attrs["type"] === "unavailable",
    );
    assert.doesNotMatch(String(await at.romeo.ask("get", roster)), /<item/);
  });

  it("have names and groups, pushed to every device that asked for the list", async () => {
    const sibling = await Talker.available(at.served.url, at.romeo.name, "sibling");
    const deaf = await Talker.available(at.served.url, at.romeo.name, "deaf");
    await sibling.ask("get", roster);

    await at.romeo.ask(
      "set",
      `<query xmlns="jabber:iq:roster"><item jid="${at.julia.bare.toUpperCase()}" name="J &amp; co"><group>A</group><group>B</group></item></query>`,
    );

    for (const each of [at.romeo, sibling]) {
      const item = await pushed(each);
      assert.deepEqual(
        [item.attrs["jid"], item.attrs["name"], item.attrs["subscription"]],
        [at.julia.bare, "J & co", "none"],
      );
      assert.deepEqual(
        item.getChildren("group").map((group) => group.getText()),
        ["A", "B"],
      );
    }
    await deaf.ask("get", `<ping xmlns="urn:xmpp:ping"/>`);
    assert.doesNotMatch(deaf.wire.rest().join(""), /jabber:iq:roster/);
    assert.match(String(await deaf.ask("get", roster)), /name="J &amp; co" subscription="none"><group>A</);
    for (const each of [sibling, deaf]) each.wire.cut();
  });

  const badItems: readonly (readonly [what: string, items: string, condition: string])[] = [
    ["none", "", "bad-request"],
    ["two", `<item jid="a@h"/><item jid="b@h"/>`, "bad-request"],
    ["one without an address", "<item/>", "bad-request"],
    ["one with a full address", `<item jid="a@h/x"/>`, "bad-request"],
    ["a group twice", `<item jid="a@h"><group>g</group><group>g</group></item>`, "bad-request"],
    ["a group of no name", `<item jid="a@h"><group/></item>`, "not-acceptable"],
    ["a name too long", `<item jid="a@h" name="${"x".repeat(1024)}"/>`, "not-acceptable"],
    ["the removal of nobody", `<item jid="a@h" subscription="remove"/>`, "item-not-found"],
  ];
  for (const [what, items, condition] of badItems) {
    it(`cannot be put on the list as ${what} (§2.3.3)`, async () => {
      assert.equal(
        conditionOf(await at.romeo.ask("set", `<query xmlns="jabber:iq:roster">${items}</query>`)),
        condition,
      );
      assert.doesNotMatch(String(await at.romeo.ask("get", roster)), /<item/);
    });
  }

  it("keep their lists to themselves", async () => {
    assert.equal(conditionOf(await at.romeo.ask("get", roster, at.julia.bare)), "forbidden");
    assert.equal(
      conditionOf(
        await at.romeo.ask("set", `<query xmlns="jabber:iq:roster"><item jid="x@h"/></query>`, at.julia.bare),
      ),
      "forbidden",
    );
  });

  it("can be told in particular, and are told when it is over (§4.6)", async () => {
    at.romeo.stanza("presence", `to="${at.julia.jid}"`, "<show>chat</show>");
    const told = await at.julia.presence("directed presence", (each) => each.getChildText("show") === "chat");
    assert.deepEqual([told.attrs["from"], told.attrs["to"]], [at.romeo.jid, at.julia.jid]);

    at.romeo.wire.cut();
    await at.julia.presence(
      "the end of it",
      ({ attrs }) => attrs["from"] === at.romeo.jid && attrs["type"] === "unavailable",
    );
  });

  it("see the whereabouts of nobody who did not allow it", async () => {
    at.romeo.stanza("presence", `to="${at.julia.bare}" type="probe"`);
    const answer = await at.romeo.presence("an answer", ({ attrs }) => attrs["from"] === at.julia.bare);
    assert.equal(answer.attrs["type"], "unsubscribed");
    assert.equal(
      conditionOf(await at.romeo.ask("get", `<query xmlns="http://jabber.org/protocol/disco#info"/>`, at.julia.bare)),
      "service-unavailable",
    );

    await befriend(at.romeo, at.julia);
    at.romeo.stanza("presence", `to="${at.julia.bare}" type="probe"`);
    await at.romeo.presence("her presence", ({ attrs }) => attrs["from"] === at.julia.jid);
    assert.match(
      String(await at.romeo.ask("get", `<query xmlns="http://jabber.org/protocol/disco#info"/>`, at.julia.bare)),
      /category="account" type="registered"/,
    );
  });

  const badPresence: readonly (readonly [what: string, attributes: string, inner: string, condition: string])[] = [
    ["of no such type", `type="here"`, "", "bad-request"],
    ["of no such show", "", "<show>busy</show>", "bad-request"],
    ["of no such priority", "", "<priority>128</priority>", "bad-request"],
    ["to another server", `to="a@elsewhere"`, "", "remote-server-not-found"],
    ["to what is no address", `to="@"`, "", "jid-malformed"],
  ];
  for (const [what, attributes, inner, condition] of badPresence) {
    it(`do not become present in a way that is none: ${what}`, async () => {
      at.romeo.stanza("presence", `${attributes} id="p"`, inner);

      assert.equal(
        conditionOf(await at.romeo.presence("a refusal", ({ attrs }) => attrs["type"] === "error")),
        condition,
      );
    });
  }

  it("ask each other's clients, and are told when there is none", async () => {
    const asked = at.romeo.ask("get", `<query xmlns="urn:q"><deep a="&lt;"/></query>`, at.julia.jid);
    const question = await at.julia.wire.element(
      "the question",
      (element) => element.getChild("query", "urn:q") !== undefined,
    );
    assert.deepEqual([question.attrs["from"], question.attrs["to"]], [at.romeo.jid, at.julia.jid]);
    at.julia.stanza("iq", `type="result" id="${question.attrs["id"]}" to="${at.romeo.jid}"`, "<answer xmlns='urn:q'/>");
    assert.ok((await asked).getChild("answer", "urn:q"));

    assert.equal(
      conditionOf(await at.romeo.ask("get", `<query xmlns="urn:q"/>`, `${at.julia.bare}/nowhere`)),
      "service-unavailable",
    );
    assert.equal(
      conditionOf(await at.romeo.ask("get", `<query xmlns="urn:q"/>`, at.julia.bare)),
      "service-unavailable",
    );
    assert.equal(
      conditionOf(await at.romeo.ask("get", `<query xmlns="urn:q"/>`, "nobody@localhost")),
      "service-unavailable",
    );
    assert.equal(conditionOf(await at.romeo.ask("get", `<query xmlns="urn:q"/>`, "localhost")), "service-unavailable");
    assert.equal(
      conditionOf(await at.romeo.ask("get", `<query xmlns="urn:q"/>`, "a@elsewhere/x")),
      "remote-server-not-found",
    );
  });

  it("get no answer to an IQ that is none", async () => {
    at.romeo.stanza("iq", `type="get" id="1"`, "<a xmlns='urn:a'/><b xmlns='urn:b'/>");
    at.romeo.stanza("iq", `type="ask" id="2"`, "<a xmlns='urn:a'/>");
    at.romeo.stanza("iq", `type="set" id="3"`, "");
    for (const id of ["1", "2", "3"]) {
      assert.equal(
        conditionOf(await at.romeo.wire.element("a refusal", ({ attrs }) => attrs["id"] === id)),
        "bad-request",
      );
    }
    at.romeo.stanza("iq", `type="result" id="4"`, "");
    at.romeo.stanza("iq", `type="error" id="5" to="nobody@localhost/x"`, "");
    await at.romeo.ask("get", `<ping xmlns="urn:xmpp:ping"/>`);
    assert.deepEqual(
      at.romeo.wire.rest().filter((text) => text.startsWith("<iq")),
      [],
    );
  });
});

async function befriend(one: Talker, other: Talker): Promise<void> {
  for (const [asks, answers] of [
    [one, other],
    [other, one],
  ] as const) {
    asks.stanza("presence", `to="${answers.bare}" type="subscribe"`);
    await answers.presence("a request", ({ attrs }) => attrs["type"] === "subscribe");
    answers.stanza("presence", `to="${asks.bare}" type="subscribed"`);
    await asks.presence("a presence", ({ attrs }) => attrs["from"] === answers.jid);
  }
  for (const each of [one, other]) {
    await each.ask("get", `<ping xmlns="urn:xmpp:ping"/>`);
    each.wire.rest();
  }
}
