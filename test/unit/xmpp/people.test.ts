import assert from "node:assert/strict";
import fc from "fast-check";
import type { Contact, UserId } from "#core";
import type { Element } from "../../../protocols/xmpp/element.ts";
import { blankContact } from "../../../protocols/xmpp/roster-item.ts";
import { hears, sends, type SubscriptionType } from "../../../protocols/xmpp/subscription-states.ts";
import { serve, type Served } from "./served.ts";
import { conditionOf, Talker } from "./socket.ts";

const roster = `<query xmlns="jabber:iq:roster"/>`;

describe("subscription states (RFC 6121 appendix A)", () => {
  const types = ["subscribe", "subscribed", "unsubscribe", "unsubscribed"] as const;
  const blank = blankContact("a@h" as UserId, "b@h" as UserId);

  it("never disagree between the two sides, whatever they send one another", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...types), fc.boolean()), { maxLength: 30 }), (steps) => {
        let mine: Contact = blank;
        let theirs: Contact = { ...blank, owner: blank.contact, contact: blank.owner };
        const send = (type: SubscriptionType, from: Contact, to: Contact): [Contact, Contact] => {
          const sent = sends(type, from);
          const heard = sent.route ? hears(type, to) : { contact: to, deliver: false };
          const answered = "reply" in heard && heard.reply !== undefined ? hears(heard.reply, sent.contact).contact : sent.contact;
          return [answered, heard.contact];
        };
        for (const [type, iSend] of steps) {
          if (iSend) [mine, theirs] = send(type, mine, theirs);
          else [theirs, mine] = send(type, theirs, mine);

          assert.equal(sees(mine), seen(theirs), `${type}: ${JSON.stringify([mine, theirs])}`);
          assert.equal(sees(theirs), seen(mine));
          assert.equal(mine.ask, theirs.pendingIn);
          assert.equal(theirs.ask, mine.pendingIn);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("let nobody in by an approval that was not asked for", () => {
    assert.deepEqual(hears("subscribed", blank), { contact: blank, deliver: false });
    assert.equal(sends("subscribed", blank).route, false);
  });

  it("show the same request once", () => {
    const once = hears("subscribe", blank);

    assert.equal(once.deliver, true);
    assert.equal(hears("subscribe", once.contact).deliver, false);
  });
});

