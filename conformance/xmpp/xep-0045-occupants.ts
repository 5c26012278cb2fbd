// XEP-0045 §7.6, §7.9, §8.1: what occupants do, where others have a say in it.
import assert from "node:assert/strict";
import type { Xml } from "../clients/xml.ts";
import { conditionOf, ns, type XmppClient } from "../clients/xmpp.ts";
import {
  change,
  codes,
  company,
  configure,
  features,
  hall,
  hears,
  isResult,
  item,
  knock,
  muc,
  roomSays,
  say,
} from "../muc-kit.ts";
import { NotOffered } from "../requirement.ts";
import { requirement } from "./requirement.ts";

const delay = `<delay xmlns="urn:xmpp:delay" from="crone1@shakespeare.example/desktop" stamp="2004-09-29T01:54:37Z"/>`;

describe("XEP-0045 occupants", () => {
  requirement("XEP-0045 §7.6", "If the user attempts to change to a nickname that is reserved by another user affiliated with the room, the service MUST deny the nickname change request: <conflict/>.", async (t) => {
    const { room, owner, guest } = await company(t);
    isResult(await change(owner, room, `<item jid="${t.bare(2)}" affiliation="member" nick="thirdwitch"/>`));

    guest.send(`<presence xmlns="jabber:client" to="${room}/thirdwitch"/>`);
    const refused = await guest.presence(`${room}/thirdwitch`, "error");

    assert.equal(conditionOf(refused), "conflict");
    const told = await hears(owner, say(guest, room, "<body>still here</body>"));
    assert.equal(told.attributes["from"], `${room}/guest`);
  }, { ...muc, about: "reserved" }); // prettier-ignore

  requirement("XEP-0045 §7.6", "The unavailable presence MUST contain the new nickname and status 303; the one who changes gets 110 in both.", async (t) => {
    const { room, guest } = await company(t);

    guest.send(`<presence xmlns="jabber:client" to="${room}/oldhag"/>`);
    const gone = await guest.presence(`${room}/guest`, "unavailable");
    const come = await guest.presence(`${room}/oldhag`);

    assert.equal(item(gone)["nick"], "oldhag");
    assert.deepEqual(codes(gone).sort(), ["110", "303"]);
    assert.deepEqual(codes(come), ["110"]);
  }, { ...muc, about: "one's own" }); // prettier-ignore

  requirement("XEP-0045 §7.9", "The service SHOULD NOT add its own delay elements to prior chat history messages received from the room owner, whose <delay/> says when they were written.", async (t) => {
    const { room, owner, guest } = await company(t);

    const heard = await hears(guest, say(owner, room, `<body>Thrice the brinded cat hath mew'd.</body>${delay}`));

    const delays = heard.elements.filter((one) => one.is("delay", "urn:xmpp:delay"));
    assert.deepEqual(delays.map((one) => one.attributes["stamp"]), ["2004-09-29T01:54:37Z"]);
  }, { ...muc, about: "history of a one-to-one chat" }); // prettier-ignore

  requirement("XEP-0045 §8.1", "By default only moderators change the subject, although this SHOULD be configurable, with the result that a mere participant may.", async (t) => {
    const { room, owner, guest } = await company(t);
    await configure(owner, room, { changesubject: "1" });

    say(guest, room, "<subject>Fire Burn and Cauldron Bubble!</subject>");

    const told = await roomSays(owner, room, "the subject", (xml) => xml.childText("subject") === "Fire Burn and Cauldron Bubble!");
    assert.equal(told.attributes["from"], `${room}/guest`);
  }, { ...muc, about: "by a participant" }); // prettier-ignore

  requirement("XEP-0045 §7.8.2", "If the room is password-protected the room adds the password; whoever was invited comes in with it, and nobody without.", async (t) => {
    const { room, owner, guest } = await hall(t, { passwordprotectedroom: "1", roomsecret: "cauldronburn" });
    owner.send(`<message xmlns="jabber:client" to="${room}"><x xmlns="${ns.mucUser}"><invite to="${guest.bare}"/></x></message>`);
    const invited = await guest.take("the invitation", (xml) => xml.is("message") && xml.deep("invite", ns.mucUser) !== undefined);
    const password = invited.child("x", ns.mucUser)?.childText("password");

    assert.equal(conditionOf(await knock(guest, room, "guest")), "not-authorized");
    assert.equal(conditionOf(await knock(guest, room, "guest", "<password>wrong</password>")), "not-authorized");
    assert.ok(codes(await knock(guest, room, "guest", `<password>${password}</password>`)).includes("110"));
  }, { ...muc, about: "a password that leads in" }); // prettier-ignore

  requirement("XEP-0410 §3.2", "A service implementing the optimization advertises it on the room JIDs and MUST respond: a result, the client is joined; <not-acceptable/>, the client is not joined, whatever other clients of its user are.", async (t) => {
    const { room, guest } = await company(t);
    if (!(await features(guest, room)).includes("http://jabber.org/protocol/muc#self-ping-optimization"))
      throw new NotOffered("not offered: self-ping optimization (XEP-0410)");
    const ping = (client: XmppClient, nick: string): Promise<Xml> => client.iq("get", `<ping xmlns="${ns.ping}"/>`, `${room}/${nick}`);
    const other = await t.available(1);

    isResult(await ping(guest, "guest"));
    assert.equal(conditionOf(await ping(other, "guest")), "not-acceptable");
    await t.enter(other, room, "guest");
    isResult(await ping(other, "guest"));
    other.send(`<presence xmlns="jabber:client" type="unavailable" to="${room}/guest"/>`);
    await other.presence(`${room}/guest`, "unavailable");

    assert.equal(conditionOf(await ping(other, "guest")), "not-acceptable");
    isResult(await ping(guest, "guest"));
    guest.send(`<presence xmlns="jabber:client" to="${room}/oldhag"/>`);
    await guest.presence(`${room}/oldhag`);
    isResult(await ping(guest, "oldhag"));
    assert.match(conditionOf(await ping(guest, "guest")), /^(item-not-found|not-acceptable)$/);
  }, { ...muc, about: "each client" }); // prettier-ignore
});
