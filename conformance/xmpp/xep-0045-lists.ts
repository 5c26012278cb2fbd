// XEP-0045 §9.3–9.5, §10.3–10.9: lists of affiliations, whoever is on them, and who may end a room.
import assert from "node:assert/strict";
import type { Xml } from "../clients/xml.ts";
import { conditionOf, ns, type XmppClient } from "../clients/xmpp.ts";
import { change, codes, company, dataForms, formField, hall, isResult, item, knock, list, muc } from "../muc-kit.ts";
import { NotOffered } from "../requirement.ts";
import { requirement } from "./requirement.ts";

const destroy = `<query xmlns="${ns.mucOwner}"><destroy/></query>`;

async function listed(by: XmppClient, room: string, affiliation: string): Promise<(string | undefined)[]> {
  const answer = await list(by, room, `affiliation="${affiliation}"`);
  isResult(answer);
  return answer
    .child("query")!
    .elements.map((one) => one.attributes["jid"])
    .sort();
}

function given(affiliation: string, ...jids: readonly string[]): string[] {
  return jids.map((jid) => `<item jid="${jid}" affiliation="${affiliation}"/>`);
}

function isEnd(xml: Xml, room: string): boolean {
  return (
    xml.is("presence") &&
    xml.attributes["type"] === "unavailable" &&
    (xml.attributes["from"] ?? "").startsWith(`${room}/`)
  );
}

