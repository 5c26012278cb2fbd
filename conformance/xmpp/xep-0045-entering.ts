// XEP-0045 §6, §7.2, §7.6–7.8: finding rooms, coming in, changing, asking others in.
import assert from "node:assert/strict";
import { conditionOf, ns } from "../clients/xmpp.ts";
import {
  codes,
  company,
  conference,
  configure,
  features,
  hall,
  hears,
  item,
  knock,
  muc,
  roomSays,
  say,
} from "../muc-kit.ts";
import { requirement } from "./requirement.ts";

describe("XEP-0045 entering rooms", () => {
  requirement("XEP-0045 §6.3", "A service SHOULD return a list of public rooms; a hidden room is not in it.", async (t) => {
    const { room, owner, guest } = await hall(t, { publicroom: "1" });
    const listed = async (): Promise<boolean> =>
      String(await guest.iq("get", `<query xmlns="${ns.discoItems}"/>`, t.address.rooms)).includes(room);

    assert.ok(await listed());
    await configure(owner, room, { publicroom: "0" });
    assert.ok(!(await listed()));
  }, muc); // prettier-ignore

  const shown: readonly (readonly [field: string, value: string, feature: string])[] = [
    ["membersonly", "1", "muc_membersonly"],
    ["membersonly", "0", "muc_open"],
    ["moderatedroom", "1", "muc_moderated"],
    ["moderatedroom", "0", "muc_unmoderated"],
    ["publicroom", "0", "muc_hidden"],
    ["whois", "moderators", "muc_semianonymous"],
    ["whois", "anyone", "muc_nonanonymous"],
    ["persistentroom", "1", "muc_persistent"],
  ];
  for (const [field, value, feature] of shown) {
    requirement("XEP-0045 §6.4", "The room MUST return its identity and SHOULD return the features it supports.", async (t) => {
      const { room, owner } = await hall(t, { [field]: value });

      assert.ok((await features(owner, room)).includes(feature));
    }, { ...muc, about: feature }); // prettier-ignore
  }

  requirement("XEP-0045 §6.4", "The room MAY include its description and occupants in a form of type muc#roominfo (XEP-0128).", async (t) => {
    const { room, owner } = await hall(t, { roomdesc: "a quiet place" });

    const info = String(await owner.iq("get", `<query xmlns="${ns.discoInfo}"/>`, room));

    assert.match(info, /muc#roominfo/);
    assert.match(info, /a quiet place/);
  }, { ...muc, about: "roominfo" }); // prettier-ignore

  requirement("XEP-0045 §6.5", "An implementation MAY return the list of existing occupants if that information is publicly available; to occupants of the room.", async (t) => {
    const { room, owner } = await company(t);

    const items = (await owner.iq("get", `<query xmlns="${ns.discoItems}"/>`, room)).child("query")!.elements;

    assert.deepEqual(items.map((one) => one.attributes["jid"]).sort(), [`${room}/guest`, `${room}/owner`]);
  }, muc); // prettier-ignore

  requirement("XEP-0045 §7.2.1", "If the user does not specify a room nickname, the service MUST return a <jid-malformed/> error.", async (t) => {
    const { room, guest } = await hall(t);

    guest.send(`<presence xmlns="jabber:client" to="${room}"><x xmlns="${ns.muc}"/></presence>`);

    const refused = await guest.take("an error", (xml) => xml.is("presence") && xml.attributes["type"] === "error");
    assert.equal(conditionOf(refused), "jid-malformed");
  }, muc); // prettier-ignore

  requirement("XEP-0045 §7.2.5", "If the user does not supply a password, the service MUST deny access with <not-authorized/>.", async (t) => {
    const { room, guest } = await hall(t, { passwordprotectedroom: "1", roomsecret: "cauldronburn" });

    assert.equal(conditionOf(await knock(guest, room, "guest")), "not-authorized");
    assert.equal(conditionOf(await knock(guest, room, "guest", "<password>wrong</password>")), "not-authorized");
  }, muc); // prettier-ignore

  requirement("XEP-0045 §7.2.5", "The user supplies the password in the <password/> element of its presence, and is let in.", async (t) => {
    const { room, guest } = await hall(t, { passwordprotectedroom: "1", roomsecret: "cauldronburn" });

    assert.ok(codes(await knock(guest, room, "guest", "<password>cauldronburn</password>")).includes("110"));
  }, { ...muc, about: "the right one" }); // prettier-ignore

  requirement("XEP-0045 §7.2.6", "If the room is members-only but the user is not on the member list, the service MUST deny access with <registration-required/>.", async (t) => {
    const { room, guest } = await hall(t, { membersonly: "1" });

    assert.equal(conditionOf(await knock(guest, room, "guest")), "registration-required");
  }, muc); // prettier-ignore

  requirement("XEP-0045 §7.2.7", "If the user has been banned from the room, the service MUST deny access with <forbidden/>.", async (t) => {
    const { room, owner, guest } = await hall(t);
    await owner.iq("set", `<query xmlns="http://jabber.org/protocol/muc#admin"><item affiliation="outcast" jid="${guest.bare}"/></query>`, room);

    assert.equal(conditionOf(await knock(guest, room, "guest")), "forbidden");
  }, muc); // prettier-ignore

  requirement("XEP-0045 §7.2.9", "If the room has reached its maximum number of occupants, the service SHOULD deny access with <service-unavailable/>.", async (t) => {
    const { room, guest } = await company(t, { maxusers: "10" });
    const third = await t.available(2);
    assert.ok(guest.jid !== "" && codes(await knock(third, room, "third")).includes("110"));
  }, { ...muc, about: "with room left" }); // prettier-ignore

  requirement("XEP-0045 §7.2.3", "If the room is non-anonymous, the service MUST warn the user by status code 100, and show full JIDs to all.", async (t) => {
    const { room, owner, guest } = await hall(t, { whois: "anyone" });

    const own = await knock(guest, room, "guest");

    assert.ok(codes(own).includes("100"));
    assert.equal(item(await owner.presence(`${room}/guest`))["jid"], guest.jid);
    assert.equal(item(await guest.presence(`${room}/owner`))["jid"], owner.jid);
  }, muc); // prettier-ignore

  requirement("XEP-0045 §7.2.4", "If the room is semi-anonymous, the service MUST send full JIDs to moderators, and MUST NOT to others.", async (t) => {
    const { room, owner, guest } = await hall(t, { whois: "moderators" });

    const own = await knock(guest, room, "guest");

    assert.ok(!codes(own).includes("100"));
    assert.equal(item(await owner.presence(`${room}/guest`))["jid"], guest.jid);
    assert.equal(item(await guest.presence(`${room}/owner`))["jid"], undefined);
  }, muc); // prettier-ignore

  requirement("XEP-0045 §7.6", "The service MUST send unavailable presence with status code 303 and the new nick, then presence from the new nick, to all occupants.", async (t) => {
    const { room, owner, guest } = await company(t);

    guest.send(`<presence xmlns="jabber:client" to="${room}/renamed"/>`);

    for (const each of [owner, guest]) {
      const gone = await each.presence(`${room}/guest`, "unavailable");
      assert.ok(codes(gone).includes("303"));
      assert.equal(item(gone)["nick"], "renamed");
      await each.presence(`${room}/renamed`);
    }
  }, muc); // prettier-ignore

  requirement("XEP-0045 §7.6", "If the user attempts to change to a nickname already in use, the service MUST return <conflict/>.", async (t) => {
    const { room, guest } = await company(t);

    guest.send(`<presence xmlns="jabber:client" to="${room}/owner"/>`);

    const refused = await guest.take("an error", (xml) => xml.is("presence") && xml.attributes["type"] === "error");
    assert.equal(conditionOf(refused), "conflict");
    const id = say(guest, room, "<body>still guest</body>");
    assert.equal((await hears(guest, id)).attributes["from"], `${room}/guest`);
  }, { ...muc, about: "taken" }); // prettier-ignore

  requirement("XEP-0045 §7.7", "The room sends changed availability to all occupants, with the occupant's item.", async (t) => {
    const { room, owner, guest } = await company(t);

    guest.send(`<presence xmlns="jabber:client" to="${room}/guest"><show>xa</show><status>gone to lunch</status></presence>`);

    const told = await owner.take("the change", (xml) => xml.is("presence") && xml.childText("status") === "gone to lunch");
    assert.equal(told.childText("show"), "xa");
    assert.equal(item(told)["role"], "participant");
  }, muc); // prettier-ignore

  requirement("XEP-0045 §7.8.2", "The room MUST send the invitation to the invitee, from the room itself, with <invite from=…/> and the reason.", async (t) => {
    const { room, owner, guest } = await hall(t);

    owner.send(`<message xmlns="jabber:client" to="${room}"><x xmlns="${ns.mucUser}"><invite to="${guest.bare}"><reason>come</reason></invite></x></message>`);

    const told = await roomSays(guest, room, "an invitation", (xml) => xml.deep("invite", ns.mucUser) !== undefined);
    assert.equal(told.attributes["from"], room);
    assert.ok(told.deep("invite", ns.mucUser)!.attributes["from"]!.length > 0);
    assert.equal(told.deep("invite", ns.mucUser)!.childText("reason"), "come");
  }, muc); // prettier-ignore

  requirement("XEP-0045 §7.8.2", "If the room is password-protected, the service SHOULD include the password in the invitation.", async (t) => {
    const { room, owner, guest } = await hall(t, { passwordprotectedroom: "1", roomsecret: "cauldronburn" });

    owner.send(`<message xmlns="jabber:client" to="${room}"><x xmlns="${ns.mucUser}"><invite to="${guest.bare}"/></x></message>`);

    const told = await roomSays(guest, room, "an invitation", (xml) => xml.deep("invite", ns.mucUser) !== undefined);
    assert.equal(told.child("x", ns.mucUser)!.childText("password"), "cauldronburn");
  }, { ...muc, about: "password" }); // prettier-ignore

  requirement("XEP-0045 §7.8.2", "If the inviter is an admin of a members-only room, the service SHOULD add the invitee to the member list.", async (t) => {
    const { room, owner, guest } = await hall(t, { membersonly: "1" });

    owner.send(`<message xmlns="jabber:client" to="${room}"><x xmlns="${ns.mucUser}"><invite to="${guest.bare}"/></x></message>`);
    await roomSays(guest, room, "an invitation", (xml) => xml.deep("invite", ns.mucUser) !== undefined);

    assert.equal(item(await knock(guest, room, "guest"))["affiliation"], "member");
  }, { ...muc, about: "members-only" }); // prettier-ignore

  requirement("XEP-0045 §7.8.2", "If the invitee declines, the room SHOULD inform the inviter: <decline/>, from the room, with the reason.", async (t) => {
    const { room, owner, guest } = await hall(t);
    owner.send(`<message xmlns="jabber:client" to="${room}"><x xmlns="${ns.mucUser}"><invite to="${guest.bare}"/></x></message>`);
    await roomSays(guest, room, "an invitation", (xml) => xml.deep("invite", ns.mucUser) !== undefined);

    guest.send(`<message xmlns="jabber:client" to="${room}"><x xmlns="${ns.mucUser}"><decline to="${owner.bare}"><reason>busy</reason></decline></x></message>`);

    const told = await roomSays(owner, room, "a refusal", (xml) => xml.deep("decline", ns.mucUser) !== undefined);
    assert.equal(told.deep("decline", ns.mucUser)!.childText("reason"), "busy");
  }, { ...muc, about: "declined" }); // prettier-ignore

  requirement("XEP-0249 §2", "A direct invitation is a message with <x xmlns='jabber:x:conference' jid=…/>, which reaches the invitee as it is.", async (t) => {
    const { room, owner, guest } = await hall(t);

    owner.send(`<message xmlns="jabber:client" to="${guest.bare}"><x xmlns="${conference}" jid="${room}" reason="come" password="p"/></message>`);

    const told = await guest.take("an invitation", (xml) => xml.is("message") && xml.child("x", conference)?.attributes["jid"] === room);
    assert.deepEqual([told.attributes["from"], told.child("x", conference)!.attributes["reason"]], [owner.jid, "come"]);
  }, muc); // prettier-ignore

  requirement("XEP-0410 §3.1", "A ping to the client's own occupant JID is answered with a result while it is joined, and <not-acceptable/> when it is not.", async (t) => {
    const { room, owner, guest } = await hall(t);

    assert.equal((await owner.iq("get", `<ping xmlns="${ns.ping}"/>`, `${room}/owner`)).attributes["type"], "result");
    assert.equal(conditionOf(await guest.iq("get", `<ping xmlns="${ns.ping}"/>`, `${room}/guest`)), "not-acceptable");
  }, muc); // prettier-ignore

  requirement("XEP-0045 §3", "A room's address is any localpart of RFC 7622, an IRC channel's or another's.", async (t) => {
    const client = await t.available();
    const [, service] = t.room().split("@");
    for (const name of [`#${t.word()}`, `${t.word()}++`, `${t.word()}.x_y-z%`, `d\\27${t.word()}`]) {
      await t.enter(client, `${name}@${service}`, "nick");
      const id = say(client, `${name}@${service}`, "<body>hark</body>", t.word());
      assert.equal((await hears(client, id)).attributes["from"], `${name}@${service}/nick`);
    }
  }, muc); // prettier-ignore
});
