// XEP-0045 §10.1: a room that is being made.
import assert from "node:assert/strict";
import { conditionOf, ns, type XmppClient } from "../clients/xmpp.ts";
import { declares } from "../disco-kit.ts";
import { codes, config, isResult, knock, muc, mucAdmin, say } from "../muc-kit.ts";
import type { XmppKit } from "../xmpp-kit.ts";
import { requirement } from "./requirement.ts";

interface Made {
  readonly room: string;
  readonly owner: XmppClient;
  readonly guest: XmppClient;
}

/** A room that a client which knows rooms has made, and not configured. */
async function made(t: XmppKit): Promise<Made> {
  const [owner, guest, room] = [await t.available(0), await t.available(1), t.room()];
  await declares(owner, ns.muc, t.word());
  assert.ok(codes(await knock(owner, room, "owner")).includes("201"));
  return { room, owner, guest };
}

async function isLocked({ guest, room }: Made): Promise<void> {
  const answer = await knock(guest, room, "guest");
  assert.equal(answer.attributes["type"], "error", String(answer));
  assert.equal(conditionOf(answer), "item-not-found");
}

async function isOpen({ guest, room }: Made): Promise<void> {
  const answer = await knock(guest, room, "guest");
  assert.ok(codes(answer).includes("110"), String(answer));
}

const form = `<query xmlns="${ns.mucOwner}"/>`;

describe("XEP-0045 making rooms", () => {
  requirement("XEP-0045 §10.1.1", "The service MUST create the room according to some default configuration, add the owner to the room but not allow anyone else to enter the room.", async (t) => {
    await isLocked(await made(t));
  }, muc); // prettier-ignore

  requirement("XEP-0045 §10.1.2", "The service MUST then unlock the room and allow other entities to join it.", async (t) => {
    const at = await made(t);

    isResult(await at.owner.iq("set", `<query xmlns="${ns.mucOwner}"><x xmlns="jabber:x:data" type="submit"/></query>`, at.room));

    await isOpen(at);
  }, { ...muc, about: "unlocked" }); // prettier-ignore

  requirement("XEP-0045 §10.1.3", "Once the service receives the completed configuration form from the initial room owner, the service MUST unlock the room.", async (t) => {
    const at = await made(t);
    assert.match(String(await at.owner.iq("get", form, at.room)), /muc#roomconfig_roomname/);

    isResult(await at.owner.iq("set", config({ roomname: "The Cave" }), at.room));

    await isOpen(at);
  }, { ...muc, about: "unlocked" }); // prettier-ignore

  requirement("XEP-0045 §10.1.3", "If the room owner becomes unavailable for any reason before submitting the form, the service MUST then destroy the room, sending a presence stanza of type \"unavailable\" from the room to the owner including a <destroy/> element.", async (t) => {
    const at = await made(t);
    assert.match(String(await at.owner.iq("get", form, at.room)), /muc#roomconfig_roomname/);

    at.owner.send(`<presence xmlns="jabber:client" type="unavailable" to="${at.room}/owner"/>`);

    const gone = await at.owner.presence(`${at.room}/owner`, "unavailable");
    assert.ok(gone.deep("destroy", ns.mucUser) !== undefined, String(gone));
    await at.owner.ping();
    assert.ok(codes(await knock(at.guest, at.room, "guest")).includes("201"), "the room is there");
  }, { ...muc, about: "left before" }); // prettier-ignore

  for (const [what, act] of [
    ["speaks", async ({ owner, room }: Made) => void say(owner, room, "<body>come in</body>")],
    ["appoints", async ({ owner, guest, room }: Made) => void isResult(await owner.iq("set", `<query xmlns="${mucAdmin}"><item jid="${guest.bare}" affiliation="member"/></query>`, room))],
  ] as const) // prettier-ignore
    requirement("XEP-0045 §10.1.1", "An implementation MAY set a timeout for initial configuration, such that the room owner is assumed to have accepted the default configuration.", async (t) => {
      const at = await made(t);
      await isLocked(at);

      await act(at);
      await at.owner.ping();

      await isOpen(at);
    }, { ...muc, needs: ["muc", "policy"], about: `its owner ${what}` }); // prettier-ignore

  requirement("XEP-0045 §10.1.1", "An implementation MAY set a timeout for initial configuration, such that the room owner is assumed to have accepted the default configuration.", async (t) => {
    const at = { owner: await t.available(0), guest: await t.available(1), room: t.room() };
    await knock(at.owner, at.room, "owner");

    await isOpen(at);
  }, { ...muc, needs: ["muc", "policy"], about: "a client that does not say it knows rooms" }); // prettier-ignore
});
