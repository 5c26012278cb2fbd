// XEP-0357: Push Notifications, with a component as the push service.
import assert from "node:assert/strict";
import type { ComponentClient } from "../clients/xmpp-component.ts";
import { conditionOf, type XmppClient } from "../clients/xmpp.ts";
import type { Xml } from "../clients/xml.ts";
import { featuresIn, info } from "../disco-kit.ts";
import { NotOffered } from "../requirement.ts";
import type { XmppKit } from "../xmpp-kit.ts";
import { requirement } from "./requirement.ts";

const push = "urn:xmpp:push:0";
const options = "http://jabber.org/protocol/pubsub#publish-options";
const question = `<query xmlns="http://jabber.org/protocol/disco#info"/>`;

/** Romeo's client, where the server offers push notifications. */
async function offered(t: XmppKit): Promise<XmppClient> {
  const romeo = await t.available(0);
  if (!featuresIn(await info(romeo, romeo.bare)).includes(push))
    throw new NotOffered("not offered: push notifications");
  return romeo;
}

/** The service, and what enabling it at a node looks like. */
async function service(t: XmppKit): Promise<[bell: ComponentClient, enable: (node: string, inner?: string) => string]> {
  const bell = await t.component();
  const jid = t.componentAddress.domain;
  return [bell, (node, inner = "") => `<enable xmlns="${push}" jid="${jid}" node="${node}">${inner}</enable>`];
}

async function disableAll(t: XmppKit): Promise<void> {
  const romeo = await t.bound(0);
  await romeo.iq("set", `<disable xmlns="${push}" jid="${t.componentAddress.domain}"/>`);
}

/** Juliet writes to Romeo, who has gone; the publication that this brings about, answered. */
async function publication(t: XmppKit, bell: ComponentClient, body: string, node: string): Promise<Xml> {
  const juliet = await t.available(1);
  juliet.send(`<message xmlns="jabber:client" type="chat" to="${t.bare(0)}"><body>${body}</body></message>`);
  const asked = await bell.stanza("iq", node);
  bell.send(
    `<iq type="result" id="${asked.attributes["id"]}" from="${asked.attributes["to"]}" to="${asked.attributes["from"]}"/>`,
  );
  return asked;
}

/** Takes what was said to Romeo, so that nobody else has it. */
async function read(t: XmppKit, body: string): Promise<void> {
  const romeo = await t.available(0);
  await romeo.message(body);
}

