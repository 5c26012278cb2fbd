import assert from "node:assert/strict";
import { ns, ping, roomScene } from "./room-scene.ts";
import { item, statuses } from "./words.ts";

describe("rooms (XEP-0045)", () => {
  const at = roomScene({ roomHistory: 3 });

  it("are made by whoever comes first, who owns them", async () => {
    const { self } = await at.join(at.romeo, "r");

    assert.deepEqual(statuses(self), ["100", "170", "110", "201"]);
    const { affiliation, role, jid } = item(self);
    assert.deepEqual([affiliation, role, jid], ["owner", "moderator", at.romeo.jid]);
    assert.equal((await at.served.core.rooms.find(at.id))?.createdBy, at.romeo.bare);
  });

  it("show, in this order: who is here, oneself, what was said, the subject, what is said then (§7.2.2)", async () => {
    await at.join(at.romeo, "r");
    for (const body of ["1", "2", "3", "4"]) at.say(at.romeo, body);
    at.romeo.stanza("message", `to="${at.address}" type="groupchat" id="s"`, "<subject>balcony</subject>");
    await at.romeo.message("the subject", (message) => message.getChildText("subject") === "balcony");

    at.julia.wire.rest();
    at.julia.stanza("presence", `to="${at.address}/j"`, `<x xmlns="${ns.muc}"/>`);
    await at.julia.ask("get", ping);
    at.say(at.romeo, "5");
    await at.romeo.hears("5");
    await at.julia.ask("get", ping);

    const seen = at.julia.wire
      .rest()
      .map((text) => /<body>(\d)|<subject>(\w+)|<presence.* from="[^"]*\/([rj])"/.exec(text)!.slice(1).find(Boolean));
    assert.deepEqual(seen, ["r", "j", "3", "4", "balcony", "5"]); // of three entries back one was the subject
  });

  it("reflect a message to all, under its own at.id, from the occupant (§7.4)", async () => {
    await at.join(at.romeo, "r");
    await at.join(at.julia, "j");

    at.romeo.stanza(
      "message",
      `to="${at.address}" type="groupchat" id="m1" xml:lang="it"`,
      `<body>ciao</body><x xmlns="urn:x"/>`,
    );

    for (const each of [at.romeo, at.julia]) {
      const message = await each.hears("ciao");
      const stanzaId = message.getChild("stanza-id", ns.ids)!;
      assert.equal(
        String(message),
        `<message xmlns="jabber:client" from="${at.address}/r" type="groupchat" id="m1" xml:lang="it" to="${each.jid}"><body>ciao</body><x xmlns="urn:x"/>` +
          `<occupant-id xmlns="urn:xmpp:occupant-id:0" id="${message.getChild("occupant-id")!.attrs["id"]}"/>` +
          `<stanza-id xmlns="${ns.ids}" by="${at.address}" id="${stanzaId.attrs["id"]}"/></message>`,
      );
    }
  });

  const wishes: readonly (readonly [what: string, wish: string, bodies: readonly string[]])[] = [
    ["as the server thinks fit", "", ["2", "3", "4"]],
    ["nothing, by maxstanzas", `<history maxstanzas="0"/>`, []],
    ["nothing, by maxchars", `<history maxchars="0"/>`, []],
    ["so many", `<history maxstanzas="2"/>`, ["3", "4"]],
    ["as much as fits", `<history maxchars="1000"/>`, ["3", "4"]],
    ["since long", `<history since="2001-01-01T00:00:00Z"/>`, ["1", "2", "3", "4"]],
    ["since a time to come", `<history since="2999-01-01T00:00:00Z"/>`, []],
    ["of the last minute", `<history seconds="60" maxstanzas="10"/>`, ["1", "2", "3", "4"]],
    ["what cannot be understood", `<history maxstanzas="-1"/>`, ["2", "3", "4"]],
  ];
  for (const [what, wish, bodies] of wishes) {
    it(`tell of what was said: ${what} (§7.2.14)`, async () => {
      await at.join(at.romeo, "r");
      for (const body of ["1", "2", "3", "4"]) at.say(at.romeo, body);
      await at.romeo.hears("4");

      const { past } = await at.join(at.julia, "j", wish);
      at.say(at.romeo, "live");
      await at.julia.hears("live");

      assert.deepEqual(past, bodies);
      assert.deepEqual(await at.julia.messagesSoFar(), []);
    });
  }

  it("let an occupant change its nick, and tell the others (§7.6)", async () => {
    await at.join(at.romeo, "r");
    await at.join(at.julia, "j");

    at.romeo.stanza("presence", `to="${at.address}/rr"`);

    for (const each of [at.romeo, at.julia]) {
      const gone = await each.presence(
        "the old nick's end",
        ({ attrs }) => attrs["from"] === `${at.address}/r` && attrs["type"] === "unavailable",
      );
      assert.deepEqual(statuses(gone), each === at.romeo ? ["303", "110"] : ["303"]);
      assert.equal(item(gone)["nick"], "rr");
      await each.presence(
        "the new nick",
        ({ attrs }) => attrs["from"] === `${at.address}/rr` && attrs["type"] === undefined,
      );
    }
    at.say(at.romeo, "still me");
    assert.equal((await at.julia.hears("still me")).attrs["from"], `${at.address}/rr`);
  });

  it("carry what occupants say of themselves (§7.7)", async () => {
    await at.join(at.romeo, "r");
    await at.join(at.julia, "j");

    at.romeo.stanza(
      "presence",
      `to="${at.address}/r"`,
      `<show>away</show><status>asleep</status><c xmlns="http://jabber.org/protocol/caps" node="n" ver="v"/>`,
    );

    const presence = await at.julia.presence("away", (each) => each.getChildText("show") === "away");
    assert.equal(presence.getChildText("status"), "asleep");
    assert.ok(presence.getChild("c"));
    assert.equal(item(presence)["role"], "moderator");
  });

  it("tell everybody who leaves, by word or by wire (§7.14)", async () => {
    await at.join(at.romeo, "r");
    await at.join(at.julia, "j");

    at.romeo.stanza("presence", `to="${at.address}/r" type="unavailable"`);

    const self = await at.romeo.presence("own leave", ({ attrs }) => attrs["type"] === "unavailable");
    assert.deepEqual(statuses(self), ["110"]);
    await at.julia.presence(
      "the leave",
      ({ attrs }) => attrs["from"] === `${at.address}/r` && attrs["type"] === "unavailable",
    );
    await at.join(at.romeo, "r");
    at.romeo.wire.cut();
    await at.julia.presence(
      "the cut",
      ({ attrs }) => attrs["from"] === `${at.address}/r` && attrs["type"] === "unavailable",
    );
  });

  it("are left by whoever becomes unavailable", async () => {
    await at.join(at.romeo, "r");
    await at.join(at.julia, "j");

    at.romeo.stanza("presence", `type="unavailable"`);

    await at.julia.presence(
      "the leave",
      ({ attrs }) => attrs["from"] === `${at.address}/r` && attrs["type"] === "unavailable",
    );
    assert.equal(at.served.core.rooms.occupants(at.id).length, 1);
  });
});
