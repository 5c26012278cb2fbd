import assert from "node:assert/strict";
import { type DeviceId, directOf, type Draft, type OriginId, type UserId } from "#core";
import { serve, type Served } from "./served.ts";
import { conditionOf, Talker, Wire } from "./socket.ts";

const ns = {
  carbons: "urn:xmpp:carbons:2",
  delay: "urn:xmpp:delay",
  hints: "urn:xmpp:hints",
  receipts: "urn:xmpp:receipts",
  markers: "urn:xmpp:chat-markers:0",
  states: "http://jabber.org/protocol/chatstates",
  ids: "urn:xmpp:sid:0",
};
const request = `<request xmlns="${ns.receipts}"/>`;

describe("messages from person to person", () => {
  let served: Served;
  let romeo: Talker;
  let julia: Talker;
  before(async () => (served = await serve({ roomHistory: 5 })));
  after(() => served[Symbol.asyncDispose]());
  beforeEach(async () => {
    const [one, other] = await served.couple();
    [romeo, julia] = await Promise.all([Talker.available(served.url, one, "garden"), Talker.available(served.url, other, "balcony")]);
  });
  afterEach(() => {
    romeo.wire.cut();
    julia.wire.cut();
  });

  it("arrive as they were sent, under the sender's address and with the server's name for them", async () => {
    romeo.stanza(
      "message",
      `to="${julia.bare}" type="chat" id="m1" xml:lang="en"`,
      `<subject>s</subject><body>a &lt; b</body><body xml:lang="de">kleiner</body><x xmlns="urn:x" y="1"><z/></x><thread>t</thread>`,
    );

    const message = await julia.hears("a < b");
    const id = message.getChild("stanza-id", ns.ids)!.attrs["id"]!;
    assert.equal(
      String(message),
      `<message xmlns="jabber:client" from="${romeo.jid}" to="${julia.bare}" type="chat" id="m1" xml:lang="en">` +
        `<subject>s</subject><body>a &lt; b</body><body xml:lang="de">kleiner</body><x xmlns="urn:x" y="1"><z/></x><thread>t</thread>` +
        `<stanza-id xmlns="${ns.ids}" by="${julia.bare}" id="${id}"/></message>`,
    );
    assert.match(id, /^[0-9a-f-]{36}$/);
  });

  it("keep their type, or that they have none", async () => {
    romeo.stanza("message", `to="${julia.bare}" type="normal"`, "<body>1</body>");
    romeo.stanza("message", `to="${julia.bare}"`, "<body>2</body>");
    romeo.stanza("message", `to="${julia.bare}" type="nonsense"`, "<body>3</body>");

    for (const body of ["1", "2", "3"]) assert.equal((await julia.hears(body)).attrs["type"], undefined);
  });

  it("wait for who is away, in order and dated, and come once (XEP-0160)", async () => {
    julia.wire.cut();
    for (const body of ["one", "two", "three"]) romeo.chat(julia.bare, body);
    await romeo.ask("get", `<ping xmlns="urn:xmpp:ping"/>`);

    const back = await Talker.available(served.url, julia.name, "balcony");

    const first = await back.message("the first", (message) => message.getChild("body") !== undefined);
    assert.equal(first.getChildText("body"), "one");
    assert.equal(first.getChild("delay", ns.delay)?.attrs["from"], "localhost");
    assert.ok(Date.now() - Date.parse(first.getChild("delay")!.attrs["stamp"]!) < 60_000);
    await back.hears("two");
    await back.hears("three");
    back.wire.cut();
  });

  it("come neither to a resource of negative priority nor to one that never said it was there", async () => {
    julia.wire.cut();
    const negative = await Talker.bound(served.url, julia.name, "negative");
    await negative.appear("<priority>-1</priority>");
    const mute = await Talker.bound(served.url, julia.name, "mute");

    romeo.chat(julia.bare, "for the account");
    romeo.chat(negative.jid, "for negative");
    romeo.chat(mute.jid, "for mute");
    await negative.hears("for negative");
    await mute.hears("for mute");
    assert.deepEqual(bodies(await negative.messagesSoFar()), []);

    // Once it takes messages it gets what it has missed, and not again what it has had.
    negative.stanza("presence", "", "<priority>1</priority>");
    await negative.hears("for the account");
    assert.deepEqual(bodies(await negative.messagesSoFar()), ["for mute"]);
    negative.wire.cut();
    mute.wire.cut();
  });

  it("to oneself come back to oneself", async () => {
    const sibling = await Talker.available(served.url, romeo.name, "sibling");

    romeo.chat(romeo.bare, "note");
    romeo.chat(romeo.jid, "echo");

    await romeo.hears("note");
    await romeo.hears("echo");
    assert.equal((await sibling.hears("note")).attrs["from"], romeo.jid);
    sibling.wire.cut();
  });

  const refusals: readonly (readonly [what: string, attributes: string, inner: string, condition: string])[] = [
    ["to nobody we know", `to="nobody@localhost"`, "<body>x</body>", "service-unavailable"],
    ["to another server", `to="a@elsewhere"`, "<body>x</body>", "remote-server-not-found"],
    ["to the server", `to="localhost"`, "<body>x</body>", "service-unavailable"],
    ["to what is no address", `to="a b@localhost"`, "<body>x</body>", "jid-malformed"],
    ["of a room, to a person", `to="alice@localhost" type="groupchat"`, "<body>x</body>", "service-unavailable"],
    ["not to be kept, to nobody there", `to="carol@localhost"`, `<body>x</body><no-store xmlns="${ns.hints}"/>`, "service-unavailable"],
  ];
  for (const [what, attributes, inner, condition] of refusals) {
    it(`${what} are answered with ${condition}, and of type error with nothing`, async () => {
      romeo.stanza("message", `${attributes} id="m1"`, inner);

      const error = await romeo.message("an error");
      assert.equal(conditionOf(error), condition);
      assert.equal(error.attrs["id"], "m1");
      assert.equal(error.attrs["from"], /to="([^"]*)"/.exec(attributes)![1]);
      romeo.stanza("message", `${attributes.replace(/ type="\w+"/, "")} type="error"`, "<body>x</body>");
      assert.deepEqual(await romeo.messagesSoFar(), []);
    });
  }

  it("lose what only the server may say (X24)", async () => {
    romeo.chat(
      julia.bare,
      "forged",
      `<stanza-id xmlns="${ns.ids}" by="${julia.bare}" id="f"/><stanza-id xmlns="${ns.ids}" by="localhost" id="f"/><stanza-id xmlns="${ns.ids}" by="r@rooms.localhost" id="f"/>` +
        `<stanza-id xmlns="${ns.ids}" by="elsewhere" id="kept"/><delay xmlns="${ns.delay}" from="localhost" stamp="2002-09-10T23:08:25Z"/>` +
        `<delay xmlns="${ns.delay}" from="${romeo.jid}" stamp="2002-09-10T23:08:25Z"/><occupant-id xmlns="urn:xmpp:occupant-id:0" id="f"/>`,
    );

    const message = await julia.hears("forged");
    assert.deepEqual(message.getChildren("stanza-id").map(({ attrs }) => attrs["by"]), ["elsewhere", julia.bare]);
    assert.deepEqual(message.getChildren("delay").map(({ attrs }) => attrs["from"]), [romeo.jid]);
    assert.equal(message.getChild("occupant-id"), undefined);
  });

  it("sent again under their origin id arrive once, and another body under it is a conflict (P3)", async () => {
    const origin = `<origin-id xmlns="${ns.ids}" id="o1"/>`;
    romeo.chat(julia.bare, "once", origin);
    romeo.chat(julia.bare, "once", origin);
    romeo.chat(julia.bare, "else", origin);

    await julia.hears("once");
    assert.equal(conditionOf(await romeo.message("a refusal")), "conflict");
    romeo.chat(julia.bare, "last");
    await julia.hears("last");
    assert.deepEqual(bodies(await julia.messagesSoFar()), []);
  });

  it("reach nobody under another's address (X10)", async () => {
    const other = await Talker.available(served.url, romeo.name, "other");
    other.stanza("message", `from="${julia.bare}" to="${julia.bare}" type="chat"`, "<body>forged</body>");

    await other.wire.element("a stream error", (element) => String(element).includes("<invalid-from"));
    assert.equal(await other.wire.closed(), 1000);
    assert.deepEqual(await julia.messagesSoFar(), []);
  });

  describe("that say nothing to be kept", () => {
    it("are typing to the other, and not kept (P6)", async () => {
      romeo.stanza("message", `to="${julia.bare}" type="chat"`, `<composing xmlns="${ns.states}"/><no-store xmlns="${ns.hints}"/>`);

      const typing = await julia.message("typing", (message) => message.getChild("composing", ns.states) !== undefined);
      assert.equal(typing.attrs["from"], romeo.jid);
      assert.equal(await head(served, romeo, julia), 0);
    });

    it("travel as they are, to whoever is there", async () => {
      romeo.stanza("message", `to="${julia.bare}" type="headline" id="h"`, `<body>news</body>`);
      romeo.stanza("message", `to="${julia.jid}" id="j"`, `<propose xmlns="urn:xmpp:jingle-message:0" id="c"/>`);
      romeo.chat(julia.bare, "otr", `<no-store xmlns="${ns.hints}"/>`);
      romeo.stanza("message", `to="${julia.jid}" type="error" id="e"`, `<error type="cancel"/>`);

      assert.equal((await julia.hears("news")).attrs["type"], "headline");
      assert.ok((await julia.message("a call", ({ attrs }) => attrs["id"] === "j")).getChild("propose"));
      await julia.hears("otr");
      assert.equal((await julia.message("an error", ({ attrs }) => attrs["id"] === "e")).attrs["from"], romeo.jid);
      assert.equal(await head(served, romeo, julia), 0);
    });

    it("are kept all the same when asked to, or when they are of use later", async () => {
      julia.wire.cut();
      romeo.stanza("message", `to="${julia.bare}" id="1"`, `<x xmlns="urn:x"/><store xmlns="${ns.hints}"/>`);
      romeo.stanza("message", `to="${julia.bare}" id="2"`, `<reactions xmlns="urn:xmpp:reactions:0" id="m"/>`);
      romeo.stanza("message", `to="${julia.bare}" id="3"`, `<x xmlns="jabber:x:conference" jid="r@rooms.localhost"/>`);
      await romeo.ask("get", `<ping xmlns="urn:xmpp:ping"/>`);

      const back = await Talker.available(served.url, julia.name);
      for (const id of ["1", "2", "3"]) await back.message(id, ({ attrs }) => attrs["id"] === id);
      back.wire.cut();
    });
  });

  describe("and what became of them", () => {
    it("is received, told once, whoever said so first: the server or the client (XEP-0184)", async () => {
      romeo.chat(julia.bare, "m1", request);
      romeo.chat(julia.bare, "m2");
      await julia.hears("m2");
      julia.stanza("message", `to="${romeo.jid}" type="chat"`, `<received xmlns="${ns.receipts}" id="m1"/>`);

      const receipt = await romeo.message("a receipt", (message) => message.getChild("received", ns.receipts) !== undefined);
      assert.equal(receipt.getChild("received")!.attrs["id"], "m1");
      assert.equal(receipt.attrs["from"], julia.bare);
      julia.chat(romeo.bare, "later");
      await romeo.hears("later");
      assert.deepEqual((await romeo.messagesSoFar()).filter((text) => text.includes("<received")), []);
    });

    it("is displayed, for all up to the one that was marked (XEP-0333)", async () => {
      for (const id of ["m1", "m2", "m3"]) romeo.chat(julia.bare, id, `<markable xmlns="${ns.markers}"/>`);
      await julia.hears("m3");

      julia.stanza("message", `to="${romeo.bare}" type="chat"`, `<displayed xmlns="${ns.markers}" id="m2"/>`);

      for (const id of ["m1", "m2"]) {
        await romeo.message(`displayed ${id}`, (message) => message.getChild("displayed", ns.markers)?.attrs["id"] === id);
      }
      assert.deepEqual((await romeo.messagesSoFar()).filter((text) => text.includes("m3")), []);
    });

    it("is told to a device that was away meanwhile", async () => {
      julia.wire.cut();
      romeo.chat(julia.bare, "m1", request);
      await romeo.ask("get", `<ping xmlns="urn:xmpp:ping"/>`);
      romeo.wire.cut();
      const reader = await Talker.available(served.url, julia.name);
      await reader.hears("m1");
      reader.stanza("message", `to="${romeo.bare}"`, `<displayed xmlns="${ns.markers}" id="m1"/>`);
      await reader.ask("get", `<ping xmlns="urn:xmpp:ping"/>`);

      const back = await Talker.available(served.url, romeo.name, "garden");

      await back.message("received", (message) => message.getChild("received", ns.receipts)?.attrs["id"] === "m1");
      await back.message("displayed", (message) => message.getChild("displayed", ns.markers)?.attrs["id"] === "m1");
      reader.wire.cut();
      back.wire.cut();
    });

    it("is known by ids that the session no longer remembers", async () => {
      romeo.chat(julia.bare, "old", request);
      await julia.hears("old");
      julia.wire.cut();
      await romeo.message("received", (message) => message.getChild("received") !== undefined);
      const back = await Talker.available(served.url, julia.name, "other");

      back.stanza("message", `to="${romeo.bare}"`, `<displayed xmlns="${ns.markers}" id="old"/>`);

      await romeo.message("displayed", (message) => message.getChild("displayed", ns.markers)?.attrs["id"] === "old");
      back.wire.cut();
    });
  });

  describe("and one's other devices (XEP-0280)", () => {
    const enable = `<enable xmlns="${ns.carbons}"/>`;

    it("see what is said and what is heard, once they ask to", async () => {
      const [writer, reader, deaf] = [
        await Talker.available(served.url, romeo.name, "writer"),
        await Talker.available(served.url, julia.name, "reader"),
        await Talker.available(served.url, julia.name, "deaf"),
      ];
      await romeo.ask("set", enable);
      await julia.ask("set", enable);

      writer.chat(reader.jid, "psst");

      await reader.hears("psst");
      for (const [talker, direction] of [[romeo, "sent"], [julia, "received"]] as const) {
        const copy = await talker.message(direction, (message) => message.getChild(direction, ns.carbons) !== undefined);
        assert.equal(copy.attrs["from"], talker.bare);
        const inner = copy.getChild(direction)!.getChild("forwarded", "urn:xmpp:forward:0")!.getChild("message")!;
        assert.equal(inner.getChildText("body"), "psst");
        assert.equal(inner.attrs["from"], writer.jid);
        assert.equal(inner.attrs["to"], reader.jid);
      }
      assert.deepEqual(await deaf.messagesSoFar(), []);
      assert.deepEqual(await writer.messagesSoFar(), []);
      for (const each of [writer, reader, deaf]) each.wire.cut();
    });

    it("do not see what is private, nor anything once they ask not to", async () => {
      const sibling = await Talker.available(served.url, romeo.name, "sibling");
      await sibling.ask("set", enable);

      romeo.chat(julia.bare, "private", `<private xmlns="${ns.carbons}"/>`);
      romeo.chat(julia.bare, "not copied", `<no-copy xmlns="${ns.hints}"/>`);
      await sibling.ask("set", `<disable xmlns="${ns.carbons}"/>`);
      romeo.chat(julia.bare, "disabled");
      assert.equal((await julia.hears("private")).getChild("private"), undefined);
      await julia.hears("disabled");

      assert.deepEqual(await sibling.messagesSoFar(), []);
      sibling.wire.cut();
    });
  });

  describe("from other protocols", () => {
    it("look as if a client of this one had sent them", async () => {
      await fromDevice(served, romeo, julia, { body: "21.5 <&> \u0007\ud800" });

      const message = await julia.message("a message", (each) => each.getChild("body") !== undefined);
      assert.equal(message.getChildText("body"), "21.5 <&> \ufffd\ufffd");
      assert.equal(message.attrs["from"], `${romeo.bare}/mqtt:esp32`);
      assert.equal(message.attrs["type"], "chat");
      assert.equal(message.attrs["id"], message.getChild("stanza-id")!.attrs["id"]);
      assert.ok(message.getChild("request", ns.receipts) && message.getChild("markable", ns.markers));
    });

    it("say what they are when they are no text", async () => {
      await fromDevice(served, romeo, julia, { bytes: Uint8Array.of(1, 2, 3) });

      await julia.hears("[binary, 3 bytes]");
    });

    it("come to every device, though the answer was sent to one", async () => {
      await fromDevice(served, romeo, julia, { body: "hi" });
      await julia.hears("hi");

      julia.chat(`${romeo.bare}/mqtt:esp32`, "answer");

      await romeo.hears("answer");
    });

    it("are received when their reader's client says so", async () => {
      const { seq } = await fromDevice(served, romeo, julia, { body: "hi" });
      const conversation = conversationOf(romeo, julia);
      const message = await julia.hears("hi");

      julia.stanza("message", `to="${message.attrs["from"]}"`, `<displayed xmlns="${ns.markers}" id="${message.attrs["id"]}"/>`);
      await julia.ask("get", `<ping xmlns="urn:xmpp:ping"/>`);

      await eventually(async () => {
        const marks = await served.core.conversations.marks(user(julia), conversation);
        return marks.some((one) => one.user === user(julia) && one.read === seq && one.delivered === seq);
      });
    });
  });

  it("come through a client that speaks slowly and says much: nothing is lost over the window", async () => {
    await using own = await serve({ window: 4 });
    const [alice, bob] = [await Talker.available(own.url, "alice"), await Talker.bound(own.url, "bob")];
    bob.wire.send(`<enable xmlns="urn:xmpp:sm:3"/>`);
    await bob.wire.element("enabled", (element) => element.getName() === "enabled");
    await bob.appear();

    for (let n = 1; n <= 20; n++) alice.chat("bob@localhost", `m${n}`);
    await alice.ask("get", `<ping xmlns="urn:xmpp:ping"/>`);

    let h = 1;
    for (let n = 1; n <= 20; n++) {
      await bob.hears(`m${n}`);
      bob.wire.send(`<a xmlns="urn:xmpp:sm:3" h="${++h}"/>`);
    }
    alice.wire.cut();
    bob.wire.cut();
  });

  it("cost nobody else anything when they are no XML", async () => {
    const wire = await Wire.connect(served.url);
    wire.send("<message");
    assert.equal(await wire.closed(), 1000);
    const binary = await Wire.connect(served.url);
    binary.send(Uint8Array.of(1));
    assert.equal(await binary.closed(), 1003);

    romeo.chat(julia.bare, "still here");
    await julia.hears("still here");
  });
});

function bodies(messages: readonly string[]): string[] {
  return messages.flatMap((text) => /<body>([^<]*)/.exec(text)?.[1] ?? []);
}

function user(talker: Talker): UserId {
  return talker.bare as UserId;
}

function conversationOf(one: Talker, other: Talker): ReturnType<typeof directOf> {
  return directOf(user(one), user(other));
}

function head(served: Served, one: Talker, other: Talker): Promise<number> {
  return served.core.conversations.head(conversationOf(one, other));
}

async function fromDevice(served: Served, from: Talker, to: Talker, content: Pick<Draft, "body" | "bytes">): Promise<{ seq: number }> {
  const { envelope } = await served.core.router.sendOne({
    conversation: conversationOf(from, to),
    kind: "message",
    author: user(from),
    device: "mqtt:esp32" as DeviceId,
    originId: "x" as OriginId,
    ...content,
  });
  return envelope;
}

async function eventually(fact: () => Promise<boolean>): Promise<void> {
  const until = performance.now() + 4000;
  while (!(await fact())) {
    assert.ok(performance.now() < until, fact.toString());
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
