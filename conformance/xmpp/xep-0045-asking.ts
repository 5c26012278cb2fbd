// XEP-0045 §7.5, §7.8, §7.10, §7.13, §8.1, §10: what occupants and strangers ask of rooms, and how they are refused.
import assert from "node:assert/strict";
import { conditionOf, ns } from "../clients/xmpp.ts";
import type { Xml } from "../clients/xml.ts";
import {
  change,
  codes,
  company,
  config,
  configure,
  dataForms,
  formField,
  hall,
  hears,
  isResult,
  item,
  knock,
  list,
  muc,
  roomSays,
  say,
} from "../muc-kit.ts";
import type { XmppClient } from "../clients/xmpp.ts";
import { NotOffered } from "../requirement.ts";
import { requirement } from "./requirement.ts";

const hidden = (form: string): string => `<field var="FORM_TYPE" type="hidden"><value>${form}</value></field>`;
const submit = (form: string, fields: string): string =>
  `<x xmlns="${dataForms}" type="submit">${hidden(form)}${fields}</x>`;
const registering = (nick: string): string =>
  `<query xmlns="${ns.register}">${submit("http://jabber.org/protocol/muc#register", formField("muc#register_roomnick", nick))}</query>`;

/** A message to the room that is not of type groupchat. */
function ask(client: XmppClient, room: string, inside: string, id = client.id()): string {
  client.send(`<message xmlns="jabber:client" id="${id}" to="${room}">${inside}</message>`);
  return id;
}

const invite = (to: string, inside = ""): string =>
  `<x xmlns="${ns.mucUser}"><invite to="${to}">${inside}</invite></x>`;
const isInvite = (xml: Xml): boolean => xml.deep("invite", ns.mucUser) !== undefined;
const refused = (xml: Xml): [string, string | undefined] => [conditionOf(xml), xml.child("error")?.attributes["type"]];

