import assert from "node:assert/strict";
import { type ConversationId, type DeviceId, roomOf, type UserId } from "#core";
import type { Element } from "../../../protocols/xmpp/element.ts";
import { localUser } from "../../../src/testing/core.ts";
import { serve, type Served } from "./served.ts";
import { conditionOf, Talker } from "./socket.ts";

const ns = {
  muc: "http://jabber.org/protocol/muc",
  user: "http://jabber.org/protocol/muc#user",
  owner: "http://jabber.org/protocol/muc#owner",
  info: "http://jabber.org/protocol/disco#info",
  items: "http://jabber.org/protocol/disco#items",
  delay: "urn:xmpp:delay",
  ids: "urn:xmpp:sid:0",
};
const ping = `<ping xmlns="urn:xmpp:ping"/>`;

describe("rooms (XEP-0045)", () => {
  let served: Served;
  let romeo: Talker;
  let julia: Talker;
  let name: string;
  let address: string;
  let id: ConversationId;
  let count = 0;
  before(async () => (served = await serve({ roomHistory: 3 })));
  after(() => served[Symbol.asyncDispose]());
  beforeEach(async () => {
    const [one, other] = await served.couple();
    [romeo, julia] = await Promise.all([Talker.available(served.url, one), Talker.available(served.url, other)]);
    name = `room-${++count}`;
    address = `${name}@rooms.localhost`;
    id = roomOf(name, "localhost");
  });
  afterEach(() => {
    romeo.wire.cut();
    julia.wire.cut();
  });

  it("are made by whoever comes first, who owns them", async () => {
    const { self } = await join(romeo, "r");

    assert.deepEqual(statuses(self), ["100", "110", "201"]);
    const { affiliation, role, jid } = item(self);
    assert.deepEqual([affiliation, role, jid], ["owner", "moderator", romeo.jid]);
    assert.equal((await served.core.rooms.find(id))?.createdBy, romeo.bare);
  });

  it("show, in this order: who is here, oneself, what was said, the subject, what is said then (§7.2.2)", async () => {
    await join(romeo, "r");
    for (const body of ["1", "2", "3", "4"]) say(romeo, body);
    romeo.stanza("message", `to="${address}" type="groupchat" id="s"`, "<subject>balcony</subject>");
    await romeo.message("the subject", (message) => message.getChildText("subject") === "balcony");

    julia.wire.rest();
    julia.stanza("presence", `to="${address}/j"`, `<x xmlns="${ns.muc}"/>`);
    await julia.ask("get", ping);
    say(romeo, "5");
    await romeo.hears("5");
    await julia.ask("get", ping);

    const seen = julia.wire.rest().map((text) => /<body>(\d)|<subject>(\w+)|<presence.* from="[^"]*\/([rj])"/.exec(text)!.slice(1).find(Boolean));
    assert.deepEqual(seen, ["r", "j", "3", "4", "balcony", "5"]); // of three entries back one was the subject
  });

  it("reflect a message to all, under its own id, from the occupant (§7.4)", async () => {
    await join(romeo, "r");
    await join(julia, "j");

    romeo.stanza("message", `to="${address}" type="groupchat" id="m1" xml:lang="it"`, `<body>ciao</body><x xmlns="urn:x"/>`);

    for (const each of [romeo, julia]) {
      const message = await each.hears("ciao");
      const stanzaId = message.getChild("stanza-id", ns.ids)!;
      assert.equal(
        String(message),
        `<message xmlns="jabber:client" from="${address}/r" type="groupchat" id="m1" xml:lang="it" to="${each.jid}"><body>ciao</body><x xmlns="urn:x"/>` +
          `<stanza-id xmlns="${ns.ids}" by="${address}" id="${stanzaId.attrs["id"]}"/></message>`,
      );
    }
  });

  const wishes: readonly (readonly [what: string, wish: string, bodies: readonly string[]])[] = [
    ["as the server thinks fit", "", ["2", "3", "4"]],
    ["nothing, by maxstanzas", `<history maxstanzas="0"/>`, []],
    ["nothing, by maxchars", `<history maxchars="0"/>`, []],
    ["so many", `<history maxstanzas="2"/>`, ["3", "4"]],
    ["as much as fits", `<history maxchars="700"/>`, ["3", "4"]],
    ["since long", `<history since="2001-01-01T00:00:00Z"/>`, ["1", "2", "3", "4"]],
    ["since a time to come", `<history since="2999-01-01T00:00:00Z"/>`, []],
    ["of the last minute", `<history seconds="60" maxstanzas="10"/>`, ["1", "2", "3", "4"]],
    ["what cannot be understood", `<history maxstanzas="-1"/>`, ["2", "3", "4"]],
  ];
  for (const [what, wish, bodies] of wishes) {
    it(`tell of what was said: ${what} (§7.2.14)`, async () => {
      await join(romeo, "r");
      for (const body of ["1", "2", "3", "4"]) say(romeo, body);
      await romeo.hears("4");

      const { past } = await join(julia, "j", wish);
      say(romeo, "live");
      await julia.hears("live");

      assert.deepEqual(past, bodies);
      assert.deepEqual(await julia.messagesSoFar(), []);
    });
  }

  it("let an occupant change its nick, and tell the others (§7.6)", async () => {
    await join(romeo, "r");
    await join(julia, "j");

    romeo.stanza("presence", `to="${address}/rr"`);

    for (const each of [romeo, julia]) {
      const gone = await each.presence("the old nick's end", ({ attrs }) => attrs["from"] === `${address}/r` && attrs["type"] === "unavailable");
      assert.deepEqual(statuses(gone), each === romeo ? ["303", "110"] : ["303"]);
      assert.equal(item(gone)["nick"], "rr");
      await each.presence("the new nick", ({ attrs }) => attrs["from"] === `${address}/rr` && attrs["type"] === undefined);
    }
    say(romeo, "still me");
    assert.equal((await julia.hears("still me")).attrs["from"], `${address}/rr`);
  });

  it("carry what occupants say of themselves (§7.7)", async () => {
    await join(romeo, "r");
    await join(julia, "j");

    romeo.stanza("presence", `to="${address}/r"`, `<show>away</show><status>asleep</status><c xmlns="http://jabber.org/protocol/caps" node="n" ver="v"/>`);

    const presence = await julia.presence("away", (each) => each.getChildText("show") === "away");
    assert.equal(presence.getChildText("status"), "asleep");
    assert.ok(presence.getChild("c"));
    assert.equal(item(presence)["role"], "moderator");
  });

  it("tell everybody who leaves, by word or by wire (§7.14)", async () => {
    await join(romeo, "r");
    await join(julia, "j");

    romeo.stanza("presence", `to="${address}/r" type="unavailable"`);

    const self = await romeo.presence("own leave", ({ attrs }) => attrs["type"] === "unavailable");
    assert.deepEqual(statuses(self), ["110"]);
    await julia.presence("the leave", ({ attrs }) => attrs["from"] === `${address}/r` && attrs["type"] === "unavailable");
    await join(romeo, "r");
    romeo.wire.cut();
    await julia.presence("the cut", ({ attrs }) => attrs["from"] === `${address}/r` && attrs["type"] === "unavailable");
  });

  it("are left by whoever becomes unavailable", async () => {
    await join(romeo, "r");
    await join(julia, "j");

    romeo.stanza("presence", `type="unavailable"`);

    await julia.presence("the leave", ({ attrs }) => attrs["from"] === `${address}/r` && attrs["type"] === "unavailable");
    assert.equal(served.core.rooms.occupants(id).length, 1);
  });

  const refusals: readonly (readonly [what: string, act: (talker: Talker) => void, condition: string])[] = [
    ["a nick somebody else has", (talker) => talker.stanza("presence", `to="${address}/r"`, `<x xmlns="${ns.muc}"/>`), "conflict"],
    ["no nick", (talker) => talker.stanza("presence", `to="${address}"`, `<x xmlns="${ns.muc}"/>`), "jid-malformed"],
    ["presence from outside", (talker) => talker.stanza("presence", `to="${address}/j"`, ""), "not-acceptable"],
    ["a message from outside", (talker) => talker.stanza("message", `to="${address}" type="groupchat"`, "<body>x</body>"), "not-acceptable"],
    ["a subscription", (talker) => talker.stanza("presence", `to="${address}" type="subscribe"`), "bad-request"],
  ];
  for (const [what, act, condition] of refusals) {
    it(`refuse ${what} with ${condition}`, async () => {
      await join(romeo, "r");

      act(julia);

      const refusal = await julia.wire.element("a refusal", (element) => element.attrs["type"] === "error");
      assert.equal(conditionOf(refusal), condition);
      assert.equal(served.core.rooms.occupants(id).length, 1);
    });
  }

  it("let nobody take another's nick, and leave the one who tries where it was", async () => {
    await join(romeo, "r");
    await join(julia, "j");

    julia.stanza("presence", `to="${address}/r"`);

    assert.equal(conditionOf(await julia.presence("a refusal", ({ attrs }) => attrs["type"] === "error")), "conflict");
    say(julia, "still j");
    assert.equal((await romeo.hears("still j")).attrs["from"], `${address}/j`);
  });

  it("carry a word to one of them only (§7.5)", async () => {
    await join(romeo, "r");
    await join(julia, "j");

    romeo.stanza("message", `to="${address}/j" type="chat" id="w"`, "<body>psst</body>");

    const word = await julia.hears("psst");
    assert.equal(word.attrs["from"], `${address}/r`);
    assert.ok(word.getChild("x", ns.user));
    romeo.stanza("message", `to="${address}/nobody" type="chat"`, "<body>x</body>");
    assert.equal(conditionOf(await romeo.message("a refusal")), "item-not-found");
    romeo.stanza("message", `to="${address}/j" type="groupchat"`, "<body>x</body>");
    assert.equal(conditionOf(await romeo.message("a refusal")), "bad-request");
    assert.equal(await served.core.conversations.head(id), 0);
  });

  it("carry questions between occupants, and answer who pings itself (XEP-0410)", async () => {
    await join(romeo, "r");
    assert.equal(conditionOf(await julia.ask("get", ping, `${address}/j`)), "not-acceptable");
    await join(julia, "j");
    assert.equal((await julia.ask("get", ping, `${address}/j`)).attrs["type"], "result");

    const asked = julia.ask("get", `<query xmlns="urn:q"/>`, `${address}/r`);
    const question = await romeo.wire.element("the question", (element) => element.getChild("query", "urn:q") !== undefined);
    assert.equal(question.attrs["from"], `${address}/j`);
    romeo.stanza("iq", `to="${question.attrs["from"]}" id="${question.attrs["id"]}" type="result"`);

    assert.equal((await asked).attrs["from"], `${address}/r`);
    assert.equal(conditionOf(await julia.ask("get", ping, `${address}/x`)), "item-not-found");
  });

  it("are found, and say what they are like (§6)", async () => {
    await join(romeo, "r");

    const services = await julia.ask("get", `<query xmlns="${ns.items}"/>`, "localhost");
    assert.match(String(services), /<item jid="rooms.localhost" name="Rooms"\/>/);
    assert.match(String(await julia.ask("get", `<query xmlns="${ns.info}"/>`, "rooms.localhost")), /category="conference" type="text".*var="http:\/\/jabber.org\/protocol\/muc"/);
    assert.match(String(await julia.ask("get", `<query xmlns="${ns.items}"/>`, "rooms.localhost")), new RegExp(`<item jid="${address}" name="${name}"/>`));
    const info = String(await julia.ask("get", `<query xmlns="${ns.info}"/>`, address));
    for (const feature of ["muc_open", "muc_persistent", "muc_public", "muc_nonanonymous", "muc_unmoderated"]) assert.match(info, new RegExp(feature));
    assert.match(info, /roominfo_occupants.*<value>1</);
    assert.equal(conditionOf(await julia.ask("get", `<query xmlns="${ns.info}"/>`, `none@rooms.localhost`)), "item-not-found");
    assert.doesNotMatch(String(await julia.ask("get", `<query xmlns="${ns.items}"/>`, address)), /<item/);
    assert.match(String(await romeo.ask("get", `<query xmlns="${ns.items}"/>`, address)), new RegExp(`<item jid="${address}/r"/>`));
  });

  it("are unlocked and ended by their owner alone (§10)", async () => {
    await join(romeo, "r");
    await join(julia, "j");
    const instant = `<query xmlns="${ns.owner}"><x xmlns="jabber:x:data" type="submit"/></query>`;
    const closed = `<query xmlns="${ns.owner}"><x xmlns="jabber:x:data" type="submit"><field var="muc#roomconfig_membersonly"><value>1</value></field></x></query>`;
    const end = `<query xmlns="${ns.owner}"><destroy/></query>`;

    assert.match(String(await romeo.ask("get", `<query xmlns="${ns.owner}"/>`, address)), /type="form"/);
    assert.equal((await romeo.ask("set", instant, address)).attrs["type"], "result");
    assert.equal(conditionOf(await romeo.ask("set", closed, address)), "not-acceptable");
    for (const query of [instant, end]) assert.equal(conditionOf(await julia.ask("set", query, address)), "forbidden");
    assert.equal((await romeo.ask("set", end, address)).attrs["type"], "result");

    const gone = await julia.presence("the end", ({ attrs }) => attrs["type"] === "unavailable");
    assert.ok(gone.getChild("x", ns.user)!.getChild("destroy"));
    assert.equal(await served.core.rooms.find(id), undefined);
  });

  it("keep out whom they do not want", async () => {
    await join(romeo, "r");
    await served.core.rooms.setAffiliation(id, romeo.bare as UserId, julia.bare as UserId, "outcast");
    const members = roomOf(`${name}-m`, "localhost");
    await served.core.rooms.create(members, romeo.bare as UserId, { open: false });

    julia.stanza("presence", `to="${address}/j"`, `<x xmlns="${ns.muc}"/>`);
    julia.stanza("presence", `to="${name}-m@rooms.localhost/j"`, `<x xmlns="${ns.muc}"/>`);

    const refusals = [await julia.presence("one", isError), await julia.presence("two", isError)];
    assert.deepEqual(refusals.map(conditionOf), ["forbidden", "registration-required"]);
    say(romeo, "alone");
    await romeo.hears("alone");
    assert.deepEqual(await julia.messagesSoFar(), []);
  });

  it("have occupants of other protocols, who look like any", async () => {
    await join(romeo, "r");
    const device = "mqtt:esp32" as DeviceId;
    const session = await served.core.sessions.attach({
      user: julia.bare as UserId,
      device,
      echo: "rooms",
      durable: false,
      rememberMs: 0,
      wake: () => undefined,
      ended: () => undefined,
    });
    await served.core.rooms.enter(session, id, { nick: "sensor" });

    const entered = await romeo.presence("the occupant", ({ attrs }) => attrs["from"] === `${address}/sensor`);
    assert.equal(item(entered)["jid"], `${julia.bare}/mqtt:esp32`);
    await served.core.router.sendOne({ conversation: id, kind: "message", author: julia.bare as UserId, device, body: "21.5" });
    assert.equal((await romeo.hears("21.5")).attrs["from"], `${address}/sensor`);
    romeo.stanza("message", `to="${address}/sensor" type="chat"`, "<body>x</body>");
    assert.equal(conditionOf(await romeo.message("a refusal")), "feature-not-implemented");
    await served.core.sessions.detach(session, false);
    await romeo.presence("its leave", ({ attrs }) => attrs["from"] === `${address}/sensor` && attrs["type"] === "unavailable");
    await served.core.router.sendOne({ conversation: id, kind: "message", author: localUser("alice"), device, body: "from afar" });
    assert.equal((await romeo.hears("from afar")).attrs["from"], `${address}/alice`);
  });

  it("carry typing, and keep nothing that says nothing", async () => {
    await join(romeo, "r");
    await join(julia, "j");

    romeo.stanza("message", `to="${address}" type="groupchat"`, `<composing xmlns="http://jabber.org/protocol/chatstates"/>`);
    romeo.stanza("message", `to="${address}" type="groupchat"`, `<received xmlns="urn:xmpp:receipts" id="x"/>`);
    romeo.stanza("message", `to="${address}" type="groupchat" id="p"`, `<x xmlns="urn:x"/>`);

    const typing = await julia.message("typing", (message) => message.getChild("composing") !== undefined);
    assert.equal(typing.attrs["from"], `${address}/r`);
    assert.equal((await julia.message("as it is", ({ attrs }) => attrs["id"] === "p")).attrs["from"], `${address}/r`);
    assert.equal(await served.core.conversations.head(id), 0);
  });

  it("know how far somebody has read", async () => {
    await join(romeo, "r");
    await join(julia, "j");
    say(romeo, "1");
    const message = await julia.hears("1");

    julia.stanza("message", `to="${address}" type="groupchat"`, `<displayed xmlns="urn:xmpp:chat-markers:0" id="${message.getChild("stanza-id")!.attrs["id"]}"/>`);

    await eventually(async () => (await served.core.conversations.marks(romeo.bare as UserId, id)).find(({ user }) => user === julia.bare)?.read ?? 0, 1);
  });

  it("ask somebody in (§7.8.2)", async () => {
    await join(romeo, "r");

    romeo.stanza("message", `to="${address}"`, `<x xmlns="${ns.user}"><invite to="${julia.bare}"><reason>now</reason></invite></x>`);

    const invitation = await julia.message("an invitation", (message) => message.getChild("x", ns.user) !== undefined);
    assert.equal(invitation.attrs["from"], address);
    const invite = invitation.getChild("x", ns.user)!.getChild("invite")!;
    assert.equal(invite.attrs["from"], `${address}/r`);
    assert.equal(invite.getChildText("reason"), "now");
  });

  it("are still one's own after a cut that is resumed", async () => {
    const reader = await Talker.bound(served.url, julia.name, "tab");
    reader.wire.send(`<enable xmlns="urn:xmpp:sm:3" resume="true"/>`);
    const enabled = await reader.wire.element("enabled", (element) => element.getName() === "enabled");
    await join(romeo, "r");
    await join(reader, "j");
    const h = 4; // two presences, the subject, and the answer of the ping in `join`

    reader.wire.cut();
    say(romeo, "meanwhile");
    await romeo.hears("meanwhile");
    const back = await Talker.authenticated(served.url, julia.name);
    back.wire.send(`<resume xmlns="urn:xmpp:sm:3" previd="${enabled.attrs["id"]}" h="${h}"/>`);

    await back.hears("meanwhile");
    say(romeo, "now");
    await back.hears("now");
    assert.equal((await back.ask("get", ping, `${address}/j`)).attrs["type"], "result");
    back.wire.cut();
  });

  /** In the room, its history read and noted, everything that came so far taken. */
  async function join(talker: Talker, nick: string, wish = ""): Promise<{ self: Element; past: string[] }> {
    talker.stanza("presence", `to="${address}/${nick}"`, `<x xmlns="${ns.muc}">${wish}</x>`);
    const self = await talker.presence("itself in the room", (presence) => presence.attrs["from"] === `${address}/${nick}` && statuses(presence).includes("110"));
    await talker.ask("get", ping);
    const past: string[] = [];
    for (;;) {
      const message = await talker.message("the history or the subject", (each) => each.attrs["type"] === "groupchat");
      if (message.getChild("subject") !== undefined && message.getChild("body") === undefined) break;
      assert.equal(message.getChild("delay", ns.delay)?.attrs["from"], address);
      past.push(message.getChildText("body")!);
    }
    return { self, past };
  }

  function say(talker: Talker, body: string): void {
    talker.stanza("message", `to="${address}" type="groupchat" id="${body}"`, `<body>${body}</body>`);
  }
});

function statuses(presence: Element): string[] {
  return presence.getChild("x", ns.user)?.getChildren("status").map(({ attrs }) => attrs["code"]!) ?? [];
}

function item(presence: Element): Record<string, string> {
  return presence.getChild("x", ns.user)!.getChild("item")!.attrs;
}

function isError(element: Element): boolean {
  return element.attrs["type"] === "error";
}

async function eventually(get: () => Promise<number>, wanted: number): Promise<void> {
  const until = performance.now() + 4000;
  for (let got = await get(); got !== wanted; got = await get()) {
    assert.ok(performance.now() < until, `${got} instead of ${wanted}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
