// RFC 6121 §3: how requests are kept, approved beforehand and taken back, and what presence follows them.
import assert from "node:assert/strict";
import { ns, type XmppClient } from "../clients/xmpp.ts";
import type { Xml } from "../clients/xml.ts";
import { NotOffered } from "../requirement.ts";
import type { XmppKit } from "../xmpp-kit.ts";
import { requirement } from "./requirement.ts";

const say = (from: XmppClient, to: string, type: string, inner = ""): void =>
  from.send(`<presence xmlns="jabber:client" id="s" to="${to}" type="${type}">${inner}</presence>`);

async function strangers(t: XmppKit): Promise<[XmppClient, XmppClient]> {
  const [romeo, juliet] = [await t.available(0), await t.available(1)];
  await t.estrange(romeo, juliet);
  for (const client of [romeo, juliet]) await client.iq("get", `<query xmlns="${ns.roster}"/>`);
  return [romeo, juliet];
}

/** Each sees the other, and Romeo knows that Juliet is there. */
async function friends(t: XmppKit): Promise<[XmppClient, XmppClient]> {
  const [romeo, juliet] = await strangers(t);
  await t.befriend(romeo, juliet);
  await romeo.presence(juliet.jid);
  return [romeo, juliet];
}

function itemOf(xml: Xml, jid: string): Xml | undefined {
  const item =
    xml.is("iq") && xml.attributes["type"] === "set" ? xml.child("query", ns.roster)?.elements[0] : undefined;
  return item?.attributes["jid"] === jid ? item : undefined;
}

/** A roster push about that contact in which it stands so. */
function pushed(client: XmppClient, jid: string, attributes: Readonly<Record<string, string>>): Promise<Xml> {
  return client.take(`a push of ${jid} with ${JSON.stringify(attributes)}`, (xml) => {
    const item = itemOf(xml, jid);
    return item !== undefined && Object.entries(attributes).every(([name, value]) => item.attributes[name] === value);
  });
}