describe("XEP-0357 Push Notifications", () => {
  requirement(
    "XEP-0357 §3.1",
    "If the user's server supports publishing push notifications …, the server MUST include the feature 'urn:xmpp:push:0' in its list of supported features.",
    async (t) => void (await offered(t)),
  );

  requirement(
    "XEP-0357 §4",
    "… an <enable/> element …, which MUST contain a 'jid' attribute of the XMPP Push Service being enabled.",
    async (t) => {
      const romeo = await offered(t);

      assert.equal(conditionOf(await romeo.iq("set", `<enable xmlns="${push}" node="n"/>`)), "bad-request");
    },
    { about: "no service" },
  );

  requirement(
    "XEP-0357 §5",
    "… a <disable/> element …, which MUST include a 'jid' attribute of the service to be removed.",
    async (t) => {
      const romeo = await offered(t);

      assert.equal(conditionOf(await romeo.iq("set", `<disable xmlns="${push}"/>`)), "bad-request");
    },
    { about: "no service" },
  );

  requirement(
    "XEP-0357 §6",
    "When the user's server detects an event warranting a push notification, it performs a PubSub publish to all XMPP Push Services registered for the user, where the item payload is a <notification/> element in the 'urn:xmpp:push:0' namespace.",
    async (t) => {
      const [romeo, [bell, enable]] = [await offered(t), await service(t)];
      const [node, other, word] = [t.word(), t.word(), t.word()];
      for (const each of [node, other])
        assert.equal((await romeo.iq("set", enable(each))).attributes["type"], "result");
      await romeo.end();

      const asked = await publication(t, bell, word, node);
      await bell.stanza("iq", other);

      assert.equal(asked.attributes["type"], "set");
      // The examples' is the account; the text does not say which of the two it is.
      assert.ok([t.bare(0), t.domain].includes(asked.attributes["from"]!), asked.attributes["from"]);
      const publish = asked.child("pubsub", "http://jabber.org/protocol/pubsub")?.child("publish");
      assert.equal(publish?.attributes["node"], node);
      assert.ok(publish?.deep("notification", push) !== undefined, String(asked));
      await read(t, word);
      await disableAll(t);
    },
    { only: "TCP" },
  );

  requirement(
    "XEP-0357 §6",
    "If additional data was provided when enabling the service, the publish request SHOULD include the data as publish options.",
    async (t) => {
      const [romeo, [bell, enable]] = [await offered(t), await service(t)];
      const [node, secret, word] = [t.word(), t.word(), t.word()];
      const field = (name: string, value: string): string => `<field var="${name}"><value>${value}</value></field>`;
      await romeo.iq(
        "set",
        enable(
          node,
          `<x xmlns="jabber:x:data" type="submit">${field("FORM_TYPE", options)}${field("secret", secret)}</x>`,
        ),
      );
      await romeo.end();

      const asked = await publication(t, bell, word, node);

      const said = asked.deep("publish-options", "http://jabber.org/protocol/pubsub");
      assert.ok(said !== undefined && String(said).includes(secret), String(asked));
      await read(t, word);
      await disableAll(t);
    },
    { about: "options", only: "TCP" },
  );

  requirement(
    "XEP-0357 §5",
    "When a service is not enabled, the server MUST NOT attempt publishing notifications to the service.",
    async (t) => {
      const [romeo, [bell, enable]] = [await offered(t), await service(t)];
      const [kept, gone, word] = [t.word(), t.word(), t.word()];
      await romeo.iq("set", enable(gone));
      await romeo.iq("set", enable(kept));
      await romeo.iq("set", `<disable xmlns="${push}" jid="${t.componentAddress.domain}" node="${gone}"/>`);
      await romeo.end();

      await publication(t, bell, word, kept);

      await assert.rejects(
        Promise.race([
          bell.stanza("iq", gone),
          new Promise((_, reject) => setTimeout(() => reject(new Error("silence")), 500)),
        ]),
        /silence/,
      );
      await read(t, word);
      await disableAll(t);
    },
    { about: "disabled", only: "TCP" },
  );

  requirement(
    "XEP-0357 §6.1",
    "If a publish request is returned with an IQ-error, then the server SHOULD consider the particular JID and node combination to be disabled.",
    async (t) => {
      const [romeo, [bell, enable]] = [await offered(t), await service(t)];
      const [node, first, second] = [t.word(), t.word(), t.word()];
      await romeo.iq("set", enable(node));
      await romeo.end();
      const juliet = await t.available(1);
      const write = (body: string): void =>
        juliet.send(`<message xmlns="jabber:client" type="chat" to="${t.bare(0)}"><body>${body}</body></message>`);
      write(first);
      const asked = await bell.stanza("iq", node);

      bell.send(
        `<iq type="error" id="${asked.attributes["id"]}" from="${asked.attributes["to"]}" to="${asked.attributes["from"]}"><error type="cancel"><item-not-found xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>`,
      );
      await bell.iq(t.componentAddress.domain, t.domain, "get", question);
      write(second);
      await juliet.ping();

      await assert.rejects(
        Promise.race([
          bell.stanza("iq", node),
          new Promise((_, reject) => setTimeout(() => reject(new Error("silence")), 1_500)),
        ]),
        /silence/,
      );
      await read(t, second);
      await disableAll(t);
    },
    { only: "TCP" },
  );
});
