// RFC 6121 §4 exchanging presence information.
import assert from "node:assert/strict";
import { requirement } from "./requirement.ts";

describe("RFC 6121 presence", () => {
  requirement(
    "RFC 6121 §4.2.2",
    "The user's server MUST also broadcast initial presence from the user's newly available resource to all of the user's available resources, including the resource that generated the presence notification in the first place.",
    async (t) => {
      const first = await t.available();

      const second = await t.available();

      await first.presence(second.jid);
      await second.presence(first.jid);
    },
  );

  requirement(
    "RFC 6121 §4.2.2",
    "Upon receiving initial presence from a client, the user's server MUST send the initial presence stanza from the full JID of the user to all contacts that are subscribed to the user's presence.",
    async (t) => {
      const [romeo, juliet] = [await t.available(0), await t.available(1)];
      await t.befriend(romeo, juliet);

      const phone = await t.bound(1);
      phone.send(
        `<presence xmlns="jabber:client"><show>dnd</show><status>on the balcony</status><priority>3</priority><c xmlns="urn:example:c" v="1"/></presence>`,
      );

      const got = await romeo.presence(phone.jid);
      assert.deepEqual(
        [got.childText("show"), got.childText("status"), got.childText("priority")],
        ["dnd", "on the balcony", "3"],
      );
      assert.ok(got.child("c", "urn:example:c") !== undefined, "§4.7.3: extended content is passed on");
    },
    { about: "contacts" },
  );

  requirement(
    "RFC 6121 §4.3",
    "The user's server also learns for a newly available resource what the presence of the contacts is to which the user is subscribed.",
    async (t) => {
      const [romeo, juliet] = [await t.available(0), await t.available(1)];
      await t.befriend(romeo, juliet);

      const phone = await t.available(0);

      await phone.presence(juliet.jid);
    },
  );

  requirement(
    "RFC 6121 §4.5.2",
    'The user\'s server MUST broadcast unavailable presence to all contacts with a subscription of type "from" or "both", and to the user\'s other available resources.',
    async (t) => {
      const [romeo, juliet, phone] = [await t.available(0), await t.available(1), await t.available(1)];
      await t.befriend(romeo, juliet);

      phone.send(`<presence xmlns="jabber:client" type="unavailable"><status>bye</status></presence>`);

      assert.equal((await romeo.presence(phone.jid, "unavailable")).childText("status"), "bye");
      await juliet.presence(phone.jid, "unavailable");
    },
  );

  requirement(
    "RFC 6121 §4.5.2",
    "If the connection ends without unavailable presence, the user's server MUST broadcast it on behalf of the user.",
    async (t) => {
      const [romeo, juliet, phone] = [await t.available(0), await t.available(1), await t.available(1)];
      await t.befriend(romeo, juliet);

      await phone.drop();

      await romeo.presence(phone.jid, "unavailable");
    },
    { about: "a broken connection" },
  );

  requirement(
    "RFC 6121 §4.3.2",
    "The presence of a user is not shown to anybody who has no subscription to it: a probe gets nothing of it.",
    async (t) => {
      const [romeo, juliet] = [await t.available(0), await t.available(1)];
      await t.estrange(romeo, juliet);

      const phone = await t.available(1);
      romeo.send(`<presence xmlns="jabber:client" to="${juliet.bare}" type="probe"/>`);
      await romeo.ping();
      await phone.ping();

      const leaked = romeo.waiting.filter(
        (xml) =>
          xml.is("presence") &&
          xml.attributes["type"] === undefined &&
          xml.attributes["from"]?.startsWith(`${juliet.bare}/`),
      );
      assert.deepEqual(leaked.filter((xml) => xml.attributes["from"] === phone.jid).map(String), []);
    },
  );

  requirement(
    "RFC 6121 §4.6.3",
    "Directed presence is delivered to that entity only, with the full JID of the sender; and when the sender becomes unavailable, that entity is told.",
    async (t) => {
      const [romeo, juliet] = [await t.available(0), await t.available(1)];
      await t.estrange(romeo, juliet);

      romeo.send(`<presence xmlns="jabber:client" to="${juliet.jid}"><status>psst</status></presence>`);
      assert.equal((await juliet.presence(romeo.jid)).childText("status"), "psst");
      await romeo.drop();

      await juliet.presence(romeo.jid, "unavailable");
    },
  );

  requirement(
    "RFC 6121 §4.7.2.1",
    "A presence without a 'to' of no defined type is an error and changes nothing.",
    async (t) => {
      const client = await t.available();

      client.send(`<presence xmlns="jabber:client" type="sideways"/>`);
      await client.ping();

      for (const xml of client.waiting.filter((one) => one.is("presence") && one.attributes["type"] !== undefined))
        assert.equal(xml.attributes["type"], "error");
    },
  );
});