describe("RFC 6121 §3: requests, approvals, cancellations", () => {
  requirement(
    "RFC 6121 §3.1.3",
    "If the contact has no available resources, the contact's server MUST keep a record of the complete presence stanza comprising the subscription request, including any extended content contained therein.",
    async (t) => {
      const romeo = await t.available(0);
      const shadow = await t.bound(2);
      await t.estrange(romeo, shadow);
      await shadow.end();
      const word = t.word();

      say(romeo, t.bare(2), "subscribe", `<status>${word}</status><x xmlns="urn:example:x">${word}</x>`);
      await romeo.ping();

      for (let n = 0; n < 2; n++) {
        const nurse = await t.available(2);
        const request = await nurse.presence(romeo.bare, "subscribe");
        assert.deepEqual([request.childText("status"), request.childText("x")], [word, word]);
        if (n === 1) await t.estrange(romeo, nurse);
        await nurse.end();
      }
    },
    { about: "the complete stanza, until it is answered" },
  );

  for (const ending of ["denied", "taken back"])
    requirement(
      "RFC 6121 §3.1.3",
      "A contact in the state “None + Pending In” is not in the roster: the contact's server MUST NOT push or deliver roster items in that state. Nor is there one when the request is over.",
      async (t) => {
        const [romeo, juliet] = await strangers(t);
        const listed = async (): Promise<boolean> =>
          (await juliet.iq("get", `<query xmlns="${ns.roster}"/>`))
            .child("query")!
            .elements.some((item) => item.attributes["jid"] === romeo.bare);

        say(romeo, juliet.bare, "subscribe");
        await juliet.presence(romeo.bare, "subscribe");
        const waiting = await listed();
        if (ending === "denied") say(juliet, romeo.bare, "unsubscribed");
        else say(romeo, juliet.bare, "unsubscribe");
        await t.settled(romeo, juliet);
        await t.settled(juliet, romeo);

        assert.deepEqual([waiting, await listed()], [false, false]);
        await t.estrange(romeo, juliet);
      },
      { about: `no item of a request that is ${ending}` },
    );

  requirement(
    "RFC 6121 §3.1.3",
    "The contact's server MUST send the request to all of the contact's available resources, and MUST stamp no more than the bare JID of the user on it; other content is passed on.",
    async (t) => {
      const [romeo, juliet] = await strangers(t);
      const phone = await t.available(1, -1);
      const word = t.word();

      say(romeo, juliet.jid, "subscribe", `<x xmlns="urn:example:x">${word}</x>`);

      for (const client of [juliet, phone]) {
        const request = await client.presence(romeo.bare, "subscribe");
        assert.deepEqual([request.attributes["to"], request.childText("x")], [juliet.bare, word]);
      }
      await t.estrange(romeo, juliet);
    },
    { about: "to every resource" },
  );

  requirement(
    "RFC 6121 §3.1.3",
    "If the user already has a subscription, the contact's server MUST auto-reply with presence of type 'subscribed' on behalf of the contact; the request is not delivered again.",
    async (t) => {
      const [romeo, juliet] = await strangers(t);
      await t.befriend(romeo, juliet);
      await t.settled(romeo, juliet);
      const before = juliet.waiting.filter((xml) => xml.attributes["type"] === "subscribe").length;

      say(romeo, juliet.bare, "subscribe");
      await t.settled(romeo, juliet);

      const after = juliet.waiting.filter((xml) => xml.attributes["type"] === "subscribe").length;
      assert.equal(after, before);
      await t.estrange(romeo, juliet);
    },
    { about: "asked again" },
  );

  requirement(
    "RFC 6121 §3.4.2",
    "If the contact has approved the user beforehand, the contact's server SHOULD NOT deliver the request but MUST auto-reply with 'subscribed': the user gets that, the push and the presence, and the contact the push.",
    async (t) => {
      const [romeo, juliet] = await strangers(t);
      if (romeo.features.child("sub", "urn:xmpp:features:pre-approval") === undefined)
        throw new NotOffered("not offered: pre-approval");
      say(juliet, romeo.bare, "subscribed");
      await pushed(juliet, romeo.bare, { approved: "true", subscription: "none" });

      say(romeo, juliet.bare, "subscribe");

      await romeo.presence(juliet.bare, "subscribed");
      await pushed(romeo, juliet.bare, { subscription: "to" });
      await pushed(juliet, romeo.bare, { subscription: "from" });
      await romeo.presence(juliet.jid);
      assert.ok(
        juliet.waiting.every((xml) => xml.attributes["type"] !== "subscribe"),
        "she was asked all the same",
      );
      await t.estrange(romeo, juliet);
    },
  );

  requirement(
    "RFC 6121 §3.1.6",
    "The user's server MUST first deliver the approval to the user's resources, then push the item with subscription 'to'; and the contact's server MUST send the contact's current presence.",
    async (t) => {
      const [romeo, juliet] = await strangers(t);
      say(romeo, juliet.bare, "subscribe");
      await juliet.presence(romeo.bare, "subscribe");
      await pushed(romeo, juliet.bare, { ask: "subscribe" });

      say(juliet, romeo.bare, "subscribed");
      const presence = await romeo.presence(juliet.jid);

      assert.equal(presence.attributes["type"], undefined);
      const approval = await romeo.presence(juliet.bare, "subscribed");
      await pushed(romeo, juliet.bare, { subscription: "to" });
      assert.equal(approval.attributes["from"], juliet.bare);
      await t.estrange(romeo, juliet);
    },
  );

  requirement(
    "RFC 6121 §3.2.2",
    "When the contact cancels the user's subscription, the user MUST get unavailable presence from all of the contact's resources, 'unsubscribed' from the bare JID, and a push; and no presence from then on.",
    async (t) => {
      const [romeo, juliet] = await friends(t);

      say(juliet, romeo.bare, "unsubscribed");

      await romeo.presence(juliet.bare, "unsubscribed");
      await romeo.presence(juliet.jid, "unavailable");
      await pushed(romeo, juliet.bare, { subscription: "from" });
      await pushed(juliet, romeo.bare, { subscription: "to" });
      juliet.send(`<presence xmlns="jabber:client"><show>away</show></presence>`);
      await t.settled(juliet, romeo);
      assert.ok(romeo.waiting.every((xml) => xml.childText("show") !== "away"));
      await t.estrange(romeo, juliet);
    },
  );

  requirement(
    "RFC 6121 §3.3.2",
    "When the user unsubscribes, the contact gets 'unsubscribe' from the bare JID, both get pushes, and the user unavailable presence of the contact's resources.",
    async (t) => {
      const [romeo, juliet] = await friends(t);

      say(romeo, juliet.bare, "unsubscribe");

      await juliet.presence(romeo.bare, "unsubscribe");
      await pushed(romeo, juliet.bare, { subscription: "from" });
      await pushed(juliet, romeo.bare, { subscription: "to" });
      await romeo.presence(juliet.jid, "unavailable");
      await t.estrange(romeo, juliet);
    },
  );

  requirement(
    "RFC 6121 §4.3.2",
    "Who is put on a list, or asked, shows nothing of itself by that: no presence of its resources, available or not, is sent to who has no subscription.",
    async (t) => {
      const [romeo, juliet] = await strangers(t);

      await romeo.iq("set", `<query xmlns="${ns.roster}"><item jid="${juliet.bare}" name="J"/></query>`);
      say(romeo, juliet.bare, "subscribe");
      await t.settled(romeo, juliet);
      say(romeo, juliet.bare, "unsubscribe");
      await t.settled(romeo, juliet);
      await t.settled(juliet, romeo);

      assert.deepEqual(
        romeo.waiting.filter((xml) => xml.attributes["from"] === juliet.jid && xml.is("presence")).map(String),
        [],
      );
      await t.estrange(romeo, juliet);
    },
    { about: "no leak" },
  );
});
