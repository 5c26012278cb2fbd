// RFC 6121 §4 exchanging presence information.
import assert from "node:assert/strict";
import { connections, requirement } from "./requirement.ts";

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
    { about: "a broken connection", only: connections },
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
      await romeo.end();

      await juliet.presence(romeo.jid, "unavailable");
    },
  );

  for (const how of ["goes", "says so"])
    requirement(
      "RFC 6121 §4.6.3",
      "If the user sends directed presence before initial presence, the user's server MUST treat the entity like any other to which the user sends directed presence: when the resource becomes unavailable, that entity is told.",
      async (t) => {
        const [romeo, juliet] = [await t.bound(0), await t.available(1)];
        await t.estrange(romeo, juliet);

        romeo.send(`<presence xmlns="jabber:client" to="${juliet.jid}"/>`);
        await juliet.presence(romeo.jid);
        if (how === "goes") await romeo.end();
        else romeo.send(`<presence xmlns="jabber:client" type="unavailable"/>`);

        await juliet.presence(romeo.jid, "unavailable");
      },
      { about: `never available, and ${how}` },
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

  requirement(
    "RFC 6121 §4.5.2",
    "The user's server MUST also send the unavailable notification to the resource that generated the unavailable presence in the first place.",
    async (t) => {
      const client = await t.available();

      client.send(`<presence xmlns="jabber:client" type="unavailable"><status>bye</status></presence>`);

      assert.equal((await client.presence(client.jid, "unavailable")).childText("status"), "bye");
    },
    { about: "to oneself" },
  );

  requirement(
    "RFC 6121 §4.4.2",
    "Subsequent presence is sent to all contacts with a subscription and to all of the user's available resources, the one that generated it included.",
    async (t) => {
      const [romeo, juliet] = [await t.available(0), await t.available(1)];
      await t.befriend(romeo, juliet);
      const phone = await t.available(1);
      await romeo.presence(phone.jid);

      phone.send(`<presence xmlns="jabber:client"><show>xa</show><priority>-5</priority></presence>`);

      for (const client of [romeo, juliet, phone]) {
        const got = await client.take("the change", (xml) => xml.is("presence") && xml.childText("show") === "xa");
        assert.deepEqual([got.attributes["from"], got.childText("priority")], [phone.jid, "-5"]);
      }
    },
  );

  requirement(
    "RFC 6121 §4.3.2",
    "If the contact has at least one available resource, the server MUST reply to a probe by sending to the user the last presence stanza of each; if it has none, it SHOULD reply with presence of type 'unavailable'.",
    async (t) => {
      const [romeo, juliet] = [await t.available(0), await t.available(1)];
      await t.befriend(romeo, juliet);
      const phone = await t.available(1, 7);
      for (const client of [juliet, phone]) await romeo.presence(client.jid);
      const probe = (): void => romeo.send(`<presence xmlns="jabber:client" to="${juliet.bare}" type="probe"/>`);

      probe();
      await romeo.presence(juliet.jid);
      assert.equal((await romeo.presence(phone.jid)).childText("priority"), "7");
      for (const client of [juliet, phone]) {
        client.send(`<presence xmlns="jabber:client" type="unavailable"/>`);
        await romeo.presence(client.jid, "unavailable");
      }
      probe();

      await romeo.take(
        "unavailable presence",
        (xml) =>
          xml.is("presence") &&
          xml.attributes["type"] === "unavailable" &&
          xml.attributes["from"]?.split("/")[0] === juliet.bare,
      );
    },
    { about: "a subscriber's probe" },
  );

  requirement(
    "RFC 6121 §4.3.2",
    "If the user has no subscription to the contact, the contact's server SHOULD return presence of type 'unsubscribed' in response to a probe; this MUST NOT result in cancellation of a pre-approval.",
    async (t) => {
      const [romeo, juliet] = [await t.available(0), await t.available(1)];
      await t.estrange(romeo, juliet);

      romeo.send(`<presence xmlns="jabber:client" to="${juliet.bare}" type="probe"/>`);

      await romeo.presence(juliet.bare, "unsubscribed");
    },
    { about: "a stranger's probe" },
  );

  requirement(
    "RFC 6121 §4.6.3",
    "If the user sends directed presence of type 'unavailable', the entity is told at once, and not again when the user goes.",
    async (t) => {
      const [romeo, juliet] = [await t.available(0), await t.available(1)];
      await t.estrange(romeo, juliet);
      romeo.send(`<presence xmlns="jabber:client" to="${juliet.jid}"/>`);
      await juliet.presence(romeo.jid);

      romeo.send(`<presence xmlns="jabber:client" to="${juliet.jid}" type="unavailable"/>`);
      await juliet.presence(romeo.jid, "unavailable");
      romeo.send(`<presence xmlns="jabber:client" type="unavailable"/>`);
      await romeo.ping();
      await juliet.ping();

      assert.ok(juliet.waiting.every((xml) => xml.attributes["from"] !== romeo.jid));
    },
    { about: "taken back" },
  );

  requirement(
    "RFC 6121 §4.7.2.3",
    "The priority is an integer between -128 and +127; if it is not given, the server considers it zero; a presence that says something else is an error and changes nothing.",
    async (t) => {
      const client = await t.available(0, 3);

      for (const priority of ["128", "-129", "high", ""]) {
        client.send(`<presence xmlns="jabber:client"><priority>${priority}</priority></presence>`);
        await client.ping();
      }

      for (const xml of client.waiting.filter((each) => each.is("presence") && each.attributes["from"] === client.jid))
        assert.notEqual(xml.childText("priority"), "128");
      client.send(`<presence xmlns="jabber:client"><priority>-128</priority></presence>`);
      await client.take("the least priority", (xml) => xml.is("presence") && xml.childText("priority") === "-128");
    },
    { needs: ["policy"] },
  );

  requirement(
    "RFC 6121 §4.7.2.2",
    "Several <status/> elements, told apart by 'xml:lang', and several languages of the stanza reach the subscribers.",
    async (t) => {
      const [first, second] = [await t.available(), await t.available()];

      first.send(
        `<presence xmlns="jabber:client"><status>hello</status><status xml:lang="it">ciao</status></presence>`,
      );

      const got = await second.take("the presence", (xml) => xml.is("presence") && xml.childText("status") === "hello");
      assert.ok(got.elements.some((part) => part.attributes["xml:lang"] === "it" && part.text === "ciao"));
    },
  );
});
