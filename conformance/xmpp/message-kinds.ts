// XEP-0308, 0424, 0425, 0444, 0461, 0421: what is said about earlier messages, directly and in rooms.
import assert from "node:assert/strict";
import { conditionOf, ns } from "../clients/xmpp.ts";
import { company, features, hears, isResult, knock, muc, roomSays, say } from "../muc-kit.ts";
import { requirement } from "./requirement.ts";

const correct = "urn:xmpp:message-correct:0";
const retract = "urn:xmpp:message-retract:1";
const moderate = "urn:xmpp:message-moderate:1";
const reactions = "urn:xmpp:reactions:0";
const reply = "urn:xmpp:reply:0";
const fallback = "urn:xmpp:fallback:0";
const occupantIds = "urn:xmpp:occupant-id:0";
const direct = { only: "any" } as const;

const stanzaIdOf = (xml: { deep(name: string, xmlns?: string): { attributes: Readonly<Record<string, string>> } | undefined }): string =>
  xml.deep("stanza-id", ns.sid)!.attributes["id"]!; // prettier-ignore

describe("messages about messages", () => {
  const parts: readonly (readonly [clause: string, quote: string, inside: (id: string) => string, name: string, xmlns: string])[] = [
    ["XEP-0308 §3", "A correction is a message with <replace/>, which carries the id of the message it corrects, and the new text.", (id) => `<body>better</body><replace xmlns="${correct}" id="${id}"/>`, "replace", correct],
    ["XEP-0424 §3", "A retraction names the message by its id, with a fallback body.", (id) => `<retract xmlns="${retract}" id="${id}"/><fallback xmlns="${fallback}" for="${retract}"/><body>/me retracted a message</body>`, "retract", retract],
    ["XEP-0444 §3.1", "A reaction is a message with <reactions/>, which carries the id of the message and all the reactions.", (id) => `<reactions xmlns="${reactions}" id="${id}"><reaction>👋</reaction><reaction>🐢</reaction></reactions>`, "reactions", reactions],
    ["XEP-0461 §3.1", "A reply carries <reply/> with the id of the message and its author.", (id) => `<reply xmlns="${reply}" to="a@b" id="${id}"/><body>> hi\nyes</body><fallback xmlns="${fallback}" for="${reply}"><body start="0" end="5"/></fallback>`, "reply", reply],
  ]; // prettier-ignore
  for (const [clause, quote, inside, name, xmlns] of parts) {
    requirement(clause, quote, async (t) => {
      const [romeo, juliet, id] = [await t.available(0), await t.available(1), t.word()];
      romeo.send(`<message xmlns="jabber:client" type="chat" to="${juliet.bare}" id="${id}"><body>${id}</body><origin-id xmlns="${ns.sid}" id="${id}"/></message>`);
      await juliet.message(id);

      romeo.send(`<message xmlns="jabber:client" type="chat" to="${juliet.bare}" id="${id}-2">${inside(id)}</message>`);

      const heard = await hears(juliet, `${id}-2`);
      assert.equal(heard.child(name, xmlns)?.attributes["id"], id);
      assert.equal(heard.child(name, xmlns)?.elements.length, name === "reactions" ? 2 : 0);
    }, { ...direct, about: "directly" }); // prettier-ignore

    requirement(clause, quote, async (t) => {
      const { room, owner, guest } = await company(t);
      const first = say(guest, room, "<body>hark</body>");
      const named = name === "replace" ? first : stanzaIdOf(await hears(owner, first));
      await hears(guest, first);

      const id = say(guest, room, inside(named));

      for (const each of [owner, guest]) {
        const heard = await hears(each, id);
        assert.equal(heard.attributes["type"], "groupchat");
        assert.equal(heard.child(name, xmlns)?.attributes["id"], named);
      }
    }, { ...muc, about: "in a room" }); // prettier-ignore
  }

  requirement("XEP-0308 §4", "A message with a body keeps its body: who does not understand the correction sees the new text.", async (t) => {
    const [romeo, juliet, id] = [await t.available(0), await t.available(1), t.word()];
    romeo.send(`<message xmlns="jabber:client" type="chat" to="${juliet.bare}" id="${id}"><body>${id}</body></message>`);
    await juliet.message(id);

    romeo.send(`<message xmlns="jabber:client" type="chat" to="${juliet.bare}" id="${id}-2"><body>${id} better</body><replace xmlns="${correct}" id="${id}"/></message>`);

    assert.equal((await hears(juliet, `${id}-2`)).childText("body"), `${id} better`);
  }, direct); // prettier-ignore

  requirement("XEP-0424 §6", "A service that supports retraction SHOULD prevent further distribution of the message, e.g. by not replaying it to new occupants.", async (t) => {
    const { room, guest } = await company(t);
    const first = say(guest, room, "<body>a secret</body>");
    const named = stanzaIdOf(await hears(guest, first));
    await hears(guest, say(guest, room, `<retract xmlns="${retract}" id="${named}"/><fallback xmlns="${fallback}" for="${retract}"/><body>/me retracted</body>`));
    const third = await t.available(2);

    await knock(third, room, "third");
    await roomSays(third, room, "the subject", (xml) => xml.child("subject") !== undefined);

    assert.ok(!third.waiting.some((xml) => String(xml).includes("a secret")));
  }, { ...muc, needs: ["muc", "policy"] }); // prettier-ignore

  requirement("XEP-0424 §6", "A retraction MUST only be processed when it is from the author of the message.", async (t) => {
    const { room, owner, guest } = await company(t);
    const third = await t.available(2);
    await t.enter(third, room, "third");
    const named = stanzaIdOf(await hears(guest, say(guest, room, "<body>mine</body>")));

    const id = say(third, room, `<retract xmlns="${retract}" id="${named}"/>`, t.word());

    assert.equal(conditionOf(await hears(third, id)), "forbidden");
    assert.ok(owner.jid !== "");
  }, { ...muc, needs: ["muc", "policy"], about: "another's" }); // prettier-ignore

  requirement("XEP-0425 §4", "If the moderator is allowed to, the service sends a retraction with <moderated by=…/> from the room to all, and an empty result.", async (t) => {
    const { room, owner, guest } = await company(t);
    const named = stanzaIdOf(await hears(guest, say(guest, room, "<body>free magic potions</body>")));

    isResult(await owner.iq("set", `<moderate xmlns="${moderate}" id="${named}"><retract xmlns="${retract}"/><reason>spam</reason></moderate>`, room));

    for (const each of [owner, guest]) {
      const told = await roomSays(each, room, "the retraction", (xml) => xml.child("retract", retract)?.attributes["id"] === named);
      assert.equal(told.attributes["from"], room);
      assert.equal(told.deep("moderated", moderate)?.attributes["by"], `${room}/owner`);
      assert.equal(told.child("retract", retract)!.childText("reason"), "spam");
    }
  }, { ...muc, needs: ["muc", "policy"] }); // prettier-ignore

  requirement("XEP-0425 §4", "Who is no moderator is refused with <forbidden/>; a message that is not there is <item-not-found/>.", async (t) => {
    const { room, owner, guest } = await company(t);
    const named = stanzaIdOf(await hears(owner, say(owner, room, "<body>mine</body>")));
    const ask = `<retract xmlns="${retract}"/>`;

    assert.equal(conditionOf(await guest.iq("set", `<moderate xmlns="${moderate}" id="${named}">${ask}</moderate>`, room)), "forbidden");
    assert.equal(conditionOf(await owner.iq("set", `<moderate xmlns="${moderate}" id="nothing">${ask}</moderate>`, room)), "item-not-found");
  }, { ...muc, needs: ["muc", "policy"], about: "refused" }); // prettier-ignore

  requirement("XEP-0425 §3", "A room that supports moderation says so in its disco#info.", async (t) => {
    const { room, owner } = await company(t);

    const found = await features(owner, room);

    for (const each of [moderate, retract, occupantIds]) assert.ok(found.includes(each), each);
  }, { ...muc, needs: ["muc", "policy"] }); // prettier-ignore

  requirement("XEP-0421 §3", "The occupant id is the same in all presences and messages of an account in the room, whatever its nick, and differs between accounts.", async (t) => {
    const { room, owner, guest } = await company(t);
    const idIn = (xml: Parameters<typeof stanzaIdOf>[0]): string | undefined => xml.deep("occupant-id", occupantIds)?.attributes["id"];

    const first = await hears(owner, say(guest, room, "<body>one</body>"));
    guest.send(`<presence xmlns="jabber:client" to="${room}/other"/>`);
    const renamed = await owner.presence(`${room}/other`);
    const own = await hears(owner, say(owner, room, "<body>mine</body>"));

    assert.ok(idIn(first) !== undefined && idIn(first) === idIn(renamed));
    assert.notEqual(idIn(own), idIn(first));
  }, { ...muc, needs: ["muc", "policy"] }); // prettier-ignore

  requirement("XEP-0421 §4", "A room MUST remove occupant ids that clients put into their messages.", async (t) => {
    const { room, owner, guest } = await company(t);

    const heard = await hears(owner, say(guest, room, `<body>forged</body><occupant-id xmlns="${occupantIds}" id="forged"/>`));

    assert.ok(!String(heard).includes(`id="forged"`));
  }, { ...muc, needs: ["muc", "policy"] }); // prettier-ignore

  requirement("XEP-0421 §4", "A room MUST remove occupant ids that clients put into their messages.", async (t) => {
    const { room, owner, guest } = await company(t);
    const forged = `<occupant-id xmlns="${occupantIds}" id="forged"/>`;

    guest.send(`<message xmlns="jabber:client" type="chat" id="pm" to="${room}/owner"><body>psst</body>${forged}</message>`);
    const whisper = await hears(owner, "pm");
    guest.send(`<presence xmlns="jabber:client" to="${room}/guest"><status>forged</status>${forged}</presence>`);
    const presence = await owner.take("the presence", (xml) => xml.is("presence") && xml.childText("status") === "forged");

    assert.ok(!`${String(whisper)}${String(presence)}`.includes(`id="forged"`));
  }, { ...muc, needs: ["muc", "policy"], about: "privately and in presence" }); // prettier-ignore

  requirement("XEP-0066 §3", "A link travels with the message that carries it.", async (t) => {
    const [romeo, juliet, id] = [await t.available(0), await t.available(1), t.word()];

    romeo.send(`<message xmlns="jabber:client" type="chat" to="${juliet.bare}" id="${id}"><body>https://h/${id}</body><x xmlns="jabber:x:oob"><url>https://h/${id}</url></x></message>`);

    assert.equal((await hears(juliet, id)).child("x", "jabber:x:oob")?.childText("url"), `https://h/${id}`);
  }, direct); // prettier-ignore
});