describe("people", () => {
  let served: Served;
  let romeo: Talker;
  let julia: Talker;
  before(async () => (served = await serve()));
  after(() => served[Symbol.asyncDispose]());
  beforeEach(async () => {
    const [one, other] = await served.couple();
    [romeo, julia] = await Promise.all([Talker.available(served.url, one, "garden"), Talker.available(served.url, other, "balcony")]);
    for (const each of [romeo, julia]) await each.ask("get", roster);
  });
  afterEach(() => {
    romeo.wire.cut();
    julia.wire.cut();
  });

  it("become contacts, see each other, and stop it again (RFC 6121 §3)", async () => {
    romeo.stanza("presence", `to="${julia.jid}" type="subscribe" id="s"`, "<status>it is I</status>");
    assert.equal((await pushed(romeo)).attrs["ask"], "subscribe");
    const request = await julia.presence("a request", ({ attrs }) => attrs["type"] === "subscribe");
    assert.deepEqual([request.attrs["from"], request.attrs["to"], request.getChildText("status")], [romeo.bare, julia.bare, "it is I"]);

    julia.stanza("presence", `to="${romeo.bare}" type="subscribed"`);
    assert.equal((await pushed(julia)).attrs["subscription"], "from");
    assert.equal((await pushed(romeo)).attrs["subscription"], "to");
    await romeo.presence("approval", ({ attrs }) => attrs["type"] === "subscribed" && attrs["from"] === julia.bare);
    await romeo.presence("her presence", ({ attrs }) => attrs["from"] === julia.jid && attrs["type"] === undefined);

    julia.stanza("presence", "", "<show>dnd</show><status>busy</status><priority>5</priority>");
    const busy = await romeo.presence("her state", (each) => each.getChildText("show") === "dnd");
    assert.deepEqual([busy.getChildText("status"), busy.getChildText("priority")], ["busy", "5"]);

    julia.stanza("presence", `to="${romeo.bare}" type="unsubscribed"`);
    assert.equal((await pushed(romeo)).attrs["subscription"], "none");
    await romeo.presence("her end", ({ attrs }) => attrs["from"] === julia.jid && attrs["type"] === "unavailable");
    julia.stanza("presence", "", "<show>xa</show>");
    await julia.presence("her own", (each) => each.getChildText("show") === "xa");
    await romeo.ask("get", `<ping xmlns="urn:xmpp:ping"/>`);
    assert.doesNotMatch(romeo.wire.rest().join(""), /<show>xa/);
  });

  it("are asked when they are back, and again until they answer", async () => {
    julia.wire.cut();
    romeo.stanza("presence", `to="${julia.bare}" type="subscribe"`);
    await pushed(romeo);

    for (let n = 0; n < 2; n++) {
      const back = await Talker.available(served.url, julia.name);
      assert.doesNotMatch(String(await back.ask("get", roster)), /<item/); // §3.1.3: at the door, not in the list
      await back.presence("the request", ({ attrs }) => attrs["type"] === "subscribe" && attrs["from"] === romeo.bare);
      back.wire.cut();
    }
  });

  it("are told of each other's coming and going", async () => {
    await befriend(romeo, julia);

    julia.wire.cut();
    await romeo.presence("going", ({ attrs }) => attrs["from"] === julia.jid && attrs["type"] === "unavailable");
    const back = await Talker.available(served.url, julia.name, "again");
    await romeo.presence("coming", ({ attrs }) => attrs["from"] === back.jid && attrs["type"] === undefined);
    await back.presence("who is there", ({ attrs }) => attrs["from"] === romeo.jid);
    back.stanza("presence", `type="unavailable"`, "<status>night</status>");
    const gone = await romeo.presence("good night", ({ attrs }) => attrs["from"] === back.jid && attrs["type"] === "unavailable");
    assert.equal(gone.getChildText("status"), "night");
    romeo.stanza("presence", "", "<show>away</show>");
    await romeo.presence("his own", (each) => each.getChildText("show") === "away");
    await back.ask("get", `<ping xmlns="urn:xmpp:ping"/>`);
    assert.doesNotMatch(back.wire.rest().join(""), /<show>away/); // unavailable: it sees nobody
    back.wire.cut();
  });

  it("are no longer contacts either way once taken off the list (§2.5)", async () => {
    await befriend(romeo, julia);

    const removed = await romeo.ask("set", `<query xmlns="jabber:iq:roster"><item jid="${julia.bare}" subscription="remove"/></query>`);

    assert.equal(removed.attrs["type"], "result");
    await romeo.wire.element("the push", (element) => String(element).includes('subscription="remove"'));
    await julia.wire.element("the push", (element) => String(element).includes('subscription="none"'));
    await julia.presence("his end", ({ attrs }) => attrs["from"] === romeo.jid && attrs["type"] === "unavailable");
    assert.doesNotMatch(String(await romeo.ask("get", roster)), /<item/);
  });

  it("have names and groups, pushed to every device that asked for the list", async () => {
    const sibling = await Talker.available(served.url, romeo.name, "sibling");
    const deaf = await Talker.available(served.url, romeo.name, "deaf");
    await sibling.ask("get", roster);

    await romeo.ask("set", `<query xmlns="jabber:iq:roster"><item jid="${julia.bare.toUpperCase()}" name="J &amp; co"><group>A</group><group>B</group></item></query>`);

    for (const each of [romeo, sibling]) {
      const item = await pushed(each);
      assert.deepEqual([item.attrs["jid"], item.attrs["name"], item.attrs["subscription"]], [julia.bare, "J & co", "none"]);
      assert.deepEqual(item.getChildren("group").map((group) => group.getText()), ["A", "B"]);
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
      assert.equal(conditionOf(await romeo.ask("set", `<query xmlns="jabber:iq:roster">${items}</query>`)), condition);
      assert.doesNotMatch(String(await romeo.ask("get", roster)), /<item/);
    });
  }

  it("keep their lists to themselves", async () => {
    assert.equal(conditionOf(await romeo.ask("get", roster, julia.bare)), "forbidden");
    assert.equal(conditionOf(await romeo.ask("set", `<query xmlns="jabber:iq:roster"><item jid="x@h"/></query>`, julia.bare)), "forbidden");
  });

  it("can be told in particular, and are told when it is over (§4.6)", async () => {
    romeo.stanza("presence", `to="${julia.jid}"`, "<show>chat</show>");
    const told = await julia.presence("directed presence", (each) => each.getChildText("show") === "chat");
    assert.deepEqual([told.attrs["from"], told.attrs["to"]], [romeo.jid, julia.jid]);

    romeo.wire.cut();
    await julia.presence("the end of it", ({ attrs }) => attrs["from"] === romeo.jid && attrs["type"] === "unavailable");
  });

  it("see the whereabouts of nobody who did not allow it", async () => {
    romeo.stanza("presence", `to="${julia.bare}" type="probe"`);
    const answer = await romeo.presence("an answer", ({ attrs }) => attrs["from"] === julia.bare);
    assert.equal(answer.attrs["type"], "unsubscribed");
    assert.equal(conditionOf(await romeo.ask("get", `<query xmlns="http://jabber.org/protocol/disco#info"/>`, julia.bare)), "service-unavailable");

    await befriend(romeo, julia);
    romeo.stanza("presence", `to="${julia.bare}" type="probe"`);
    await romeo.presence("her presence", ({ attrs }) => attrs["from"] === julia.jid);
    assert.match(String(await romeo.ask("get", `<query xmlns="http://jabber.org/protocol/disco#info"/>`, julia.bare)), /category="account" type="registered"/);
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
      romeo.stanza("presence", `${attributes} id="p"`, inner);

      assert.equal(conditionOf(await romeo.presence("a refusal", ({ attrs }) => attrs["type"] === "error")), condition);
    });
  }

  it("ask each other's clients, and are told when there is none", async () => {
    const asked = romeo.ask("get", `<query xmlns="urn:q"><deep a="&lt;"/></query>`, julia.jid);
    const question = await julia.wire.element("the question", (element) => element.getChild("query", "urn:q") !== undefined);
    assert.deepEqual([question.attrs["from"], question.attrs["to"]], [romeo.jid, julia.jid]);
    julia.stanza("iq", `type="result" id="${question.attrs["id"]}" to="${romeo.jid}"`, "<answer xmlns='urn:q'/>");
    assert.ok((await asked).getChild("answer", "urn:q"));

    assert.equal(conditionOf(await romeo.ask("get", `<query xmlns="urn:q"/>`, `${julia.bare}/nowhere`)), "service-unavailable");
    assert.equal(conditionOf(await romeo.ask("get", `<query xmlns="urn:q"/>`, julia.bare)), "service-unavailable");
    assert.equal(conditionOf(await romeo.ask("get", `<query xmlns="urn:q"/>`, "nobody@localhost")), "service-unavailable");
    assert.equal(conditionOf(await romeo.ask("get", `<query xmlns="urn:q"/>`, "localhost")), "service-unavailable");
    assert.equal(conditionOf(await romeo.ask("get", `<query xmlns="urn:q"/>`, "a@elsewhere/x")), "remote-server-not-found");
  });

  it("get no answer to an IQ that is none", async () => {
    romeo.stanza("iq", `type="get" id="1"`, "<a xmlns='urn:a'/><b xmlns='urn:b'/>");
    romeo.stanza("iq", `type="ask" id="2"`, "<a xmlns='urn:a'/>");
    romeo.stanza("iq", `type="set" id="3"`, "");
    for (const id of ["1", "2", "3"]) {
      assert.equal(conditionOf(await romeo.wire.element("a refusal", ({ attrs }) => attrs["id"] === id)), "bad-request");
    }
    romeo.stanza("iq", `type="result" id="4"`, "");
    romeo.stanza("iq", `type="error" id="5" to="nobody@localhost/x"`, "");
    await romeo.ask("get", `<ping xmlns="urn:xmpp:ping"/>`);
    assert.deepEqual(romeo.wire.rest().filter((text) => text.startsWith("<iq")), []);
  });
});