describe("XEP-0045 lists of affiliations", () => {
  requirement("XEP-0045 §9.5", "The admin MUST send the changed items (i.e., only the \"delta\") … The service MUST modify the member list and then inform the admin of success: who is not named stays, and whoever is named is changed, of whatever domain.", async (t) => {
    const { room, owner, guest } = await company(t);
    isResult(await change(owner, room, ...given("admin", guest.bare)));
    const [first, second, third] = ["hecate@shakespeare.example", "thirdwitch@shakespeare.example", "hag66@witches.example"] as const;
    isResult(await change(guest, room, ...given("member", first, second)));

    isResult(await change(guest, room, ...given("none", first), ...given("member", third)));

    assert.deepEqual(await listed(guest, room, "member"), [third, second]);
  }, { ...muc, about: "the delta, other domains" }); // prettier-ignore

  for (const affiliation of ["admin", "owner"])
    requirement("XEP-0045 §10.5", "The service MUST modify the list and then inform the owner of success (§10.5, §10.8), of whatever domain the account is.", async (t) => {
      const { room, owner } = await hall(t);
      const other = "wiccarocks@shakespeare.example";

      isResult(await change(owner, room, ...given(affiliation, other)));
      const before = await listed(owner, room, affiliation);
      isResult(await change(owner, room, ...given("none", other)));

      assert.ok(before.includes(other), before.join());
      assert.ok(!(await listed(owner, room, affiliation)).includes(other));
    }, { ...muc, about: `an ${affiliation} of another domain` }); // prettier-ignore

  requirement("XEP-0045 §9.4", "If a removed member is currently in a members-only room, the service MUST subsequently refuse entry to the user.", async (t) => {
    const { room, owner, guest } = await hall(t, { membersonly: "1" });
    isResult(await change(owner, room, ...given("member", guest.bare)));
    await t.enter(guest, room, "guest");

    isResult(await change(owner, room, ...given("none", guest.bare)));
    await guest.presence(`${room}/guest`, "unavailable");

    guest.send(`<presence xmlns="jabber:client" to="${room}/guest"><x xmlns="${ns.muc}"/></presence>`);
    assert.equal(conditionOf(await guest.presence(`${room}/guest`, "error")), "registration-required");
  }, { ...muc, about: "refused from then on" }); // prettier-ignore

  requirement("XEP-0045 §9.1", "The service SHOULD remove the outcast's nickname from the list of registered nicknames: somebody else may have it.", async (t) => {
    const { room, owner, guest } = await hall(t);
    isResult(await change(owner, room, `<item jid="${guest.bare}" affiliation="member" nick="thirdwitch"/>`));

    isResult(await change(owner, room, ...given("outcast", guest.bare)));

    const third = await t.available(2);
    assert.ok(codes(await knock(third, room, "thirdwitch")).includes("110"));
  }, { ...muc, about: "the nickname" }); // prettier-ignore

  requirement("XEP-0045 §9.5", "The service SHOULD send an invitation to any user who has been added to the member list of a members-only room if the user is not currently affiliated with the room.", async (t) => {
    const { room, owner, guest } = await hall(t, { membersonly: "1" });

    isResult(await change(owner, room, ...given("member", guest.bare)));

    const asked = await guest.take("the invitation", (xml) => xml.is("message") && xml.deep("invite", ns.mucUser) !== undefined);
    assert.equal(asked.attributes["from"], room);
    assert.ok([owner.bare, room].includes(asked.deep("invite", ns.mucUser)!.attributes["from"]!.split("/")[0]!), String(asked));
    isResult(await change(owner, room, ...given("admin", guest.bare)));
    isResult(await change(owner, room, ...given("member", guest.bare)));
    await t.settled(owner, guest);
    assert.ok(!guest.waiting.some((xml) => xml.deep("invite", ns.mucUser) !== undefined), "one who was affiliated");
  }, { ...muc, about: "invited by the room" }); // prettier-ignore

  for (const [field, from, to] of [["roomadmins", "none", "admin"], ["roomadmins", "admin", "member"], ["roomowners", "none", "owner"], ["roomowners", "owner", "admin"]] as const)
    requirement("XEP-0045 §10.2", "If as a result of a change in the room configuration a user gains or loses administrative or owner privileges while in the room, the room MUST send updated presence for that individual to all occupants.", async (t) => {
      const { room, owner, guest } = await company(t);
      if (from !== "none") isResult(await change(owner, room, ...given(from, guest.bare)));
      const form = await owner.iq("get", `<query xmlns="${ns.mucOwner}"/>`, room);
      if (!String(form).includes(`muc#roomconfig_${field}`)) throw new NotOffered(`not offered: muc#roomconfig_${field}`);
      const people = [...(field === "roomowners" ? [owner.bare] : []), ...(to === "admin" && from === "owner" ? [] : to === "member" ? [] : [guest.bare])];
      const about = formField("FORM_TYPE", "http://jabber.org/protocol/muc#roomconfig");

      isResult(await owner.iq("set", `<query xmlns="${ns.mucOwner}"><x xmlns="${dataForms}" type="submit">${about}${formField(`muc#roomconfig_${field}`, ...people)}</x></query>`, room));

      for (const each of [owner, guest])
        await each.take(`the new standing, ${to}`, (xml) => xml.is("presence") && xml.attributes["from"] === `${room}/guest` && item(xml)["affiliation"] === to);
    }, { ...muc, about: `${field}: ${from} becomes ${to}` }); // prettier-ignore

  requirement("XEP-0045 §10.2", "A service MUST NOT allow an owner to revoke his or her own ownership privileges if there are no other owners; the service MUST return a <conflict/> error.", async (t) => {
    const { room, owner, guest } = await hall(t);
    const form = await owner.iq("get", `<query xmlns="${ns.mucOwner}"/>`, room);
    if (!String(form).includes("muc#roomconfig_roomowners")) throw new NotOffered("not offered: muc#roomconfig_roomowners");

    const about = formField("FORM_TYPE", "http://jabber.org/protocol/muc#roomconfig");
    const answer = await owner.iq("set", `<query xmlns="${ns.mucOwner}"><x xmlns="${dataForms}" type="submit">${about}${formField("muc#roomconfig_roomowners")}</x></query>`, room);

    assert.equal(conditionOf(answer), "conflict");
    assert.ok((await listed(owner, room, "owner")).includes(owner.bare));
    assert.equal(conditionOf(await guest.iq("get", `<query xmlns="${ns.mucOwner}"/>`, room)), "forbidden");
  }, { ...muc, about: "the last owner, by the form" }); // prettier-ignore

  requirement("XEP-0045 §9.5", "Invitations sent through an open room MUST NOT trigger the addition of the invitee to the member list.", async (t) => {
    const { room, owner, guest } = await hall(t);

    owner.send(`<message xmlns="jabber:client" to="${room}"><x xmlns="${ns.mucUser}"><invite to="${guest.bare}"/></x></message>`);
    await guest.take("the invitation", (xml) => xml.is("message") && xml.deep("invite", ns.mucUser) !== undefined);

    assert.deepEqual(await listed(owner, room, "member"), []);
  }, { ...muc, about: "invited to an open room" }); // prettier-ignore

  requirement("XEP-0045 §9.5", "A service SHOULD also return the member list to any occupant in a members-only room; i.e., it SHOULD NOT generate a <forbidden/> error.", async (t) => {
    const { room, owner, guest } = await hall(t, { membersonly: "1" });
    isResult(await change(owner, room, ...given("member", guest.bare)));
    await t.enter(guest, room, "guest");

    assert.deepEqual(await listed(guest, room, "member"), [guest.bare]);
  }, { ...muc, about: "shown to members" }); // prettier-ignore

  for (const affiliation of ["admin", "member", "none", "outcast"])
    requirement("XEP-0045 §10.9", "If the <user@host> of the 'from' address received on a destroy request does not match the bare JID of a room owner, the service MUST return a <forbidden/> error to the sender.", async (t) => {
      const { room, owner, guest } = await hall(t);
      if (affiliation !== "none") isResult(await change(owner, room, ...given(affiliation, guest.bare)));

      const answer = await guest.iq("set", destroy, room);

      assert.equal(conditionOf(answer), "forbidden");
      assert.ok(!codes(await knock(owner, room, "owner")).includes("201"), "the room is still there");
    }, { ...muc, about: `by one whose affiliation is ${affiliation}` }); // prettier-ignore

  requirement("XEP-0045 §10.9", "The service removes all occupants by sending only one presence stanza of type \"unavailable\" to each occupant.", async (t) => {
    const { room, owner, guest } = await company(t);

    isResult(await owner.iq("set", destroy, room));
    for (const [each, nick] of [[owner, "owner"], [guest, "guest"]] as const) {
      const gone = await each.take("the end", (xml) => isEnd(xml, room));
      await each.ping();

      assert.equal(gone.attributes["from"], `${room}/${nick}`);
      assert.ok(gone.deep("destroy", ns.mucUser) !== undefined, String(gone));
      assert.deepEqual(each.waiting.filter((xml) => isEnd(xml, room)).map(String), []);
    }
  }, { ...muc, about: "one each" }); // prettier-ignore
});
