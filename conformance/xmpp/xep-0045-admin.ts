// XEP-0045 §9, §10: bans, members, admins, owners; configuration and the end of a room.
import assert from "node:assert/strict";
import { conditionOf, ns } from "../clients/xmpp.ts";
import {
  change,
  codes,
  company,
  config,
  configure,
  dataForms,
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
import { requirement } from "./requirement.ts";

describe("XEP-0045 governing rooms", () => {
  requirement("XEP-0045 §9.1", "The service MUST remove a banned occupant: unavailable presence with status 301 and affiliation outcast, to it and to the others.", async (t) => {
    const { room, owner, guest } = await company(t);

    isResult(await change(owner, room, `<item jid="${guest.bare}" affiliation="outcast"><reason>treason</reason></item>`));

    for (const each of [owner, guest]) {
      const gone = await each.presence(`${room}/guest`, "unavailable");
      assert.ok(codes(gone).includes("301"), codes(gone).join());
      assert.deepEqual([item(gone)["affiliation"], item(gone)["role"]], ["outcast", "none"]);
      assert.equal(gone.deep("reason", ns.mucUser)?.text, "treason");
    }
  }, muc); // prettier-ignore

  requirement("XEP-0045 §9.1", "If an admin attempts to ban an owner, the service MUST return <not-allowed/>.", async (t) => {
    const { room, owner, guest } = await company(t);
    isResult(await change(owner, room, `<item jid="${guest.bare}" affiliation="admin"/>`));

    assert.equal(conditionOf(await change(guest, room, `<item jid="${owner.bare}" affiliation="outcast"/>`)), "not-allowed");
  }, { ...muc, about: "an owner" }); // prettier-ignore

  requirement("XEP-0045 §9.1", "If a user attempts to ban himself, the service MUST deny with <conflict/>.", async (t) => {
    const { room, owner } = await company(t);

    assert.equal(conditionOf(await change(owner, room, `<item jid="${owner.bare}" affiliation="outcast"/>`)), "conflict");
  }, { ...muc, about: "oneself" }); // prettier-ignore

  requirement("XEP-0045 §9.1", "Who is neither admin nor owner may not ban.", async (t) => {
    const { room, guest } = await company(t);

    assert.match(conditionOf(await change(guest, room, `<item jid="${t.bare(2)}" affiliation="outcast"/>`)), /^(forbidden|not-allowed)$/);
  }, { ...muc, about: "by a participant" }); // prettier-ignore

  requirement("XEP-0045 §9.2", "An admin gets the ban list, and takes a ban back by affiliation none.", async (t) => {
    const { room, owner, guest } = await hall(t);
    isResult(await change(owner, room, `<item jid="${guest.bare}" affiliation="outcast"/>`));

    const banned = (await list(owner, room, `affiliation="outcast"`)).child("query")!.elements;
    assert.deepEqual(banned.map((one) => one.attributes["jid"]), [guest.bare]);
    isResult(await change(owner, room, `<item jid="${guest.bare}" affiliation="none"/>`));
    assert.ok(codes(await knock(guest, room, "guest")).includes("110"));
  }, muc); // prettier-ignore

  requirement("XEP-0045 §9.2", "Who is neither admin nor owner does not get the ban list: <forbidden/>.", async (t) => {
    const { room, guest } = await company(t);

    assert.equal(conditionOf(await list(guest, room, `affiliation="outcast"`)), "forbidden");
  }, { ...muc, about: "forbidden" }); // prettier-ignore

  requirement("XEP-0045 §9.3", "An admin grants membership; if the user is in the room, the service MUST send its new presence to all.", async (t) => {
    const { room, owner, guest } = await company(t);

    isResult(await change(owner, room, `<item jid="${guest.bare}" affiliation="member"><reason>worthy</reason></item>`));

    for (const each of [owner, guest])
      await each.take("the new standing", (xml) => xml.is("presence") && xml.attributes["from"] === `${room}/guest` && item(xml)["affiliation"] === "member");
  }, muc); // prettier-ignore

  requirement("XEP-0045 §9.3", "A member enters a members-only room.", async (t) => {
    const { room, owner, guest } = await hall(t, { membersonly: "1" });

    isResult(await change(owner, room, `<item jid="${guest.bare}" affiliation="member"/>`));

    assert.equal(item(await knock(guest, room, "guest"))["affiliation"], "member");
  }, { ...muc, about: "enters" }); // prettier-ignore

  requirement("XEP-0045 §9.4", "Who loses membership of a members-only room MUST be removed: unavailable presence with status 321.", async (t) => {
    const { room, owner, guest } = await hall(t, { membersonly: "1" });
    isResult(await change(owner, room, `<item jid="${guest.bare}" affiliation="member"/>`));
    await t.enter(guest, room, "guest");

    isResult(await change(owner, room, `<item jid="${guest.bare}" affiliation="none"/>`));

    for (const each of [owner, guest]) {
      const gone = await each.presence(`${room}/guest`, "unavailable");
      assert.ok(codes(gone).includes("321"), codes(gone).join());
    }
  }, muc); // prettier-ignore

  requirement("XEP-0045 §9.5", "An admin gets the member list, and may change several in one request.", async (t) => {
    const { room, owner, guest } = await hall(t);

    isResult(await change(owner, room, `<item jid="${guest.bare}" affiliation="member"/>`, `<item jid="${t.bare(2)}" affiliation="member"/>`));

    const members = (await list(owner, room, `affiliation="member"`)).child("query")!.elements;
    assert.deepEqual(members.map((one) => one.attributes["jid"]).sort(), [guest.bare, t.bare(2)].sort());
  }, muc); // prettier-ignore

  requirement("XEP-0045 §10.3", "An owner grants ownership; the service MUST send the new presence, and the owner list shows both (§10.5).", async (t) => {
    const { room, owner, guest } = await company(t);

    isResult(await change(owner, room, `<item jid="${guest.bare}" affiliation="owner"/>`));

    await owner.take("the new standing", (xml) => xml.is("presence") && xml.attributes["from"] === `${room}/guest` && item(xml)["affiliation"] === "owner");
    const owners = (await list(owner, room, `affiliation="owner"`)).child("query")!.elements;
    assert.deepEqual(owners.map((one) => one.attributes["jid"]).sort(), [owner.bare, guest.bare].sort());
  }, muc); // prettier-ignore

  requirement("XEP-0045 §10.4", "If the last owner attempts to give up ownership, the service MUST return <conflict/>.", async (t) => {
    const { room, owner } = await hall(t);

    assert.equal(conditionOf(await change(owner, room, `<item jid="${owner.bare}" affiliation="member"/>`)), "conflict");
  }, muc); // prettier-ignore

  requirement("XEP-0045 §10.6", "An owner makes an admin, who is a moderator; the service MUST send the new presence to all.", async (t) => {
    const { room, owner, guest } = await company(t);

    isResult(await change(owner, room, `<item jid="${guest.bare}" affiliation="admin"/>`));

    const told = await owner.take("the new standing", (xml) => xml.is("presence") && xml.attributes["from"] === `${room}/guest` && item(xml)["affiliation"] === "admin");
    assert.equal(item(told)["role"], "moderator");
    assert.equal(item(await guest.take("its own", (xml) => xml.is("presence") && item(xml)["affiliation"] === "admin" && codes(xml).includes("110")))["role"], "moderator");
  }, muc); // prettier-ignore

  requirement("XEP-0045 §10.6", "Who is no owner may not make admins: <forbidden/>.", async (t) => {
    const { room, owner, guest } = await company(t);
    isResult(await change(owner, room, `<item jid="${guest.bare}" affiliation="admin"/>`));

    assert.match(conditionOf(await change(guest, room, `<item jid="${t.bare(2)}" affiliation="admin"/>`)), /forbidden|not-allowed/);
  }, { ...muc, about: "by an admin" }); // prettier-ignore

  requirement("XEP-0045 §10.7", "An owner takes admin status back; the occupant stays.", async (t) => {
    const { room, owner, guest } = await company(t);
    isResult(await change(owner, room, `<item jid="${guest.bare}" affiliation="admin"/>`));

    isResult(await change(owner, room, `<item jid="${guest.bare}" affiliation="none"/>`));

    await guest.take("its old standing", (xml) => xml.is("presence") && item(xml)["affiliation"] === "none" && codes(xml).includes("110") && item(xml)["role"] === "participant");
  }, muc); // prettier-ignore

  requirement("XEP-0045 §10.2", "An owner gets the configuration form, of type form, with FORM_TYPE muc#roomconfig and current values.", async (t) => {
    const { room, owner } = await hall(t, { roomname: "A Dark Cave" });

    const form = (await owner.iq("get", `<query xmlns="${ns.mucOwner}"/>`, room)).deep("x", dataForms)!;

    assert.equal(form.attributes["type"], "form");
    const values = new Map(form.elements.filter((one) => one.is("field")).map((one) => [one.attributes["var"], one.childText("value")]));
    assert.equal(values.get("FORM_TYPE"), "http://jabber.org/protocol/muc#roomconfig");
    assert.equal(values.get("muc#roomconfig_roomname"), "A Dark Cave");
    for (const name of ["membersonly", "moderatedroom", "passwordprotectedroom", "persistentroom", "publicroom", "whois"])
      assert.ok(values.has(`muc#roomconfig_${name}`), name);
  }, muc); // prettier-ignore

  requirement("XEP-0045 §10.2", "Who is no owner does not get the form: <forbidden/>.", async (t) => {
    const { room, guest } = await company(t);

    assert.equal(conditionOf(await guest.iq("get", `<query xmlns="${ns.mucOwner}"/>`, room)), "forbidden");
    assert.equal(conditionOf(await guest.iq("set", config({ roomname: "mine" }), room)), "forbidden");
  }, { ...muc, about: "forbidden" }); // prettier-ignore

  requirement("XEP-0045 §10.2.1", "When the configuration changes, the room MUST send a message with status code 104 to all occupants.", async (t) => {
    const { room, owner, guest } = await company(t);

    await configure(owner, room, { roomname: "Renamed" });

    await roomSays(guest, room, "status 104", (xml) => codes(xml).includes("104"));
  }, muc); // prettier-ignore

  requirement("XEP-0045 §10.2.1", "When the room becomes semi-anonymous, the room MUST send status code 173; when non-anonymous, 172.", async (t) => {
    const { room, owner, guest } = await company(t, { whois: "anyone" });

    await configure(owner, room, { whois: "moderators" });
    await roomSays(guest, room, "status 173", (xml) => codes(xml).includes("173"));
    await configure(owner, room, { whois: "anyone" });
    await roomSays(guest, room, "status 172", (xml) => codes(xml).includes("172"));
  }, { ...muc, about: "privacy" }); // prettier-ignore

  requirement("XEP-0045 §10.2", "When a room becomes members-only, the service SHOULD remove who is no member: status 322.", async (t) => {
    const { room, owner, guest } = await company(t);

    await configure(owner, room, { membersonly: "1" });

    const gone = await guest.presence(`${room}/guest`, "unavailable");
    assert.ok(codes(gone).includes("322"), codes(gone).join());
  }, { ...muc, about: "members-only" }); // prettier-ignore

  requirement("XEP-0045 §10.2", "If the owner cancels, the service SHOULD leave the configuration as it is.", async (t) => {
    const { room, owner } = await hall(t, { roomname: "Before" });

    isResult(await owner.iq("set", `<query xmlns="${ns.mucOwner}"><x xmlns="${dataForms}" type="cancel"/></query>`, room));

    assert.match(String(await owner.iq("get", `<query xmlns="${ns.discoInfo}"/>`, room)), /Before/);
  }, { ...muc, about: "cancelled" }); // prettier-ignore

  requirement("XEP-0045 §10.9", "The service MUST remove all occupants of a destroyed room: unavailable presence with <destroy/>, its alternate venue and reason.", async (t) => {
    const { room, owner, guest } = await company(t);
    const other = t.room();

    isResult(await owner.iq("set", `<query xmlns="${ns.mucOwner}"><destroy jid="${other}"><reason>Macbeth doth come</reason></destroy></query>`, room));

    const gone = await guest.presence(`${room}/guest`, "unavailable");
    const destroy = gone.deep("destroy", ns.mucUser)!;
    assert.deepEqual([destroy.attributes["jid"], destroy.childText("reason")], [other, "Macbeth doth come"]);
    assert.deepEqual([item(gone)["affiliation"], item(gone)["role"]], ["none", "none"]);
  }, muc); // prettier-ignore

  requirement("XEP-0045 §10.9", "Who is no owner may not destroy the room: <forbidden/>.", async (t) => {
    const { room, guest } = await company(t);

    assert.equal(conditionOf(await guest.iq("set", `<query xmlns="${ns.mucOwner}"><destroy/></query>`, room)), "forbidden");
  }, { ...muc, about: "forbidden" }); // prettier-ignore

  requirement("XEP-0045 §10.9", "A destroyed room is gone: whoever enters one of its name makes another.", async (t) => {
    const { room, owner, guest } = await company(t);
    await hears(owner, say(owner, room, "<body>before</body>"));
    isResult(await owner.iq("set", `<query xmlns="${ns.mucOwner}"><destroy/></query>`, room));
    await guest.presence(`${room}/guest`, "unavailable");

    const own = await knock(guest, room, "guest");

    assert.ok(codes(own).includes("201"));
    assert.equal(item(own)["affiliation"], "owner");
  }, { ...muc, about: "anew" }); // prettier-ignore

  requirement("XEP-0045 §4.2", "A temporary room is destroyed when its last occupant exits.", async (t) => {
    const { room, owner, guest } = await hall(t, { persistentroom: "0" });

    owner.send(`<presence xmlns="jabber:client" type="unavailable" to="${room}/owner"/>`);
    await owner.presence(`${room}/owner`, "unavailable");
    await owner.ping();

    assert.ok(codes(await knock(guest, room, "guest")).includes("201"));
  }, muc); // prettier-ignore

  requirement("XEP-0045 §4.2", "A persistent room is not destroyed when its last occupant exits.", async (t) => {
    const { room, owner, guest } = await hall(t, { persistentroom: "1" });

    owner.send(`<presence xmlns="jabber:client" type="unavailable" to="${room}/owner"/>`);
    await owner.presence(`${room}/owner`, "unavailable");
    await owner.ping();

    assert.ok(!codes(await knock(guest, room, "guest")).includes("201"));
  }, { ...muc, about: "persistent" }); // prettier-ignore

  requirement("XEP-0045 §7.10", "A user registers a nick by a form about muc#register, becomes a member, and nobody else may use the nick: <conflict/>.", async (t) => {
    const { room, owner, guest } = await hall(t);
    const asked = await guest.iq("get", `<query xmlns="${ns.register}"/>`, room);
    assert.match(String(asked), /muc#register_roomnick/);

    const about = `<field var="FORM_TYPE" type="hidden"><value>http://jabber.org/protocol/muc#register</value></field>`;
    isResult(await guest.iq("set", `<query xmlns="${ns.register}"><x xmlns="${dataForms}" type="submit">${about}<field var="muc#register_roomnick"><value>thirdwitch</value></field></x></query>`, room));

    const members = (await list(owner, room, `affiliation="member"`)).child("query")!.elements;
    assert.deepEqual(members.map((one) => one.attributes["jid"]), [guest.bare]);
    const third = await t.available(2);
    assert.equal(conditionOf(await knock(third, room, "thirdwitch")), "conflict");
    const reserved = await guest.iq("get", `<query xmlns="${ns.discoInfo}" node="x-roomuser-item"/>`, room);
    assert.equal(reserved.deep("identity")?.attributes["name"], "thirdwitch");
  }, muc); // prettier-ignore
});
