// XEP-0045 §8–§10: whoever changes what others are is answered, and then sees what has become of them.
import assert from "node:assert/strict";
import type { Xml } from "../clients/xml.ts";
import { conditionOf, ns, type XmppClient } from "../clients/xmpp.ts";
import { change, codes, company, hall, isResult, item, knock, list, muc, mucAdmin } from "../muc-kit.ts";
import { requirement } from "./requirement.ts";

const updated = "to all occupants";
const changes = [
  ["8.2", "a kick", `nick="guest" role="none"`, "After removing the kicked occupant(s), the service MUST then inform the moderator of success. After informing the moderator, the service MUST then inform all of the remaining occupants."],
  ["8.3", "voice", `nick="guest" role="participant"`, `The service MUST then inform the moderator of success. The service MUST then send updated presence from this individual ${updated}.`],
  ["8.4", "voice", `nick="guest" role="visitor"`, `The service MUST then inform the moderator of success. The service MUST then send updated presence from this individual ${updated}.`],
  ["9.1", "a ban", `jid="GUEST" affiliation="outcast"`, "The service MUST inform the admin or owner of success. The service MUST then inform all of the remaining occupants that the banned user is no longer in the room."],
  ["9.3", "membership", `jid="GUEST" affiliation="member"`, `The service MUST add the user to the member list and then inform the admin of success. If the user is in the room, the service MUST then send updated presence from this individual ${updated}.`],
  ["9.6", "a moderator", `nick="guest" role="moderator"`, `The service MUST add the user to the moderator list and then inform the admin of success. The service MUST then send updated presence from this individual ${updated}.`],
  ["10.3", "an owner", `jid="GUEST" affiliation="owner"`, `The service MUST add the user to the owner list and then inform the owner of success. If the user is in the room, the service MUST then send updated presence from this individual ${updated}.`],
  ["10.6", "an admin", `jid="GUEST" affiliation="admin"`, `The service MUST add the user to the admin list and then inform the owner of success. If the user is in the room, the service MUST then send updated presence from this individual ${updated}.`],
  ["9.2", "the ban list", `jid="GUEST" affiliation="outcast"`, "After updating the ban list, the service MUST inform the admin of success. The service MUST then remove the affected occupants (if they are in the room) and send updated presence from them to all the remaining occupants."],
  ["9.4", "no member any more", `jid="GUEST" affiliation="none"`, `The service MUST remove the user from the member list and then inform the moderator of success. The service MUST then send updated presence from this individual ${updated}.`, `jid="GUEST" affiliation="member"`],
  ["9.7", "no moderator any more", `nick="guest" role="participant"`, `The service MUST remove the user from the moderator list and then inform the admin of success. The service MUST then send updated presence from this individual ${updated}.`, `nick="guest" role="moderator"`],
  ["10.4", "no owner any more", `jid="GUEST" affiliation="admin"`, `The service MUST remove the user from the owner list and then inform the owner of success. If the user is in the room, the service MUST then send updated presence from this individual ${updated}.`, `jid="GUEST" affiliation="owner"`],
  ["10.7", "no admin any more", `jid="GUEST" affiliation="member"`, `The service MUST remove the user from the admin list and then inform the owner of success. The service MUST then send updated presence from this individual ${updated}.`, `jid="GUEST" affiliation="admin"`],
] as const; // prettier-ignore

/** Answers to that id, and what an occupant is, in the order they come in. */
async function two(by: XmppClient, id: string, from: string): Promise<readonly [first: Xml, second: Xml]> {
  const wanted = (xml: Xml): boolean =>
    xml.attributes["id"] === id || (xml.is("presence") && xml.attributes["from"] === from);
  return [await by.take("the answer, or the presence", wanted), await by.take("the other of both", wanted)];
}

