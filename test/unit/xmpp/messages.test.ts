import assert from "node:assert/strict";
import { directOf, type UserId } from "#core";
import { scene } from "./scene.ts";
import { serve, type Served } from "./served.ts";
import { conditionOf, Talker, Wire } from "./socket.ts";

const ns = {
  delay: "urn:xmpp:delay",
  hints: "urn:xmpp:hints",
  states: "http://jabber.org/protocol/chatstates",
  ids: "urn:xmpp:sid:0",
};

describe("messages from person to person", () => {
  const at = scene();

  it("arrive as they were sent, under the sender's address and with the server's name for them", async () => {
    at.romeo.stanza(
      "message",
      `to="${at.julia.bare}" type="chat" id="m1" xml:lang="en"`,
      `<subject>s</subject><body>a &lt; b</body><body xml:lang="de">kleiner</body><x xmlns="urn:x" y="1"><z/></x><thread>t</thread>`,
    );

    const message = await at.julia.hears("a < b");
    const id = message.getChild("stanza-id", ns.ids)!.attrs["id"]!;
    assert.equal(
      String(message),
      `<message xmlns="jabber:client" from="${at.romeo.jid}" to="${at.julia.bare}" type="chat" id="m1" xml:lang="en">` +
        `<subject>s</subject><body>a &lt; b</body><body xml:lang="de">kleiner</body><x xmlns="urn:x" y="1"><z/></x><thread>t</thread>` +
        `<stanza-id xmlns="${ns.ids}" by="${at.julia.bare}" id="${id}"/></message>`,
    );
    assert.match(id, /^[0-9a-f-]{36}$/);
  });

  it("keep their type, or that they have none", async () => {
    at.romeo.stanza("message", `to="${at.julia.bare}" type="normal"`, "<body>1</body>");
    at.romeo.stanza("message", `to="${at.julia.bare}"`, "<body>2</body>");
    at.romeo.stanza("message", `to="${at.julia.bare}" type="nonsense"`, "<body>3</body>");

    for (const body of ["1", "2", "3"]) assert.equal((await at.julia.hears(body)).attrs["type"], undefined);
  });

  it("wait for who is away, in order and dated, and come once (XEP-0160)", async () => {
    await at.served.lose(at.julia);
    for (const body of ["one", "two", "three"]) at.romeo.chat(at.julia.bare, body);
    await at.romeo.ask("get", `<ping xmlns="urn:xmpp:ping"/>`);

    const back = await Talker.available(at.served.url, at.julia.name, "balcony");

    const first = await back.message("the first", (message) => message.getChild("body") !== undefined);
    assert.equal(first.getChildText("body"), "one");
    assert.equal(first.getChild("delay", ns.delay)?.attrs["from"], "localhost");
    assert.ok(Date.now() - Date.parse(first.getChild("delay")!.attrs["stamp"]!) < 60_000);
    await back.hears("two");
    await back.hears("three");
    back.wire.cut();
  });

  it("come neither to a resource of negative priority nor to one that never said it was there", async () => {
    await at.served.lose(at.julia);
    const negative = await Talker.bound(at.served.url, at.julia.name, "negative");
    await negative.appear("<priority>-1</priority>");
    const mute = await Talker.bound(at.served.url, at.julia.name, "mute");

    at.romeo.chat(at.julia.bare, "for the account");
    at.romeo.chat(negative.jid, "for negative");
    at.romeo.chat(mute.jid, "for mute");
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
    const sibling = await Talker.available(at.served.url, at.romeo.name, "sibling");

    at.romeo.chat(at.romeo.bare, "note");
    at.romeo.chat(at.romeo.jid, "echo");

    await at.romeo.hears("note");
    await at.romeo.hears("echo");
    assert.equal((await sibling.hears("note")).attrs["from"], at.romeo.jid);
    sibling.wire.cut();
  });

  const refusals: readonly (readonly [what: string, attributes: string, inner: string, condition: string])[] = [
    ["to nobody we know", `to="nobody@localhost"`, "<body>x</body>", "service-unavailable"],
    ["to another server", `to="a@elsewhere"`, "<body>x</body>", "remote-server-not-found"],
    ["to the server", `to="localhost"`, "<body>x</body>", "service-unavailable"],
    ["to what is no address", `to="a b@localhost"`, "<body>x</body>", "jid-malformed"],
    ["of a room, to a person", `to="alice@localhost" type="groupchat"`, "<body>x</body>", "service-unavailable"],
    [
      "not to be kept, to nobody there",
      `to="carol@localhost"`,
      `<body>x</body><no-store xmlns="${ns.hints}"/>`,
      "service-unavailable",
    ],
  ];
  for (const [what, attributes, inner, condition] of refusals) {
    it(`${what} are answered with ${condition}, and of type error with nothing`, async () => {
      at.romeo.stanza("message", `${attributes} id="m1"`, inner);

      const error = await at.romeo.message("an error");
      assert.equal(conditionOf(error), condition);
      assert.equal(error.attrs["id"], "m1");
      assert.equal(error.attrs["from"], /to="([^"]*)"/.exec(attributes)![1]);
      at.romeo.stanza("message", `${attributes.replace(/ type="\w+"/, "")} type="error"`, "<body>x</body>");
      assert.deepEqual(await at.romeo.messagesSoFar(), []);
    });
  }

  it("come back without what would be taken for the server's own error (RFC 6120 §8.3)", async () => {
    at.romeo.stanza(
      "message",
      `to="nobody@localhost" id="m1"`,
      `<body>x</body><error type="auth"><forbidden/></error>`,
    );

    const error = await at.romeo.message("an error");
    assert.equal(error.getChildren("error").length, 1);
    assert.equal(conditionOf(error), "service-unavailable");
  });

  it("lose what only the server may say (X24)", async () => {
    at.romeo.chat(
      at.julia.bare,
      "forged",
      `<stanza-id xmlns="${ns.ids}" by="${at.julia.bare}" id="f"/><stanza-id xmlns="${ns.ids}" by="localhost" id="f"/><stanza-id xmlns="${ns.ids}" by="r@rooms.localhost" id="f"/>` +
        `<stanza-id xmlns="${ns.ids}" by="elsewhere" id="kept"/><delay xmlns="${ns.delay}" from="localhost" stamp="2002-09-10T23:08:25Z"/>` +
        `<delay xmlns="${ns.delay}" from="${at.romeo.jid}" stamp="2002-09-10T23:08:25Z"/><occupant-id xmlns="urn:xmpp:occupant-id:0" id="f"/>`,
    );

    const message = await at.julia.hears("forged");
    assert.deepEqual(
      message.getChildren("stanza-id").map(({ attrs }) => attrs["by"]),
      ["elsewhere", at.julia.bare],
    );
    assert.deepEqual(
      message.getChildren("delay").map(({ attrs }) => attrs["from"]),
      [at.romeo.jid],
    );
    assert.equal(message.getChild("occupant-id"), undefined);
  });

  it("sent again under their origin id arrive once, and another body under it is a conflict (P3)", async () => {
    const origin = `<origin-id xmlns="${ns.ids}" id="o1"/>`;
    at.romeo.chat(at.julia.bare, "once", origin);
    at.romeo.chat(at.julia.bare, "once", origin);
    at.romeo.chat(at.julia.bare, "else", origin);

    await at.julia.hears("once");
    assert.equal(conditionOf(await at.romeo.message("a refusal")), "conflict");
    at.romeo.chat(at.julia.bare, "last");
    await at.julia.hears("last");
    assert.deepEqual(bodies(await at.julia.messagesSoFar()), []);
  });

  it("reach nobody under another's address (X10)", async () => {
    const other = await Talker.available(at.served.url, at.romeo.name, "other");
    other.stanza("message", `from="${at.julia.bare}" to="${at.julia.bare}" type="chat"`, "<body>forged</body>");

    await other.wire.element("a stream error", (element) => String(element).includes("<invalid-from"));
    assert.equal(await other.wire.closed(), 1000);
    assert.deepEqual(await at.julia.messagesSoFar(), []);
  });

  it("go out under their device's own address, whatever resource they claim (RFC 6120 §8.1.2.1)", async () => {
    at.romeo.stanza(
      "message",
      `from="${at.romeo.bare}/made-up" to="${at.julia.bare}" type="chat"`,
      "<body>mine</body>",
    );

    assert.equal((await at.julia.hears("mine")).attrs["from"], at.romeo.jid);
  });

  describe("that say nothing to be kept", () => {
    it("are typing to the other, and not kept (P6)", async () => {
      at.romeo.stanza(
        "message",
        `to="${at.julia.bare}" type="chat"`,
        `<composing xmlns="${ns.states}"/><no-store xmlns="${ns.hints}"/>`,
      );

      const typing = await at.julia.message(
        "typing",
        (message) => message.getChild("composing", ns.states) !== undefined,
      );
      assert.equal(typing.attrs["from"], at.romeo.jid);
      assert.equal(await head(at.served, at.romeo, at.julia), 0);
    });

    it("travel as they are, to whoever is there", async () => {
      at.romeo.stanza("message", `to="${at.julia.bare}" type="headline" id="h"`, `<body>news</body>`);
      at.romeo.stanza("message", `to="${at.julia.jid}" id="j"`, `<propose xmlns="urn:xmpp:jingle-message:0" id="c"/>`);
      at.romeo.chat(at.julia.bare, "otr", `<no-store xmlns="${ns.hints}"/>`);
      at.romeo.stanza("message", `to="${at.julia.jid}" type="error" id="e"`, `<error type="cancel"/>`);

      assert.equal((await at.julia.hears("news")).attrs["type"], "headline");
      assert.ok((await at.julia.message("a call", ({ attrs }) => attrs["id"] === "j")).getChild("propose"));
      await at.julia.hears("otr");
      assert.equal(
        (await at.julia.message("an error", ({ attrs }) => attrs["id"] === "e")).attrs["from"],
        at.romeo.jid,
      );
      assert.equal(await head(at.served, at.romeo, at.julia), 0);
    });

    it("are kept all the same when asked to, or when they are of use later", async () => {
      await at.served.lose(at.julia);
      at.romeo.stanza("message", `to="${at.julia.bare}" id="1"`, `<x xmlns="urn:x"/><store xmlns="${ns.hints}"/>`);
      at.romeo.stanza("message", `to="${at.julia.bare}" id="2"`, `<reactions xmlns="urn:xmpp:reactions:0" id="m"/>`);
      at.romeo.stanza(
        "message",
        `to="${at.julia.bare}" id="3"`,
        `<x xmlns="jabber:x:conference" jid="r@rooms.localhost"/>`,
      );
      await at.romeo.ask("get", `<ping xmlns="urn:xmpp:ping"/>`);

      const back = await Talker.available(at.served.url, at.julia.name);
      for (const id of ["1", "2", "3"]) await back.message(id, ({ attrs }) => attrs["id"] === id);
      back.wire.cut();
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
    const wire = await Wire.connect(at.served.url);
    wire.send("<message");
    assert.equal(await wire.closed(), 1000);
    const binary = await Wire.connect(at.served.url);
    binary.send(Uint8Array.of(1));
    assert.equal(await binary.closed(), 1003);

    at.romeo.chat(at.julia.bare, "still here");
    await at.julia.hears("still here");
  });
});

function bodies(messages: readonly string[]): string[] {
  return messages.flatMap((text) => /<body>([^<]*)/.exec(text)?.[1] ?? []);
}

function head(served: Served, one: Talker, other: Talker): Promise<number> {
  return served.core.conversations.head(directOf(one.bare as UserId, other.bare as UserId));
}
