// XEP-0045 §5, §8, §9: who may make whom what, and what those in the room are told of it.
import assert from "node:assert/strict";
import { conditionOf, ns, type XmppClient } from "../clients/xmpp.ts";
import type { Xml } from "../clients/xml.ts";
import {
  change,
  codes,
  company,
  configure,
  hall,
  isResult,
  item,
  knock,
  list,
  muc,
  mucAdmin,
  roomSays,
} from "../muc-kit.ts";
import type { XmppKit } from "../xmpp-kit.ts";
import { requirement } from "./requirement.ts";

const standing = (
  client: XmppClient,
  from: string,
  fits: (item: Readonly<Record<string, string>>) => boolean,
): Promise<Xml> =>
  client.take(
    `the standing of ${from}`,
    (xml) => xml.is("presence") && xml.attributes["from"] === from && fits(item(xml)),
  );

/** Owner, a moderator without affiliation, and a third. */
async function trio(t: XmppKit, settings: Readonly<Record<string, string>> = {}): Promise<{ room: string; owner: XmppClient; guest: XmppClient; third: XmppClient }> {
  const made = await company(t, settings);
  const third = await t.available(2);
  await t.enter(third, made.room, "third");
  return { ...made, third };
} // prettier-ignore

const errorType = (xml: Xml): string | undefined => xml.child("error")?.attributes["type"];