describe("XEP-0045: answered, and then shown", () => {
  for (const [clause, what, attributes, quote, before] of changes)
    requirement(`XEP-0045 §${clause}`, quote, async (t) => {
      const { room, owner, guest } = await company(t, clause === "8.3" ? { moderatedroom: "1" } : {});
      const id = t.word();
      const asked = (of: string): string => `<item ${of.replace("GUEST", guest.bare)}/>`;
      if (before !== undefined) {
        isResult(await change(owner, room, asked(before)));
        await owner.presence(`${room}/guest`);
      }

      owner.send(`<iq xmlns="jabber:client" type="set" id="${id}" to="${room}"><query xmlns="${mucAdmin}">${asked(attributes)}</query></iq>`);
      const [first, second] = await two(owner, id, `${room}/guest`);

      assert.deepEqual([first, second].map((xml) => xml.name), ["iq", "presence"]);
      assert.equal(first.attributes["type"], "result", String(first));
    }, { ...muc, about: `${what}: the order` }); // prettier-ignore

  requirement("XEP-0045 §8.2", "The service MUST remove the kicked occupant by sending a presence stanza of type “unavailable” to each kicked occupant. After removing the kicked occupant(s), the service MUST then inform the moderator of success; who kicks himself MAY be refused with <conflict/>.", async (t) => {
    const { room, owner } = await company(t);
    const id = t.word();

    owner.send(`<iq xmlns="jabber:client" type="set" id="${id}" to="${room}"><query xmlns="${mucAdmin}"><item nick="owner" role="none"/></query></iq>`);

    const first = await owner.take("the end, or an answer", (xml) => xml.attributes["id"] === id || (xml.is("presence") && xml.attributes["from"] === `${room}/owner`));
    if (first.attributes["type"] === "error") return assert.equal(conditionOf(first), "conflict");
    assert.deepEqual([first.name, first.attributes["type"]], ["presence", "unavailable"]);
    assert.ok(codes(first).includes("307"));
    isResult(await owner.take("the answer", (xml) => xml.attributes["id"] === id));
  }, { ...muc, about: "oneself: the order" }); // prettier-ignore

  for (const [clause, what, request] of [
    ["10.2", "settings", (guest: string) => `<query xmlns="${ns.mucOwner}"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>http://jabber.org/protocol/muc#roomconfig</value></field><field var="muc#roomconfig_roomadmins"><value>${guest}</value></field></x></query>`],
    ["10.9", "the end", () => `<query xmlns="${ns.mucOwner}"><destroy/></query>`],
  ] as const)
    requirement(`XEP-0045 §${clause}`, "The room MUST send updated presence, or removes all users, and no order is named: it comes before the answer, so that who looks at the room behind the answer sees it as it has become.", async (t) => {
      const { room, owner, guest } = await company(t);
      const id = t.word();

      owner.send(`<iq xmlns="jabber:client" type="set" id="${id}" to="${room}">${request(guest.bare)}</iq>`);
      const [first, second] = await two(owner, id, `${room}/${clause === "10.2" ? "guest" : "owner"}`);

      assert.deepEqual([first, second].map((xml) => xml.name), ["presence", "iq"]);
      isResult(second);
    }, { ...muc, needs: ["muc", "policy"], about: `${what}: the order` }); // prettier-ignore

  requirement("XEP-0045 §9.8", "A role may be changed by the full JID of an occupant, as §8.2 leaves to the service (MAY), to the same end as by its nick.", async (t) => {
    const { room, owner, guest } = await company(t);

    owner.send(`<iq xmlns="jabber:client" type="set" id="r" to="${room}"><query xmlns="${mucAdmin}"><item jid="${guest.jid}" role="visitor"/></query></iq>`);

    const shown = await guest.take("the new role", (xml) => xml.is("presence") && xml.attributes["from"] === `${room}/guest` && item(xml)["role"] === "visitor");
    assert.ok(codes(shown).includes("110"));
  }, { ...muc, needs: ["muc", "policy"], about: "by the account" }); // prettier-ignore

  requirement("XEP-0045 §9.8", "Administrative requests MUST be denied if the <user@host> of the 'from' does not match the bare JID of one of the room admins (§9): an owner who is not in the room gets the moderator list, and changes it.", async (t) => {
    const { room, owner } = await company(t);
    const other = await t.available(0);
    owner.send(`<presence xmlns="jabber:client" type="unavailable" to="${room}/owner"/>`);
    await owner.presence(`${room}/owner`, "unavailable");

    isResult(await change(other, room, `<item nick="guest" role="moderator"/>`));
    const moderators = await list(other, room, `role="moderator"`);

    isResult(moderators);
    assert.deepEqual(moderators.child("query")!.elements.map((one) => one.attributes["nick"]), ["guest"]);
  }, { ...muc, about: "from outside" }); // prettier-ignore

  requirement("RFC 6120 §8.1.3", "If the generated stanza includes an 'id' attribute then it is REQUIRED for the response or error stanza to also include an 'id' attribute, where the value of the 'id' attribute MUST match that of the generated stanza: a room answers who enters, changes and leaves with its own presence (XEP-0045 §7.2.2, §7.7, §7.14).", async (t) => {
    const { room, guest } = await hall(t);

    for (const [id, attributes, inside] of [["in", "", `<x xmlns="${ns.muc}"/>`], ["as", "", "<show>away</show>"], ["out", ` type="unavailable"`, ""]]) {
      guest.send(`<presence xmlns="jabber:client" id="${id}" to="${room}/guest"${attributes}>${inside}</presence>`);
      const own = await guest.take("the own presence", (xml) => xml.is("presence") && xml.attributes["from"] === `${room}/guest` && codes(xml).includes("110"));
      assert.equal(own.attributes["id"], id);
    }
  }, { ...muc, about: "from a room" }); // prettier-ignore

  requirement("XEP-0045 §7.14", "If the user goes without having been available, directed presence is over all the same (RFC 6121 §4.6.3): the others see the occupant leave.", async (t) => {
    const { room, owner } = await hall(t);
    const quiet = await t.bound(1);
    assert.ok(codes(await knock(quiet, room, "quiet")).includes("110"));

    quiet.send(`<presence xmlns="jabber:client" type="unavailable"/>`);

    assert.equal(item(await owner.presence(`${room}/quiet`, "unavailable"))["role"], "none");
    assert.ok(codes(await quiet.presence(`${room}/quiet`, "unavailable")).includes("110"));
  }, { ...muc, about: "never available" }); // prettier-ignore
});
