// XEP-0045 §7.2.2, §10.2: rooms that tell of the occupants of some roles only.
import assert from "node:assert/strict";
import { ns, type XmppClient } from "../clients/xmpp.ts";
import { codes, company, dataForms, formField, hall, hears, isResult, item, knock, muc, say } from "../muc-kit.ts";
import { requirement } from "./requirement.ts";

const roles = ["moderator", "participant", "visitor"] as const;
const option = "muc#roomconfig_presencebroadcast";

async function broadcast(owner: XmppClient, room: string, ...told: readonly string[]): Promise<void> {
  const about = formField("FORM_TYPE", "http://jabber.org/protocol/muc#roomconfig");
  const form = `<x xmlns="${dataForms}" type="submit">${about}${formField(option, ...told)}</x>`;
  isResult(await owner.iq("set", `<query xmlns="${ns.mucOwner}">${form}</query>`, room));
}

/** Whose presence has come from the room up to a message of that id. */
async function seenBefore(client: XmppClient, room: string, id: string): Promise<string[]> {
  await hears(client, id);
  const come = client.waiting.filter((xml) => xml.is("presence"));
  return come.map((xml) => xml.attributes["from"] ?? "").filter((from) => from.startsWith(`${room}/`));
}

describe("XEP-0045 presence broadcast", () => {
  requirement("XEP-0045 §10.2", "muc#roomconfig_presencebroadcast: Roles for which Presence is Broadcasted, of type list-multi, with the options moderator, participant and visitor among them.", async (t) => {
    const { room, owner } = await hall(t);

    const answer = await owner.iq("get", `<query xmlns="${ns.mucOwner}"/>`, room);

    const fields = answer.child("query", ns.mucOwner)?.child("x", dataForms)?.elements ?? [];
    const field = fields.find((each) => each.is("field") && each.attributes["var"] === option);
    assert.ok(field, `no ${option} in the form`);
    assert.equal(field.attributes["type"], "list-multi");
    const offered = field.elements.filter((each) => each.is("option")).map((each) => each.child("value")?.text);
    assert.ok(roles.every((role) => offered.includes(role)), offered.join());
  }, { ...muc, about: "presencebroadcast" }); // prettier-ignore

  requirement("XEP-0045 §7.2.2", "Unless the room is configured to not broadcast presence from new occupants below a certain affiliation level (as controlled by the muc#roomconfig_presencebroadcast room configuration option), the service MUST also send presence from the new participant's occupant JID to the full JIDs of all the occupants.", async (t) => {
    const { room, owner, guest } = await hall(t);
    await broadcast(owner, room, "moderator");

    await t.enter(guest, room, "guest");

    const said = say(guest, room, "<body>hark</body>");
    assert.deepEqual(await seenBefore(owner, room, said), [], "the owner is told of one whose role is not broadcast");
  }, { ...muc, about: "a role that is not told of" }); // prettier-ignore

  requirement("XEP-0045 §7.2.2", "The service MUST send presence to the new occupant itself, with status code 110, whatever is broadcast to others.", async (t) => {
    const { room, owner, guest } = await hall(t);
    await broadcast(owner, room, "moderator");

    const self = await knock(guest, room, "guest");

    assert.ok(codes(self).includes("110"));
    assert.equal(self.attributes["from"], `${room}/guest`);
    assert.equal(item(self)["role"], "participant");
    guest.send(`<presence xmlns="jabber:client" type="unavailable" to="${room}/guest"/>`);
    assert.ok(codes(await guest.presence(`${room}/guest`, "unavailable")).includes("110"));
  }, { ...muc, about: "oneself all the same" }); // prettier-ignore

  requirement("XEP-0045 §7.2.2", "The service MUST send presence from the existing occupants to the new occupant: of those whose role is broadcast.", async (t) => {
    const { room, owner, guest } = await company(t);
    await broadcast(owner, room, "moderator");
    const third = await t.available(2);

    await t.enter(third, room, "third");

    const said = say(guest, room, "<body>hark</body>");
    const seen = await seenBefore(third, room, said);
    assert.ok(seen.includes(`${room}/owner`), `the moderator is not shown: ${seen.join()}`);
    assert.ok(!seen.includes(`${room}/guest`), "a participant is shown");
  }, { ...muc, about: "who is there" }); // prettier-ignore

  requirement("XEP-0045 §7.2.2", "With all roles broadcast again, all occupants are told of whoever comes.", async (t) => {
    const { room, owner, guest } = await hall(t);
    await broadcast(owner, room, "moderator");
    await broadcast(owner, room, ...roles);

    await t.enter(guest, room, "guest");

    assert.equal(item(await owner.presence(`${room}/guest`))["role"], "participant");
  }, { ...muc, about: "all roles" }); // prettier-ignore
});
