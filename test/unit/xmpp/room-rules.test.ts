import assert from "node:assert/strict";
import { roomOf, type UserId } from "#core";
import { ns, ping, roomScene } from "./room-scene.ts";
import { conditionOf, type Talker } from "./socket.ts";
import { isError } from "./words.ts";

describe("the rules of rooms (XEP-0045)", () => {
  const at = roomScene();

  const refusals: readonly (readonly [what: string, act: (talker: Talker) => void, condition: string])[] = [
    [
      "a nick somebody else has",
      (talker) => talker.stanza("presence", `to="${at.address}/r"`, `<x xmlns="${ns.muc}"/>`),
      "conflict",
    ],
    ["no nick", (talker) => talker.stanza("presence", `to="${at.address}"`, `<x xmlns="${ns.muc}"/>`), "jid-malformed"],
    ["presence from outside", (talker) => talker.stanza("presence", `to="${at.address}/j"`, ""), "not-acceptable"],
    [
      "a message from outside",
      (talker) => talker.stanza("message", `to="${at.address}" type="groupchat"`, "<body>x</body>"),
      "not-acceptable",
    ],
    ["a subscription", (talker) => talker.stanza("presence", `to="${at.address}" type="subscribe"`), "bad-request"],
  ];
  for (const [what, act, condition] of refusals) {
    it(`refuse ${what} with ${condition}`, async () => {
      await at.join(at.romeo, "r");

      act(at.julia);

      const refusal = await at.julia.wire.element("a refusal", (element) => element.attrs["type"] === "error");
      assert.equal(conditionOf(refusal), condition);
      assert.equal(at.served.core.rooms.occupants(at.id).length, 1);
    });
  }

  it("let nobody take another's nick, and leave the one who tries where it was", async () => {
    await at.join(at.romeo, "r");
    await at.join(at.julia, "j");

    at.julia.stanza("presence", `to="${at.address}/r"`);

    assert.equal(
      conditionOf(await at.julia.presence("a refusal", ({ attrs }) => attrs["type"] === "error")),
      "conflict",
    );
    at.say(at.julia, "still j");
    assert.equal((await at.romeo.hears("still j")).attrs["from"], `${at.address}/j`);
  });

  it("carry a word to one of them only (§7.5)", async () => {
    await at.join(at.romeo, "r");
    await at.join(at.julia, "j");

    at.romeo.stanza("message", `to="${at.address}/j" type="chat" id="w"`, "<body>psst</body>");

    const word = await at.julia.hears("psst");
    assert.equal(word.attrs["from"], `${at.address}/r`);
    assert.ok(word.getChild("x", ns.user));
    at.romeo.stanza("message", `to="${at.address}/nobody" type="chat"`, "<body>x</body>");
    assert.equal(conditionOf(await at.romeo.message("a refusal")), "item-not-found");
    at.romeo.stanza("message", `to="${at.address}/j" type="groupchat"`, "<body>x</body>");
    assert.equal(conditionOf(await at.romeo.message("a refusal")), "bad-request");
    assert.equal(await at.served.core.conversations.head(at.id), 0);
  });

  it("carry questions between occupants, and answer who pings itself (XEP-0410)", async () => {
    await at.join(at.romeo, "r");
    assert.equal(conditionOf(await at.julia.ask("get", ping, `${at.address}/j`)), "not-acceptable");
    await at.join(at.julia, "j");
    assert.equal((await at.julia.ask("get", ping, `${at.address}/j`)).attrs["type"], "result");

    const asked = at.julia.ask("get", `<query xmlns="urn:q"/>`, `${at.address}/r`);
    const question = await at.romeo.wire.element(
      "the question",
      (element) => element.getChild("query", "urn:q") !== undefined,
    );
    assert.equal(question.attrs["from"], `${at.address}/j`);
    at.romeo.stanza("iq", `to="${question.attrs["from"]}" id="${question.attrs["id"]}" type="result"`);

    assert.equal((await asked).attrs["from"], `${at.address}/r`);
    assert.equal(conditionOf(await at.julia.ask("get", ping, `${at.address}/x`)), "item-not-found");
  });

  it("are found, and say what they are like (§6)", async () => {
    await at.join(at.romeo, "r");

    const services = await at.julia.ask("get", `<query xmlns="${ns.items}"/>`, "localhost");
    assert.match(String(services), /<item jid="rooms.localhost" name="Rooms"\/>/);
    assert.match(
      String(await at.julia.ask("get", `<query xmlns="${ns.info}"/>`, "rooms.localhost")),
      /category="conference" type="text".*var="http:\/\/jabber.org\/protocol\/muc"/,
    );
    assert.match(
      String(await at.julia.ask("get", `<query xmlns="${ns.items}"/>`, "rooms.localhost")),
      new RegExp(`<item jid="${at.address}" name="${at.name}"/>`),
    );
    const info = String(await at.julia.ask("get", `<query xmlns="${ns.info}"/>`, at.address));
    for (const feature of ["muc_open", "muc_persistent", "muc_public", "muc_nonanonymous", "muc_unmoderated"])
      assert.match(info, new RegExp(feature));
    assert.match(info, /roominfo_occupants.*<value>1</);
    assert.equal(
      conditionOf(await at.julia.ask("get", `<query xmlns="${ns.info}"/>`, `none@rooms.localhost`)),
      "item-not-found",
    );
    for (const each of [at.julia, at.romeo])
      assert.match(
        String(await each.ask("get", `<query xmlns="${ns.items}"/>`, at.address)),
        new RegExp(`<item jid="${at.address}/r"/>`),
      );
    const hidden = `<query xmlns="${ns.owner}"><x xmlns="jabber:x:data" type="submit"><field var="muc#roomconfig_publicroom"><value>0</value></field></x></query>`;
    assert.equal((await at.romeo.ask("set", hidden, at.address)).attrs["type"], "result");
    assert.doesNotMatch(String(await at.julia.ask("get", `<query xmlns="${ns.items}"/>`, at.address)), /<item/);
  });

  it("are unlocked and ended by their owner alone (§10)", async () => {
    await at.join(at.romeo, "r");
    await at.join(at.julia, "j");
    const instant = `<query xmlns="${ns.owner}"><x xmlns="jabber:x:data" type="submit"/></query>`;
    const closed = `<query xmlns="${ns.owner}"><x xmlns="jabber:x:data" type="submit"><field var="muc#roomconfig_membersonly"><value>1</value></field></x></query>`;
    const end = `<query xmlns="${ns.owner}"><destroy/></query>`;

    assert.match(String(await at.romeo.ask("get", `<query xmlns="${ns.owner}"/>`, at.address)), /type="form"/);
    assert.equal((await at.romeo.ask("set", instant, at.address)).attrs["type"], "result");
    assert.equal((await at.romeo.ask("set", closed, at.address)).attrs["type"], "result");
    await at.julia.presence("its own end, for no member", ({ attrs }) => attrs["type"] === "unavailable");
    assert.equal((await at.romeo.ask("set", closed.replace("<value>1<", "<value>0<"), at.address)).attrs["type"], "result"); // prettier-ignore
    await at.join(at.julia, "j");
    for (const query of [instant, end])
      assert.equal(conditionOf(await at.julia.ask("set", query, at.address)), "forbidden");
    assert.equal((await at.romeo.ask("set", end, at.address)).attrs["type"], "result");

    const gone = await at.julia.presence("the end", ({ attrs }) => attrs["type"] === "unavailable");
    assert.ok(gone.getChild("x", ns.user)!.getChild("destroy"));
    assert.equal(await at.served.core.rooms.find(at.id), undefined);
  });

  it("keep out whom they do not want", async () => {
    await at.join(at.romeo, "r");
    await at.served.core.rooms.setAffiliation(at.id, at.romeo.bare as UserId, at.julia.bare as UserId, "outcast");
    const members = roomOf(`${at.name}-m`, "localhost");
    await at.served.core.rooms.create(members, at.romeo.bare as UserId, { open: false });

    at.julia.stanza("presence", `to="${at.address}/j"`, `<x xmlns="${ns.muc}"/>`);
    at.julia.stanza("presence", `to="${at.name}-m@rooms.localhost/j"`, `<x xmlns="${ns.muc}"/>`);

    const refusals = [await at.julia.presence("one", isError), await at.julia.presence("two", isError)];
    assert.deepEqual(refusals.map(conditionOf), ["forbidden", "registration-required"]);
    at.say(at.romeo, "alone");
    await at.romeo.hears("alone");
    assert.deepEqual(await at.julia.messagesSoFar(), []);
  });
});