describe("XEP-0045 standing in rooms", () => {
  for (const [kind, settings, roles] of [
    ["moderated", { moderatedroom: "1" }, ["visitor", "participant", "moderator", "moderator"]],
    ["unmoderated", { moderatedroom: "0" }, ["participant", "participant", "moderator", "moderator"]],
  ] as const)
    requirement("XEP-0045 §5.1.2", "The initial default roles that a service SHOULD set based on the user's affiliation.", async (t) => {
      const { room, owner, guest } = await hall(t, settings);
      const found: (string | undefined)[] = [];
      for (const affiliation of ["none", "member", "admin", "owner"]) {
        isResult(await change(owner, room, `<item jid="${guest.bare}" affiliation="${affiliation}"/>`));
        found.push(item(await knock(guest, room, "guest"))["role"]);
        guest.send(`<presence xmlns="jabber:client" type="unavailable" to="${room}/guest"/>`);
        await guest.presence(`${room}/guest`, "unavailable");
      }
      assert.deepEqual(found, roles);
    }, { ...muc, about: kind }); // prettier-ignore

  requirement("XEP-0045 §5.2", "Affiliations are long-lived: they persist across a user's visits to the room.", async (t) => {
    const { room, owner, guest } = await company(t);
    isResult(await change(owner, room, `<item jid="${guest.bare}" affiliation="admin"/>`));
    guest.send(`<presence xmlns="jabber:client" type="unavailable" to="${room}/guest"/>`);
    await guest.presence(`${room}/guest`, "unavailable");

    const back = await knock(guest, room, "another");

    assert.deepEqual([item(back)["affiliation"], item(back)["role"]], ["admin", "moderator"]);
  }, muc); // prettier-ignore

  requirement("XEP-0045 §5.1.3", "A moderator SHOULD NOT be allowed to revoke moderation privileges from someone with a higher affiliation: <not-allowed/>.", async (t) => {
    const { room, owner, guest, third } = await trio(t);
    isResult(await change(owner, room, `<item jid="${guest.bare}" affiliation="admin"/>`));
    isResult(await change(owner, room, `<item nick="third" role="moderator"/>`));

    for (const [by, whom] of [[guest, "owner"], [third, "owner"], [third, "guest"]] as const)
      assert.equal(conditionOf(await change(by, room, `<item nick="${whom}" role="participant"/>`)), "not-allowed");
  }, muc); // prettier-ignore

  requirement("XEP-0045 §8.4", "A moderator MUST NOT be able to revoke voice from a user whose affiliation is at or above the moderator's level: <not-allowed/> of type cancel, along with the offending item(s).", async (t) => {
    const { room, owner, guest } = await company(t, { moderatedroom: "1" });
    isResult(await change(owner, room, `<item nick="guest" role="moderator"/>`));

    const refused = await change(guest, room, `<item nick="owner" role="visitor"/>`);

    assert.deepEqual([conditionOf(refused), errorType(refused)], ["not-allowed", "cancel"]);
    assert.equal(refused.deep("item", mucAdmin)?.attributes["nick"], "owner");
  }, { ...muc, about: "by a moderator" }); // prettier-ignore

  requirement("XEP-0045 §8.4", "Voice may be taken in an unmoderated room, too: all occupants are told of the role visitor.", async (t) => {
    const { room, owner, third } = await trio(t);

    isResult(await change(owner, room, `<item nick="guest" role="visitor"><reason>hush</reason></item>`));

    const told = await standing(third, `${room}/guest`, ({ role }) => role === "visitor");
    assert.equal(told.deep("reason", ns.mucUser)?.text, "hush");
  }, { ...muc, about: "unmoderated" }); // prettier-ignore

  requirement("XEP-0045 §8.2", "A moderator without affiliation MUST NOT kick an admin: <not-allowed/>.", async (t) => {
    const { room, owner, guest, third } = await trio(t);
    isResult(await change(owner, room, `<item jid="${guest.bare}" affiliation="admin"/>`));
    isResult(await change(owner, room, `<item nick="third" role="moderator"/>`));

    assert.equal(conditionOf(await change(third, room, `<item nick="guest" role="none"/>`)), "not-allowed");
  }, { ...muc, about: "an admin" }); // prettier-ignore

  requirement("XEP-0045 §8.2", "The presence of who is kicked carries 110 and 307 for itself, 307 alone for the others, and its account where they may see it.", async (t) => {
    const { room, owner, guest, third } = await trio(t, { whois: "moderators" });

    isResult(await change(owner, room, `<item nick="guest" role="none"/>`));

    const [own, told] = [await guest.presence(`${room}/guest`, "unavailable"), await third.presence(`${room}/guest`, "unavailable")];
    assert.deepEqual([codes(own).sort(), codes(told)], [["110", "307"], ["307"]]);
    assert.deepEqual([item(own)["affiliation"], item(told)["role"], item(told)["jid"]], ["none", "none", undefined]);
  }, { ...muc, about: "what is told" }); // prettier-ignore

  requirement("XEP-0045 §8.2", "A kick of a nick that nobody goes by is refused.", async (t) => {
    const { room, owner } = await hall(t);

    assert.match(conditionOf(await change(owner, room, `<item nick="nobody" role="none"/>`)), /^(item-not-found|not-acceptable|not-allowed)$/);
  }, { ...muc, about: "nobody" }); // prettier-ignore

  requirement("XEP-0045 §9.1", "When a user is banned, the service MUST inform the admin of success, and the presence names <actor/> (OPTIONAL) and <reason/>.", async (t) => {
    const { room, owner, guest, third } = await trio(t);

    isResult(await change(owner, room, `<item jid="${guest.bare}" affiliation="outcast"><reason>treason</reason></item>`));

    const told = await third.presence(`${room}/guest`, "unavailable");
    assert.ok(codes(told).includes("301") && !codes(told).includes("110"), codes(told).join());
    assert.equal(told.deep("reason", ns.mucUser)?.text, "treason");
  }, { ...muc, about: "the others" }); // prettier-ignore

  requirement("XEP-0045 §9.1", "Bans are by bare JID: a full JID in the item stands for its account, and who is not there, or has no account, may be banned.", async (t) => {
    const { room, owner, guest } = await hall(t);
    const nobody = `${t.word()}@${t.domain}`;

    isResult(await change(owner, room, `<item jid="${guest.jid}" affiliation="outcast"/>`));
    isResult(await change(owner, room, `<item jid="${nobody}" affiliation="outcast"/>`));

    const banned = (await list(owner, room, `affiliation="outcast"`)).child("query")!.elements.map((one) => one.attributes["jid"]);
    assert.deepEqual(banned.sort(), [guest.bare, nobody].sort());
  }, { ...muc, about: "not there" }); // prettier-ignore

  requirement("XEP-0045 §9.1", "An account of another domain may be banned.", async (t) => {
    const { room, owner } = await hall(t);

    isResult(await change(owner, room, `<item jid="earlofcambridge@shakespeare.lit" affiliation="outcast"/>`));

    const banned = (await list(owner, room, `affiliation="outcast"`)).child("query")!.elements.map((one) => one.attributes["jid"]);
    assert.deepEqual(banned, ["earlofcambridge@shakespeare.lit"]);
  }, { ...muc, about: "another domain" }); // prettier-ignore

  requirement("XEP-0045 §9.2", "The ban list's items MUST include 'affiliation' and 'jid', and SHOULD NOT include 'nick' and 'role'; example 119 shows the reason.", async (t) => {
    const { room, owner } = await hall(t);
    isResult(await change(owner, room, `<item jid="${t.bare(2)}" affiliation="outcast"><reason>Treason</reason></item>`));

    const [one] = (await list(owner, room, `affiliation="outcast"`)).child("query", mucAdmin)!.elements;

    assert.deepEqual({ ...one!.attributes }, { affiliation: "outcast", jid: t.bare(2) });
    assert.equal(one!.childText("reason"), "Treason");
  }, { ...muc, about: "the items" }); // prettier-ignore

  requirement("XEP-0045 §9.3", "A visitor who becomes a member gets voice: the new presence has affiliation member and role participant.", async (t) => {
    const { room, owner, guest } = await company(t, { moderatedroom: "1" });

    isResult(await change(owner, room, `<item jid="${guest.bare}" affiliation="member"/>`));

    const own = await standing(guest, `${room}/guest`, ({ affiliation }) => affiliation === "member");
    assert.deepEqual([item(own)["role"], codes(own).includes("110")], ["participant", true]);
  }, { ...muc, about: "voice" }); // prettier-ignore

  requirement("XEP-0045 §9.3", "If the user is not in the room, the service MAY send a message from the room itself to its occupants, with <item/> of the bare JID and its new affiliation.", async (t) => {
    const { room, owner } = await hall(t);

    isResult(await change(owner, room, `<item jid="${t.bare(2)}" affiliation="member"/>`));

    const told = await roomSays(owner, room, "the change", (xml) => item(xml)["affiliation"] !== undefined);
    assert.deepEqual([told.attributes["from"], item(told)["jid"], item(told)["affiliation"]], [room, t.bare(2), "member"]);
    assert.match(told.attributes["type"] ?? "normal", /^normal$/);
  }, { ...muc, about: "not there" }); // prettier-ignore

  requirement("XEP-0045 §9.3", "An item without a JID, of a nick in the room, names its occupant.", async (t) => {
    const { room, owner, guest } = await company(t);

    isResult(await change(owner, room, `<item nick="guest" affiliation="member"/>`));

    assert.equal(item(await standing(guest, `${room}/guest`, ({ affiliation }) => affiliation === "member"))["role"], "participant");
  }, { ...muc, about: "by nick" }); // prettier-ignore

  requirement("XEP-0045 §9.4", "In an open room who loses membership stays: updated presence with affiliation none to all.", async (t) => {
    const { room, owner, guest } = await hall(t);
    isResult(await change(owner, room, `<item jid="${guest.bare}" affiliation="member"/>`));
    await t.enter(guest, room, "guest");

    isResult(await change(owner, room, `<item jid="${guest.bare}" affiliation="none"><reason>spam</reason></item>`));

    for (const each of [owner, guest]) {
      const told = await standing(each, `${room}/guest`, ({ affiliation, role }) => affiliation === "none" && role === "participant");
      assert.equal(told.attributes["type"], undefined);
    }
  }, { ...muc, about: "an open room" }); // prettier-ignore

  requirement("XEP-0045 §9.4", "Who is neither admin nor owner may not change memberships: <forbidden/> (or <not-allowed/>).", async (t) => {
    const { room, owner, guest, third } = await trio(t);
    isResult(await change(owner, room, `<item nick="guest" role="moderator"/>`));

    for (const each of [guest, third])
      assert.match(conditionOf(await change(each, room, `<item jid="${t.bare(2)}" affiliation="member"/>`)), /^(forbidden|not-allowed)$/);
  }, { ...muc, about: "by others" }); // prettier-ignore

  requirement("XEP-0045 §9.6", "Only an admin or owner makes moderators.", async (t) => {
    const { room, owner, guest } = await trio(t);
    isResult(await change(owner, room, `<item nick="guest" role="moderator"/>`));

    assert.match(conditionOf(await change(guest, room, `<item nick="third" role="moderator"/>`)), /^(forbidden|not-allowed)$/);
  }, { ...muc, about: "by a moderator" }); // prettier-ignore

  requirement("XEP-0045 §9.7", "An admin or owner MUST NOT lose the role of a moderator by an admin's request: <not-allowed/>.", async (t) => {
    const { room, owner, guest } = await company(t);
    isResult(await change(owner, room, `<item jid="${guest.bare}" affiliation="admin"/>`));

    assert.equal(conditionOf(await change(guest, room, `<item nick="owner" role="participant"/>`)), "not-allowed");
  }, { ...muc, about: "an owner" }); // prettier-ignore

  requirement("XEP-0045 §9.8", "An admin gets the moderator list: items MUST include 'nick' and 'role', SHOULD 'affiliation' and 'jid'.", async (t) => {
    const { room, owner } = await company(t);

    const [one] = (await list(owner, room, `role="moderator"`)).child("query", mucAdmin)!.elements;

    assert.deepEqual({ ...one!.attributes }, { affiliation: "owner", role: "moderator", nick: "owner", jid: owner.jid });
  }, muc); // prettier-ignore

  requirement("XEP-0045 §10.4", "An owner may give up ownership while there is another; all are told.", async (t) => {
    const { room, owner, guest } = await company(t);
    isResult(await change(owner, room, `<item jid="${guest.bare}" affiliation="owner"/>`));

    isResult(await change(owner, room, `<item jid="${owner.bare}" affiliation="admin"/>`));

    await standing(guest, `${room}/owner`, ({ affiliation }) => affiliation === "admin");
    assert.match(conditionOf(await change(owner, room, `<item jid="${t.bare(2)}" affiliation="owner"/>`)), /^(forbidden|not-allowed)$/);
  }, { ...muc, about: "one of two" }); // prettier-ignore

  requirement("XEP-0045 §10.5", "If a user who is not an owner requests the owner list, the service MUST return <forbidden/> (a service MAY allow members of the room).", async (t) => {
    const { room, guest } = await hall(t, { whois: "moderators" });

    assert.equal(conditionOf(await list(guest, room, `affiliation="owner"`)), "forbidden");
    assert.equal(conditionOf(await list(guest, room, `affiliation="admin"`)), "forbidden");
  }, muc); // prettier-ignore

  requirement("XEP-0045 §8.5", "A request that names neither affiliation nor role is no request: <bad-request/>.", async (t) => {
    const { room, owner } = await hall(t);

    for (const inside of ["", "<item/>", `<item affiliation="wizard" jid="${t.bare(1)}"/>`, `<item role="wizard" nick="owner"/>`])
      assert.equal(conditionOf(await change(owner, room, inside)), "bad-request", inside);
  }, { ...muc, about: "malformed" }); // prettier-ignore

  requirement("XEP-0045 §8.3", "Any of these requests to a room that does not exist is <item-not-found/>.", async (t) => {
    const [client, room] = [await t.available(), t.room()];

    assert.equal(conditionOf(await list(client, room, `affiliation="member"`)), "item-not-found");
    assert.equal(conditionOf(await client.iq("get", `<query xmlns="${ns.mucOwner}"/>`, room)), "item-not-found");
  }, { ...muc, about: "no room" }); // prettier-ignore

  requirement("XEP-0045 §7.2.2", "The <x/> of muc#user in presence is the room's to say: what an occupant writes there reaches nobody.", async (t) => {
    const { room, owner, guest } = await company(t);

    guest.send(`<presence xmlns="jabber:client" to="${room}/guest"><status>mine</status><x xmlns="${ns.mucUser}"><item affiliation="owner" role="moderator" jid="${owner.jid}"/><status code="307"/></x></presence>`);

    const told = await owner.take("the presence", (xml) => xml.is("presence") && xml.childText("status") === "mine");
    assert.equal(told.elements.filter((one) => one.is("x", ns.mucUser)).length, 1);
    assert.deepEqual([item(told)["affiliation"], codes(told)], ["none", []]);
  }, { ...muc, about: "forged" }); // prettier-ignore

  requirement("XEP-0045 §10.2.1", "When logging is switched, the room MUST send status 170 or 171.", async (t) => {
    const { room, owner, guest } = await company(t, { enablelogging: "1" });

    await configure(owner, room, { enablelogging: "0" });
    await roomSays(guest, room, "status 171", (xml) => codes(xml).includes("171"));
    await configure(owner, room, { enablelogging: "1" });
    await roomSays(guest, room, "status 170", (xml) => codes(xml).includes("170"));
  }, { ...muc, about: "logging" }); // prettier-ignore
});
