// RFC 6121 §2 rosters, §3 subscriptions.
import assert from "node:assert/strict";
import { conditionOf, ns, type XmppClient } from "../clients/xmpp.ts";
import type { Xml } from "../clients/xml.ts";
import { requirement } from "./requirement.ts";

const query = (inside = ""): string => `<query xmlns="${ns.roster}">${inside}</query>`;
const contact = (word: string): string => `${word}@example.net`;

describe("RFC 6121 rosters and subscriptions", () => {
  requirement(
    "RFC 6121 §2.1.4",
    "A server MUST return an IQ-result containing the user's roster in answer to a roster get.",
    async (t) => {
      const client = await t.bound();

      const answer = await client.iq("get", query());

      assert.equal(answer.attributes["type"], "result");
      assert.ok(answer.child("query", ns.roster) !== undefined);
    },
  );

  requirement(
    "RFC 6121 §2.3.2",
    'The server MUST return an IQ stanza of type "result" to the connected resource that sent the roster set; and MUST push the roster item to all of the user\'s interested resources, including the one that generated the roster set.',
    async (t) => {
      const [phone, laptop, aloof] = [await t.bound(), await t.bound(), await t.bound()];
      for (const client of [phone, laptop]) await client.iq("get", query());
      const jid = contact(t.word());

      const answer = await phone.iq("set", query(`<item jid="${jid}" name="N &amp; M"><group>g</group></item>`));

      assert.equal(answer.attributes["type"], "result");
      for (const client of [phone, laptop]) {
        const push = (await pushOf(client, jid)).child("query")!.elements[0]!;
        assert.deepEqual(
          [push.attributes["name"], push.attributes["subscription"], push.childText("group")],
          ["N & M", "none", "g"],
        );
      }
      await aloof.ping();
      assert.deepEqual(aloof.waiting.map(String), [], "a resource that never asked for the roster is not interested");
      await phone.iq("set", query(`<item jid="${jid}" subscription="remove"/>`));
    },
  );

  requirement(
    "RFC 6121 §2.5.2",
    'The server MUST remove the roster item, push that to all of the user\'s interested resources with a subscription of "remove", and return a result.',
    async (t) => {
      const client = await t.bound();
      await client.iq("get", query());
      const jid = contact(t.word());
      await client.iq("set", query(`<item jid="${jid}"/>`));
      await pushOf(client, jid);

      await client.iq("set", query(`<item jid="${jid}" subscription="remove"/>`));

      assert.equal((await pushOf(client, jid)).child("query")!.elements[0]!.attributes["subscription"], "remove");
      const items = (await client.iq("get", query())).child("query")!.elements;
      assert.ok(items.every((item) => item.attributes["jid"] !== jid));
    },
  );

  requirement(
    "RFC 6121 §2.5.3",
    "If the value of the 'jid' attribute specifies an item that is not in the roster, then the server MUST return an <item-not-found/> stanza error.",
    async (t) => {
      const client = await t.bound();

      assert.equal(
        conditionOf(await client.iq("set", query(`<item jid="${contact(t.word())}" subscription="remove"/>`))),
        "item-not-found",
      );
    },
  );

  requirement(
    "RFC 6121 §2.3.3",
    "The server MUST return a <bad-request/> stanza error to the client if the roster set contains more than one <item/> child element.",
    async (t) => {
      const client = await t.bound();

      const answer = await client.iq(
        "set",
        query(`<item jid="${contact(t.word())}"/><item jid="${contact(t.word())}"/>`),
      );

      assert.equal(conditionOf(answer), "bad-request");
    },
  );

  requirement(
    "RFC 6121 §2.3.3",
    "The server MUST return a <forbidden/> stanza error if the sender of the roster set is not authorized to update the roster (or another error: the roster of another account is not touched).",
    async (t) => {
      const [romeo, juliet] = [await t.bound(0), await t.bound(1)];
      const jid = contact(t.word());

      const answer = await romeo.iq("set", query(`<item jid="${jid}"/>`), juliet.bare);

      assert.equal(answer.attributes["type"], "error");
      const items = (await juliet.iq("get", query())).child("query")!.elements;
      assert.ok(items.every((item) => item.attributes["jid"] !== jid));
    },
    { about: "another's" },
  );

  requirement(
    "RFC 6121 §3.1.2",
    "When the server processes or generates an outbound presence stanza of type \"subscribe\", the server MUST stamp the stanza with the bare JID of the user; it pushes the item with ask='subscribe'.",
    async (t) => {
      const [romeo, juliet] = [await t.available(0), await t.available(1)];
      await t.estrange(romeo, juliet);
      await romeo.iq("get", query());

      romeo.send(`<presence xmlns="jabber:client" to="${juliet.bare}" type="subscribe"/>`);

      await juliet.presence(romeo.bare, "subscribe");
      const push = await romeo.take(
        "a push with ask",
        (xml) => isPush(xml, juliet.bare) && xml.child("query")!.elements[0]!.attributes["ask"] === "subscribe",
      );
      assert.equal(push.child("query")!.elements[0]!.attributes["subscription"], "none");
      await t.estrange(romeo, juliet);
    },
  );

  requirement(
    "RFC 6121 §3.1.5",
    "When the user approves a request, the contact's server pushes subscription='from', the user's server delivers the approval, pushes subscription='to', and the contact's presence is sent to the user.",
    async (t) => {
      const [romeo, juliet] = [await t.available(0), await t.available(1)];
      await t.estrange(romeo, juliet);
      for (const client of [romeo, juliet]) await client.iq("get", query());

      romeo.send(`<presence xmlns="jabber:client" to="${juliet.bare}" type="subscribe"/>`);
      await juliet.presence(romeo.bare, "subscribe");
      juliet.send(`<presence xmlns="jabber:client" to="${romeo.bare}" type="subscribed"/>`);

      await romeo.presence(juliet.bare, "subscribed");
      await subscription(romeo, juliet.bare, "to");
      await subscription(juliet, romeo.bare, "from");
      await romeo.presence(juliet.jid);
      await t.estrange(romeo, juliet);
    },
  );

  requirement(
    "RFC 6121 §3.1.3",
    "If the contact has no available resources, the server MUST keep the subscription request and deliver it when the contact next has an available resource.",
    async (t) => {
      const romeo = await t.available(0);
      const shadow = await t.bound(2);
      await t.estrange(romeo, shadow);
      await shadow.drop();

      romeo.send(`<presence xmlns="jabber:client" to="${t.bare(2)}" type="subscribe"/>`);
      await romeo.ping();
      const nurse = await t.available(2);

      await nurse.presence(romeo.bare, "subscribe");
      await t.estrange(romeo, nurse);
    },
  );
});

function isPush(xml: Xml, jid: string): boolean {
  return (
    xml.is("iq") &&
    xml.attributes["type"] === "set" &&
    xml.child("query", ns.roster)?.elements[0]?.attributes["jid"] === jid
  );
}

function pushOf(client: XmppClient, jid: string): Promise<Xml> {
  return client.take(`a roster push of ${jid}`, (xml) => isPush(xml, jid));
}

function subscription(client: XmppClient, jid: string, state: string): Promise<Xml> {
  return client.take(
    `a push of ${jid} with subscription ${state}`,
    (xml) => isPush(xml, jid) && xml.child("query")!.elements[0]!.attributes["subscription"] === state,
  );
}