describe("registration (XEP-0077)", () => {
  const query = (inner: string): string => `<query xmlns="jabber:iq:register">${inner}</query>`;

  it("is not there unless the operator wants it", async () => {
    await using served = await serve();
    const [name] = await served.couple();
    const talker = await Talker.connected(served.url, "new");

    assert.doesNotMatch(String(talker.offered), /iq-register/);
    assert.equal(conditionOf(await talker.ask("get", query(""))), "service-unavailable");
    assert.equal(conditionOf(await talker.ask("set", query(`<username>x</username><password>y</password>`))), "service-unavailable");
    // Who has an account may change its password all the same.
    const romeo = await Talker.available(served.url, name);
    assert.equal((await romeo.ask("set", query(`<username>${name}</username><password>other</password>`))).attrs["type"], "result");
    await served.core.accounts.verify(romeo.bare as UserId, "other");
    assert.equal(conditionOf(await romeo.ask("set", query(`<username>alice</username><password>mine</password>`))), "not-allowed");
    for (const each of [talker, romeo]) each.wire.cut();
  });

  it("makes an account that can log in at once, and ends it", async () => {
    await using served = await serve({ registration: true });
    const talker = await Talker.connected(served.url, "new");
    assert.match(String(talker.offered), /<register xmlns="http:\/\/jabber.org\/features\/iq-register"\/>/);
    assert.match(String(await talker.ask("get", query(""))), /<username\/><password\/>/);

    assert.equal((await talker.ask("set", query(`<username>New</username><password>secret-new</password>`))).attrs["type"], "result");
    assert.equal(conditionOf(await talker.ask("set", query(`<username>new</username><password>x</password>`))), "conflict");
    assert.equal(conditionOf(await talker.ask("set", query(`<username>a b</username><password>x</password>`))), "not-acceptable");
    assert.equal(conditionOf(await talker.ask("set", query(`<username>x</username>`))), "bad-request");

    const member = await Talker.available(served.url, "new");
    assert.match(String(await member.ask("get", query(""))), /<registered\/><username>new</);
    assert.equal((await member.ask("set", query("<remove/>"))).attrs["type"], "result");
    await member.wire.closed();
    assert.equal(await served.core.accounts.exists("new@localhost" as UserId), false);
    talker.wire.cut();
  });

  it("makes a few accounts from one address, not a flood of them", async () => {
    await using served = await serve({ registration: true });
    const talker = await Talker.connected(served.url, "new");
    const types: (string | undefined)[] = [];
    for (let n = 0; n < 7; n++) {
      types.push((await talker.ask("set", query(`<username>n${n}</username><password>x</password>`))).attrs["type"]);
    }

    assert.deepEqual(types, [...Array<string>(5).fill("result"), "error", "error"]);
    talker.wire.cut();
  });
});

