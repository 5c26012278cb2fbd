// XEP-0045 §7.5, §8: private messages, subjects, kicks, voice.
import assert from "node:assert/strict";
import { conditionOf, ns } from "../clients/xmpp.ts";
import {
  change,
  codes,
  company,
  configure,
  dataForms,
  formField,
  hears,
  isResult,
  item,
  knock,
  list,
  muc,
  roomSays,
  say,
} from "../muc-kit.ts";
import { requirement } from "./requirement.ts";

const request = "http://jabber.org/protocol/muc#request";

describe("XEP-0045 moderating rooms", () => {
  requirement("XEP-0045 §7.5", "The service MUST deliver a private message to the occupant, from the sender's occupant JID, of type chat.", async (t) => {
    const { room, owner, guest } = await company(t);

    guest.send(`<message xmlns="jabber:client" type="chat" id="pm1" to="${room}/owner"><body>psst</body></message>`);

    const heard = await owner.message("psst");
    assert.deepEqual([heard.attributes["from"], heard.attributes["type"]], [`${room}/guest`, "chat"]);
  }, muc); // prettier-ignore

  requirement("XEP-0045 §7.5", "If the sender attempts to send a private message of type groupchat, the service MUST refuse with <bad-request/>.", async (t) => {
    const { room, guest } = await company(t);

    guest.send(`<message xmlns="jabber:client" type="groupchat" id="pm2" to="${room}/owner"><body>psst</body></message>`);

    assert.equal(conditionOf(await hears(guest, "pm2")), "bad-request");
  }, { ...muc, about: "groupchat" }); // prettier-ignore

  requirement("XEP-0045 §7.5", "If the sender sends to a nick that is not in the room, the service MUST return <item-not-found/>.", async (t) => {
    const { room, guest } = await company(t);

    guest.send(`<message xmlns="jabber:client" type="chat" id="pm3" to="${room}/nobody"><body>psst</body></message>`);

    assert.equal(conditionOf(await hears(guest, "pm3")), "item-not-found");
  }, { ...muc, about: "nobody" }); // prettier-ignore

  requirement("XEP-0045 §7.5", "If the sender is not an occupant, the service SHOULD return <not-acceptable/>.", async (t) => {
    const { room } = await company(t);
    const third = await t.available(2);

    third.send(`<message xmlns="jabber:client" type="chat" id="pm4" to="${room}/owner"><body>psst</body></message>`);

    assert.equal(conditionOf(await hears(third, "pm4")), "not-acceptable");
  }, { ...muc, about: "from outside" }); // prettier-ignore

  requirement("XEP-0045 §8.1", "The service MUST reflect a subject message, without a body, to all occupants.", async (t) => {
    const { room, owner, guest } = await company(t);

    say(owner, room, "<subject>Fire Burn</subject>");

    for (const each of [owner, guest]) {
      const told = await roomSays(each, room, "the subject", (xml) => xml.childText("subject") === "Fire Burn");
      assert.deepEqual([told.childText("subject"), told.child("body")], ["Fire Burn", undefined]);
    }
  }, muc); // prettier-ignore

  requirement("XEP-0045 §8.1", "If someone without the right attempts to change the subject, the service MUST return <forbidden/>.", async (t) => {
    const { room, guest } = await company(t, { changesubject: "0" });

    const id = say(guest, room, "<subject>mine</subject>");

    assert.equal(conditionOf(await hears(guest, id)), "forbidden");
  }, { ...muc, about: "forbidden" }); // prettier-ignore

  requirement("XEP-0045 §7.2.15", "After history the room MUST send the subject to the new occupant; the nick of who set it is in its from.", async (t) => {
    const { room, owner } = await company(t);
    say(owner, room, "<subject>Bubble</subject>");
    await roomSays(owner, room, "the subject", (xml) => xml.childText("subject") === "Bubble");
    const third = await t.available(2);

    await knock(third, room, "third");

    const told = await roomSays(third, room, "the subject", (xml) => xml.child("subject") !== undefined && xml.child("body") === undefined);
    assert.deepEqual([told.childText("subject"), told.attributes["from"]], ["Bubble", `${room}/owner`]);
  }, muc); // prettier-ignore

  requirement("XEP-0045 §8.2", "The service MUST remove a kicked occupant: unavailable presence with status 307 and role none, to it and to the others.", async (t) => {
    const { room, owner, guest } = await company(t);

    isResult(await change(owner, room, `<item nick="guest" role="none"><reason>avaunt</reason></item>`));

    for (const each of [owner, guest]) {
      const gone = await each.presence(`${room}/guest`, "unavailable");
      assert.ok(codes(gone).includes("307"), codes(gone).join());
      assert.equal(item(gone)["role"], "none");
      assert.equal(gone.deep("reason", ns.mucUser)?.text, "avaunt");
    }
  }, muc); // prettier-ignore

  requirement("XEP-0045 §8.2", "Who was kicked may enter again.", async (t) => {
    const { room, owner, guest } = await company(t);
    isResult(await change(owner, room, `<item nick="guest" role="none"/>`));
    await guest.presence(`${room}/guest`, "unavailable");

    assert.ok(codes(await knock(guest, room, "guest")).includes("110"));
  }, { ...muc, about: "again" }); // prettier-ignore

  requirement("XEP-0045 §8.2", "After the kick the occupant is not in the room: its messages are refused with <not-acceptable/>.", async (t) => {
    const { room, owner, guest } = await company(t);
    isResult(await change(owner, room, `<item nick="guest" role="none"/>`));
    await guest.presence(`${room}/guest`, "unavailable");

    assert.equal(conditionOf(await hears(guest, say(guest, room, "<body>me?</body>"))), "not-acceptable");
  }, { ...muc, about: "out" }); // prettier-ignore

  requirement("XEP-0045 §8.2", "A moderator SHOULD NOT be allowed to kick who stands higher: <not-allowed/>.", async (t) => {
    const { room, owner, guest } = await company(t);
    isResult(await change(owner, room, `<item jid="${guest.bare}" affiliation="admin"/>`));
    await owner.take("the new standing", (xml) => xml.is("presence") && item(xml)["affiliation"] === "admin");

    assert.equal(conditionOf(await change(guest, room, `<item nick="owner" role="none"/>`)), "not-allowed");
  }, { ...muc, about: "an owner" }); // prettier-ignore

  requirement("XEP-0045 §8.2", "A participant may not kick.", async (t) => {
    const { room, guest } = await company(t);
    const third = await t.available(2);
    await t.enter(third, room, "third");

    assert.match(conditionOf(await change(guest, room, `<item nick="third" role="none"/>`)), /^(forbidden|not-allowed)$/);
  }, { ...muc, about: "by a participant" }); // prettier-ignore

  requirement("XEP-0045 §8.3", "In a moderated room a new occupant without affiliation is a visitor, whose messages MUST NOT be reflected: <forbidden/>.", async (t) => {
    const { room, guest } = await company(t, { moderatedroom: "1" });

    assert.equal(conditionOf(await hears(guest, say(guest, room, "<body>me!</body>"))), "forbidden");
  }, muc); // prettier-ignore

  requirement("XEP-0045 §8.3", "A moderator grants voice by role participant; the room MUST send the new presence to all, and the occupant may speak.", async (t) => {
    const { room, owner, guest } = await company(t, { moderatedroom: "1" });

    isResult(await change(owner, room, `<item nick="guest" role="participant"><reason>fine</reason></item>`));

    for (const each of [owner, guest])
      await each.take("the new role", (xml) => xml.is("presence") && xml.attributes["from"] === `${room}/guest` && item(xml)["role"] === "participant");
    const id = say(guest, room, "<body>me!</body>");
    assert.equal((await hears(owner, id)).childText("body"), "me!");
  }, { ...muc, about: "granted" }); // prettier-ignore

  requirement("XEP-0045 §8.4", "A moderator revokes voice by role visitor; the room MUST send the new presence to all.", async (t) => {
    const { room, owner, guest } = await company(t, { moderatedroom: "1" });
    isResult(await change(owner, room, `<item nick="guest" role="participant"/>`));

    isResult(await change(owner, room, `<item nick="guest" role="visitor"/>`));

    await guest.take("the new role", (xml) => xml.is("presence") && xml.attributes["from"] === `${room}/guest` && item(xml)["role"] === "visitor" && codes(xml).includes("110"));
    const id = say(guest, room, "<body>me!</body>");
    assert.equal(conditionOf(await hears(guest, id)), "forbidden");
  }, muc); // prettier-ignore

  requirement("XEP-0045 §8.4", "A moderator MUST NOT revoke the voice of an admin or owner: <not-allowed/>.", async (t) => {
    const { room, owner, guest } = await company(t, { moderatedroom: "1" });
    isResult(await change(owner, room, `<item jid="${guest.bare}" affiliation="admin"/>`));
    await owner.take("the new standing", (xml) => xml.is("presence") && item(xml)["affiliation"] === "admin");

    assert.equal(conditionOf(await change(guest, room, `<item nick="owner" role="visitor"/>`)), "not-allowed");
  }, { ...muc, about: "of an owner" }); // prettier-ignore

  requirement("XEP-0045 §8.5", "A moderator gets the voice list by asking for role participant; others <forbidden/>.", async (t) => {
    const { room, owner, guest } = await company(t);

    const items = (await list(owner, room, `role="participant"`)).child("query")!.elements;

    assert.deepEqual(items.map((one) => one.attributes["nick"]), ["guest"]);
    assert.equal(conditionOf(await list(guest, room, `role="participant"`)), "forbidden");
  }, muc); // prettier-ignore

  requirement("XEP-0045 §8.5", "The moderator may change several occupants in one request.", async (t) => {
    const { room, owner, guest } = await company(t, { moderatedroom: "1" });
    const third = await t.available(2);
    await t.enter(third, room, "third");

    isResult(await change(owner, room, `<item nick="guest" role="participant"/>`, `<item nick="third" role="participant"/>`));

    for (const [each, nick] of [[guest, "guest"], [third, "third"]] as const)
      await each.take("the new role", (xml) => xml.is("presence") && xml.attributes["from"] === `${room}/${nick}` && item(xml)["role"] === "participant");
  }, { ...muc, about: "several" }); // prettier-ignore

  requirement("XEP-0045 §7.13", "The service forwards a visitor's request for voice to the moderators, as a form about muc#request, and the moderator's answer grants it (§8.6).", async (t) => {
    const { room, owner, guest } = await company(t, { moderatedroom: "1" });
    const about = `<field var="FORM_TYPE" type="hidden"><value>${request}</value></field>`;

    guest.send(`<message xmlns="jabber:client" to="${room}"><x xmlns="${dataForms}" type="submit">${about}${formField("muc#role", "participant")}</x></message>`);

    const asked = await roomSays(owner, room, "the request", (xml) => String(xml).includes(request));
    assert.match(String(asked), /muc#request_allow/);
    assert.match(String(asked), /guest/);
    owner.send(`<message xmlns="jabber:client" to="${room}"><x xmlns="${dataForms}" type="submit">${about}${formField("muc#role", "participant")}${formField("muc#jid", guest.jid)}${formField("muc#roomnick", "guest")}${formField("muc#request_allow", "true")}</x></message>`);
    await guest.take("voice", (xml) => xml.is("presence") && xml.attributes["from"] === `${room}/guest` && item(xml)["role"] === "participant");
  }, muc); // prettier-ignore

  requirement("XEP-0045 §9.6", "An admin grants moderator status by role moderator; the room MUST send the new presence to all.", async (t) => {
    const { room, owner } = await company(t);

    isResult(await change(owner, room, `<item nick="guest" role="moderator"/>`));

    await owner.take("the new role", (xml) => xml.is("presence") && item(xml)["role"] === "moderator" && xml.attributes["from"] === `${room}/guest`);
    const listed = (await list(owner, room, `role="moderator"`)).child("query")!.elements;
    assert.deepEqual(listed.map((one) => one.attributes["nick"]).sort(), ["guest", "owner"]);
  }, muc); // prettier-ignore

  requirement("XEP-0045 §9.7", "An admin revokes moderator status by role participant.", async (t) => {
    const { room, owner, guest } = await company(t);
    isResult(await change(owner, room, `<item nick="guest" role="moderator"/>`));

    isResult(await change(owner, room, `<item nick="guest" role="participant"/>`));

    await guest.take("the old role", (xml) => xml.is("presence") && xml.attributes["from"] === `${room}/guest` && item(xml)["role"] === "participant" && codes(xml).includes("110"));
  }, muc); // prettier-ignore

  requirement("XEP-0045 §10.2", "A room whose configuration takes private messages from all refuses them.", async (t) => {
    const { room, owner, guest } = await company(t);
    await configure(owner, room, { allowpm: "none" });

    guest.send(`<message xmlns="jabber:client" type="chat" id="pm9" to="${room}/owner"><body>psst</body></message>`);

    assert.equal((await hears(guest, "pm9")).attributes["type"], "error");
  }, { ...muc, about: "allowpm" }); // prettier-ignore
});
