// XEP-0421: occupant identifiers, in everything that a room sends of an occupant.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Xml } from "../clients/xml.ts";
import { ns, type XmppClient } from "../clients/xmpp.ts";
import { change, company, features, hears, isResult, muc, say } from "../muc-kit.ts";
import type { XmppKit } from "../xmpp-kit.ts";
import { NotOffered } from "../requirement.ts";
import { requirement } from "./requirement.ts";

const occupantIds = "urn:xmpp:occupant-id:0";

function idsIn(xml: Xml): string[] {
  return xml.elements.filter((one) => one.is("occupant-id", occupantIds)).map((one) => one.attributes["id"] ?? "");
}

/** All that came of those who go, or went, by these nicks. */
function saidOf(client: XmppClient, room: string, ...nicks: readonly string[]): Xml[] {
  const from = new Set(nicks.map((nick) => `${room}/${nick}`));
  return client.waiting.filter((xml) => from.has(xml.attributes["from"] ?? "") && xml.attributes["type"] !== "error");
}

async function scene(t: XmppKit) {
  const { room, owner, guest } = await company(t);
  if (!(await features(owner, room)).includes(occupantIds)) throw new NotOffered("not offered: XEP-0421");
  const [id] = idsIn(await hears(owner, say(guest, room, "<body>who am I</body>")));
  assert.ok(id !== undefined, "a message without <occupant-id/>");
  return { room, owner, guest, id };
}

describe("XEP-0421 Occupant identifiers", () => {
  requirement("XEP-0421 §4", "The <occupant-id/> element MUST be attached to every message and every presence of an occupant, once, and be the same: entering, status, a new nick, role and affiliation, subject, private messages, leaving.", async (t) => {
    const { room, owner, guest, id } = await scene(t);
    const presence = (inside: string, nick = "other", type = ""): void =>
      guest.send(`<presence xmlns="jabber:client"${type} to="${room}/${nick}">${inside}</presence>`);

    presence("<show>away</show>", "guest");
    presence("");
    await guest.presence(`${room}/other`);
    for (const item of [`nick="other" role="visitor"`, `nick="other" role="moderator"`, `jid="${guest.bare}" affiliation="member"`, `jid="${guest.bare}" affiliation="admin"`])
      isResult(await change(owner, room, `<item ${item}/>`));
    const subject = await hears(owner, say(guest, room, "<subject>Fire burn</subject>"));
    guest.send(`<message xmlns="jabber:client" type="chat" to="${room}/owner"><body>psst</body></message>`);
    presence("", "other", ` type="unavailable"`);
    await guest.presence(`${room}/other`, "unavailable");
    await t.enter(guest, room, "third");
    await owner.ping();

    const all = [subject, ...saidOf(owner, room, "guest", "other", "third")];
    assert.ok(all.length >= 10, all.map(String).join("\n"));
    for (const each of all) assert.deepEqual(idsIn(each), [id], String(each));
  }, { ...muc, about: "everything" }); // prettier-ignore

  requirement("XEP-0421 §4", "The <occupant-id/> element MUST be attached to every presence: of who is kicked, banned, or in a room that is destroyed, too, and to itself.", async (t) => {
    const { room, owner, guest, id } = await scene(t);

    isResult(await change(owner, room, `<item nick="guest" role="none"/>`));
    await guest.presence(`${room}/guest`, "unavailable");
    await t.enter(guest, room, "again");
    isResult(await change(owner, room, `<item jid="${guest.bare}" affiliation="outcast"/>`));
    assert.deepEqual(idsIn(await guest.presence(`${room}/again`, "unavailable")), [id]);
    isResult(await owner.iq("set", `<query xmlns="${ns.mucOwner}"><destroy/></query>`, room));
    await owner.ping();

    const [others, own] = [saidOf(owner, room, "guest", "again"), saidOf(owner, room, "owner")];
    assert.ok(others.filter((xml) => xml.attributes["type"] === "unavailable").length === 2 && own.length > 0);
    for (const each of others) assert.deepEqual(idsIn(each), [id], String(each));
    for (const each of own) assert.ok(idsIn(each).length === 1 && idsIn(each)[0] !== id, String(each));
  }, { ...muc, about: "removed" }); // prettier-ignore

  requirement("XEP-0421 §4", "This includes messages sent as part of the discussion history after joining a room, and those requested via XEP-0313.", async (t) => {
    const { room, id } = await scene(t);
    const late = await t.available(2);

    await t.enter(late, room, "late");
    const history = await late.take("history", (xml) => xml.childText("body") === "who am I");
    await late.iq("set", `<query xmlns="${ns.mam}"/>`, room);

    assert.deepEqual(idsIn(history), [id]);
    const archived = late.waiting.filter((xml) => xml.child("result", ns.mam) !== undefined && String(xml).includes("who am I"));
    for (const each of archived) assert.deepEqual(idsIn(each.deep("message")!), [id], String(each));
  }, { ...muc, about: "history and archive" }); // prettier-ignore

  requirement("XEP-0421 §4.1", "It MUST be stable when a user joins a second time, have at most 128 characters and not be a hash of the account alone; it SHOULD differ from room to room.", async (t) => {
    const { room, owner, guest, id } = await scene(t);
    const other = await scene(t);

    assert.notEqual(other.id, id);
    assert.ok(id.length > 0 && id.length <= 128, id);
    for (const algorithm of ["sha1", "sha256"])
      for (const encoding of ["hex", "base64", "base64url"] as const)
        assert.notEqual(createHash(algorithm).update(guest.bare).digest(encoding), id);
    assert.deepEqual(idsIn(await hears(owner, say(guest, room, "<body>again</body>"))), [id]);
  }, { ...muc, about: "the identifier" }); // prettier-ignore

  requirement("XEP-0421 §4", "If occupant identifiers are force enabled for all rooms on a MUC service, it SHOULD additionally specify the feature on the MUC service.", async (t) => {
    const { room, owner } = await scene(t);

    assert.ok((await features(owner, room.slice(room.indexOf("@") + 1))).includes(occupantIds));
  }, { ...muc, about: "the service" }); // prettier-ignore
});