describe("finding the server (XEP-0156)", () => {
  it("works by both forms of host-meta", async () => {
    await using served = await serve();

    const xml = await fetch(`http://127.0.0.1:${served.port}/.well-known/host-meta`);
    const json = await fetch(`http://127.0.0.1:${served.port}/.well-known/host-meta.json`);

    assert.match(xml.headers.get("content-type")!, /^application\/xrd\+xml/);
    assert.match(await xml.text(), new RegExp(`<Link rel="urn:xmpp:alt-connections:websocket" href="${served.url}"/>`));
    assert.deepEqual(await json.json(), { links: [{ rel: "urn:xmpp:alt-connections:websocket", href: served.url }] });
  });
});

async function befriend(one: Talker, other: Talker): Promise<void> {
  for (const [asks, answers] of [[one, other], [other, one]] as const) {
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

async function pushed(talker: Talker): Promise<Element> {
  const push = await talker.wire.element("a roster push", (element) => element.attrs["type"] === "set" && element.getChild("query", "jabber:iq:roster") !== undefined);
  return push.getChild("query")!.getChild("item")!;
}

function sees({ subscription }: Contact): boolean {
  return subscription === "to" || subscription === "both";
}

function seen({ subscription }: Contact): boolean {
  return subscription === "from" || subscription === "both";
}