describe("XEP-0045 asking of rooms", () => {
  requirement("XEP-0045 §7.5", "The message type SHOULD be chat, but MAY be left unspecified; it is delivered with the type it has.", async (t) => {
    const { room, owner, guest } = await company(t);

    ask(guest, `${room}/owner`, "<body>psst</body>", "pm1");

    const heard = await owner.message("psst");
    assert.deepEqual([heard.attributes["from"], heard.attributes["type"] ?? "normal"], [`${room}/guest`, "normal"]);
  }, { ...muc, about: "normal" }); // prettier-ignore

  requirement("XEP-0045 §7.5", "This privilege SHOULD be allowed to any occupant (even a visitor in a moderated room).", async (t) => {
    const { room, owner, guest } = await company(t, { moderatedroom: "1" });

    guest.send(`<message xmlns="jabber:client" type="chat" id="pm2" to="${room}/owner"><body>psst</body></message>`);

    assert.equal((await owner.message("psst")).attributes["from"], `${room}/guest`);
  }, { ...muc, about: "a visitor" }); // prettier-ignore

  requirement("XEP-0045 §7.5", "A private message carries an empty <x/> of muc#user, so that it is told from other messages (SHOULD), and reaches nobody else.", async (t) => {
    const { room, owner, guest } = await company(t);
    const third = await t.available(2);
    await t.enter(third, room, "third");
    const word = t.word();

    guest.send(`<message xmlns="jabber:client" type="chat" id="pm3" to="${room}/owner"><body>${word}</body><x xmlns="${ns.mucUser}"/></message>`);

    assert.ok((await owner.message(word)).child("x", ns.mucUser) !== undefined);
    await hears(third, say(owner, room, "<body>and now</body>", t.word()));
    assert.ok(!third.waiting.some((xml) => xml.childText("body") === word));
  }, { ...muc, about: "muc#user" }); // prettier-ignore

  requirement("XEP-0045 §7.5", "Refusals of private messages: <item-not-found/> of type cancel, <bad-request/> of type modify, <not-acceptable/> of type modify or cancel.", async (t) => {
    const { room, guest } = await company(t);
    const third = await t.available(2);
    const send = (by: XmppClient, type: string, nick: string, id: string): void =>
      by.send(`<message xmlns="jabber:client" type="${type}" id="${id}" to="${room}/${nick}"><body>psst</body></message>`);

    send(guest, "chat", "nobody", "pm4");
    send(guest, "groupchat", "owner", "pm5");
    send(third, "chat", "owner", "pm6");

    assert.deepEqual(refused(await hears(guest, "pm4")), ["item-not-found", "cancel"]);
    assert.deepEqual(refused(await hears(guest, "pm5")), ["bad-request", "modify"]);
    assert.equal(conditionOf(await hears(third, "pm6")), "not-acceptable");
  }, { ...muc, about: "refused" }); // prettier-ignore

  requirement("XEP-0045 §7.8.2", "The <continue/> flag and the thread of an invitation are passed on to the invitee (§7.9).", async (t) => {
    const { room, owner, guest } = await hall(t);

    ask(owner, room, invite(guest.bare, `<reason>three of us</reason><continue thread="e0ffe42b28561960c6b12b944a092794b9683a38"/>`));

    const told = (await roomSays(guest, room, "an invitation", isInvite)).deep("invite", ns.mucUser)!;
    assert.equal(told.child("continue")?.attributes["thread"], "e0ffe42b28561960c6b12b944a092794b9683a38");
  }, { ...muc, about: "continue" }); // prettier-ignore

  requirement("XEP-0045 §7.8.2", "One message may invite several; each gets its own.", async (t) => {
    const { room, owner, guest } = await hall(t);
    const third = await t.available(2);

    ask(owner, room, `<x xmlns="${ns.mucUser}"><invite to="${guest.bare}"/><invite to="${third.jid}"/></x>`);

    for (const each of [guest, third]) await roomSays(each, room, "an invitation", isInvite);
  }, { ...muc, about: "several" }); // prettier-ignore

  requirement("XEP-0045 §7.8.2", "If the inviter supplies a non-existent JID, the room SHOULD return <item-not-found/>.", async (t) => {
    const { room, owner } = await hall(t);

    const id = ask(owner, room, invite(`${t.word()}@${t.domain}`));

    assert.equal(conditionOf(await hears(owner, id)), "item-not-found");
  }, { ...muc, about: "nobody" }); // prettier-ignore

  requirement("XEP-0045 §7.8.2", "If a member without privileges to edit the member list of a members-only room invites another, the service SHOULD return <forbidden/>.", async (t) => {
    const { room, owner, guest } = await hall(t, { membersonly: "1" });
    isResult(await change(owner, room, `<item jid="${guest.bare}" affiliation="member"/>`));
    await t.enter(guest, room, "guest");

    const id = ask(guest, room, invite(t.bare(2)));

    assert.match(conditionOf(await hears(guest, id)), /^(forbidden|not-allowed)$/);
  }, { ...muc, about: "by a member" }); // prettier-ignore

  requirement("XEP-0045 §7.8.2", "Who is not in the room invites nobody through it.", async (t) => {
    const { room, guest } = await hall(t);

    const id = ask(guest, room, invite(t.bare(2)));

    assert.equal((await hears(guest, id)).attributes["type"], "error");
  }, { ...muc, about: "from outside" }); // prettier-ignore

  requirement("XEP-0045 §7.10", "If the user is already registered, the room MUST reply with a result that contains an empty <registered/>.", async (t) => {
    const { room, guest } = await hall(t);
    isResult(await guest.iq("set", registering("thirdwitch"), room));

    const answer = await guest.iq("get", `<query xmlns="${ns.register}"/>`, room);

    isResult(answer);
    assert.ok(answer.deep("registered", ns.register) !== undefined, String(answer));
  }, { ...muc, about: "registered" }); // prettier-ignore

  requirement("XEP-0045 §7.10", "If the desired nick is already reserved, the room MUST return <conflict/>; without a valid form <bad-request/>; for a room that is not there <item-not-found/>.", async (t) => {
    const { room, guest } = await hall(t);
    const third = await t.available(2);
    isResult(await guest.iq("set", registering("thirdwitch"), room));

    assert.equal(conditionOf(await third.iq("set", registering("thirdwitch"), room)), "conflict");
    assert.equal(conditionOf(await third.iq("set", `<query xmlns="${ns.register}"/>`, room)), "bad-request");
    assert.equal(conditionOf(await third.iq("get", `<query xmlns="${ns.register}"/>`, t.room())), "item-not-found");
  }, { ...muc, about: "refused" }); // prettier-ignore

  requirement("XEP-0045 §7.10", "If the service changes the affiliation and the user is in the room, it MUST send updated presence to all, with affiliation member.", async (t) => {
    const { room, owner, guest } = await company(t);

    isResult(await guest.iq("set", registering("guest"), room));

    for (const each of [owner, guest])
      await each.take("membership", (xml) => xml.is("presence") && xml.attributes["from"] === `${room}/guest` && item(xml)["affiliation"] === "member");
  }, { ...muc, about: "in the room" }); // prettier-ignore

  requirement("XEP-0045 §7.10", "If the user requesting registration requirements is not allowed to register with the room (e.g., because that privilege has been restricted), the room MUST return a <not-allowed/> error to the user.", async (t) => {
    const { room, guest } = await hall(t, { membersonly: "1" });

    const answer = await guest.iq("get", `<query xmlns="${ns.register}"/>`, room);
    const open = answer.attributes["type"] === "result" && !t.target.abilities.has("policy");
    if (open) throw new NotOffered("anybody may register with a room that only members enter");
    assert.equal(conditionOf(answer), "not-allowed");
  }, { ...muc, about: "not allowed" }); // prettier-ignore

  requirement("XEP-0045 §7.10", "Who is registered may unregister (XEP-0077 §3.2): the membership and the nick are free again.", async (t) => {
    const { room, owner, guest } = await hall(t);
    isResult(await guest.iq("set", registering("thirdwitch"), room));

    isResult(await guest.iq("set", `<query xmlns="${ns.register}"><remove/></query>`, room));

    assert.deepEqual((await list(owner, room, `affiliation="member"`)).child("query")!.elements, []);
    const third = await t.available(2);
    assert.ok(codes(await knock(third, room, "thirdwitch")).includes("110"));
  }, { ...muc, about: "unregistered" }); // prettier-ignore

  requirement("XEP-0045 §7.13", "The moderators' form holds the role asked for, the requester's JID and nick, and muc#request_allow; a denial changes nothing.", async (t) => {
    const { room, owner, guest } = await company(t, { moderatedroom: "1" });
    const request = "http://jabber.org/protocol/muc#request";

    ask(guest, room, submit(request, formField("muc#role", "participant")));

    const form = (await roomSays(owner, room, "the request", (xml) => xml.child("x", dataForms) !== undefined)).child("x", dataForms)!;
    const values = new Map(form.elements.filter((one) => one.is("field")).map((one) => [one.attributes["var"], one.childText("value")]));
    assert.deepEqual([values.get("FORM_TYPE"), values.get("muc#role"), values.get("muc#roomnick")], [request, "participant", "guest"]);
    assert.equal(values.get("muc#jid")!.split("/")[0], guest.bare);
    ask(owner, room, submit(request, formField("muc#role", "participant") + formField("muc#roomnick", "guest") + formField("muc#request_allow", "false")));
    assert.equal(conditionOf(await hears(guest, say(guest, room, "<body>me!</body>", t.word()))), "forbidden");
  }, { ...muc, about: "the form" }); // prettier-ignore

  requirement("XEP-0045 §8.1", "A message with a <subject/> and a <body/> is a message, and does not change the subject.", async (t) => {
    const { room, owner, guest } = await hall(t);
    await hears(owner, say(owner, room, "<subject>Greetings</subject><body>Hello</body>"));

    await knock(guest, room, "guest");

    const history = await roomSays(guest, room, "history", (xml) => xml.childText("body") === "Hello");
    assert.equal(history.childText("subject"), "Greetings");
    const subject = await roomSays(guest, room, "the subject", (xml) => xml.child("subject") !== undefined && xml.child("body") === undefined);
    assert.equal(subject.childText("subject") ?? "", "");
  }, { ...muc, about: "with a body" }); // prettier-ignore

  requirement("XEP-0045 §8.1", "In order to remove the existing subject but not provide a new one, the client sends an empty <subject/>, which is reflected.", async (t) => {
    const { room, owner, guest } = await company(t);
    await hears(owner, say(owner, room, "<subject>Fire</subject>"));

    const id = say(owner, room, "<subject/>", t.word());

    assert.equal((await hears(guest, id)).childText("subject") ?? "", "");
    const third = await t.available(2);
    await knock(third, room, "third");
    const told = await roomSays(third, room, "the subject", (xml) => xml.child("subject") !== undefined && xml.child("body") === undefined);
    assert.equal(told.childText("subject") ?? "", "");
  }, { ...muc, about: "removed" }); // prettier-ignore

  requirement("XEP-0045 §8.1", "By default only moderators SHOULD be allowed to change the subject; a refusal is <forbidden/> of type auth, from the room.", async (t) => {
    const { room, guest } = await company(t, { changesubject: "0" });

    const error = await hears(guest, say(guest, room, "<subject>mine</subject>"));

    assert.deepEqual([...refused(error), error.attributes["from"]], ["forbidden", "auth", room]);
  }, { ...muc, about: "the error" }); // prettier-ignore

  requirement("XEP-0045 §7.4", "If the sender is a visitor, the service MUST return <forbidden/> (type auth); if not an occupant, <not-acceptable/>, both from the room.", async (t) => {
    const { room, guest } = await company(t, { moderatedroom: "1" });
    const third = await t.available(2);

    const [one, two] = [await hears(guest, say(guest, room, "<body>me!</body>", "s1")), await hears(third, say(third, room, "<body>me!</body>", "s2"))];

    assert.deepEqual([...refused(one), one.attributes["from"]], ["forbidden", "auth", room]);
    assert.deepEqual([conditionOf(two), two.attributes["from"]], ["not-acceptable", room]);
  }, { ...muc, about: "errors" }); // prettier-ignore

  requirement("XEP-0045 §7.4", "A visitor's message MUST NOT be reflected to the occupants, whatever it holds.", async (t) => {
    const { room, owner, guest } = await company(t, { moderatedroom: "1" });

    const id = say(guest, room, `<note xmlns="urn:example:note"/>`, t.word());

    assert.equal(conditionOf(await hears(guest, id)), "forbidden");
    await owner.ping();
    assert.ok(!owner.waiting.some((xml) => xml.attributes["id"] === id));
  }, { ...muc, about: "without a body" }); // prettier-ignore

  requirement("XEP-0045 §10.1.3", "If the creator of a reserved room cancels the initial configuration, the service SHOULD destroy the room, with unavailable presence to the creator.", async (t) => {
    const [owner, room] = [await t.available(0), t.room()];
    await knock(owner, room, "owner");
    isResult(await owner.iq("get", `<query xmlns="${ns.mucOwner}"/>`, room));

    await owner.iq("set", `<query xmlns="${ns.mucOwner}"><x xmlns="${dataForms}" type="cancel"/></query>`, room);

    await owner.presence(`${room}/owner`, "unavailable");
  }, { ...muc, about: "cancelled" }); // prettier-ignore

  requirement("XEP-0045 §10.2", "If the configuration cannot be (a password is wanted and none given), the service MUST return <not-acceptable/>.", async (t) => {
    const { room, owner } = await hall(t);

    assert.equal(conditionOf(await owner.iq("set", config({ passwordprotectedroom: "1", roomsecret: "" }), room)), "not-acceptable");
  }, { ...muc, about: "not acceptable" }); // prettier-ignore

  requirement("XEP-0045 §10.2", "The whole form, submitted as it was got, is accepted and changes nothing.", async (t) => {
    const { room, owner } = await company(t);
    const form = (await owner.iq("get", `<query xmlns="${ns.mucOwner}"/>`, room)).deep("x", dataForms)!;
    const fields = form.elements.filter((one) => one.is("field") && one.attributes["var"] !== undefined && one.attributes["type"] !== "fixed");

    const values = fields.map((one) => formField(one.attributes["var"]!, ...one.elements.filter((each) => each.is("value")).map((each) => each.text)));
    isResult(await owner.iq("set", `<query xmlns="${ns.mucOwner}"><x xmlns="${dataForms}" type="submit">${values.join("")}</x></query>`, room));

    const again = (await owner.iq("get", `<query xmlns="${ns.mucOwner}"/>`, room)).deep("x", dataForms)!;
    assert.equal(String(again), String(form));
  }, { ...muc, about: "as it was" }); // prettier-ignore

  requirement("XEP-0045 §10.9", "The destroyed room's presence carries the alternate venue's password, and the owner gets the same, then the result.", async (t) => {
    const { room, owner, guest } = await company(t);

    isResult(await owner.iq("set", `<query xmlns="${ns.mucOwner}"><destroy jid="coven@chat.shakespeare.lit"><reason>Macbeth doth come.</reason><password>cauldron</password></destroy></query>`, room));

    for (const [each, nick] of [[guest, "guest"], [owner, "owner"]] as const) {
      const destroy = (await each.presence(`${room}/${nick}`, "unavailable")).deep("destroy", ns.mucUser)!;
      assert.deepEqual([destroy.attributes["jid"], destroy.childText("password")], ["coven@chat.shakespeare.lit", "cauldron"]);
    }
  }, { ...muc, about: "elsewhere" }); // prettier-ignore

  requirement("XEP-0045 §10.2", "A room that asks for a password lets in who has been in before the password only with it.", async (t) => {
    const { room, owner, guest } = await company(t);
    await configure(owner, room, { passwordprotectedroom: "1", roomsecret: "cauldronburn" });
    guest.send(`<presence xmlns="jabber:client" type="unavailable" to="${room}/guest"/>`);
    await guest.presence(`${room}/guest`, "unavailable");

    assert.deepEqual(refused(await knock(guest, room, "guest")), ["not-authorized", "auth"]);
  }, { ...muc, about: "password" }); // prettier-ignore
});
