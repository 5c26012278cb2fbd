// XEP-0114: Jabber Component Protocol, its stream and what travels over it.
import assert from "node:assert/strict";
import { conditionOf } from "../clients/xmpp.ts";
import { componentNamespace } from "../clients/xmpp-component.ts";
import { requirement } from "./requirement.ts";

describe("XEP-0114 Jabber Component Protocol", () => {
  requirement(
    "XEP-0114 §3",
    "If so, the server MUST reply with a stream header.",
    async (t) => {
      const component = await t.unproven();

      const header = await component.open(t.componentAddress.domain);

      assert.equal(header.attributes["from"], t.componentAddress.domain);
      assert.notEqual(header.attributes["id"] ?? "", "");
    },
    { about: "the header", only: "TCP" },
  );

  requirement(
    "XEP-0114 §3",
    "If the credentials are acceptable, the receiving application (in this case the server) MUST return an empty <handshake/> element.",
    async (t) => {
      const component = await t.unproven();
      const { domain, secret } = t.componentAddress;
      const header = await component.open(domain);

      const answer = await component.handshake(header.attributes["id"]!, secret);

      assert.ok(answer.is("handshake", componentNamespace), String(answer));
      assert.equal(answer.text, "");
    },
    { about: "the handshake", only: "TCP" },
  );

  requirement(
    "XEP-0114 §3",
    "If the credentials supplied by the initiator are not valid, the receiver MUST close the stream and the underlying TCP connection, and SHOULD return a <not-authorized/> stream error.",
    async (t) => {
      const component = await t.unproven();
      const header = await component.open(t.componentAddress.domain);

      component.send(`<handshake>${"0".repeat(40)}</handshake>`);

      assert.notEqual(header.attributes["id"], undefined);
      assert.equal(await component.streamError(), "not-authorized");
      await component.ended();
    },
    { about: "a wrong handshake", only: "TCP" },
  );

  requirement(
    "XEP-0114 §3",
    "If the server will not service the component name specified in the 'to' attribute of the stream header, it MUST return a stream error (e.g., <conflict/> or <host-unknown/>).",
    async (t) => {
      const component = await t.unproven();

      await component.open("nobody.example");

      assert.equal(await component.streamError(), "host-unknown");
      await component.ended();
    },
    { about: "an unknown name", only: "TCP" },
  );

  requirement(
    "XEP-0114 §3",
    "If the server will not service the component name specified in the 'to' attribute of the stream header, it MUST return a stream error (e.g., <conflict/> or <host-unknown/>).",
    async (t) => {
      await t.component();
      const second = await t.unproven();
      const { domain, secret } = t.componentAddress;

      const header = await second.open(domain);
      second.prove(header.attributes["id"]!, secret);

      assert.equal(await second.streamError(), "conflict");
    },
    { about: "a name in use", only: "TCP" },
  );

  requirement(
    "XEP-0114 §3",
    "If the server does not recognize or support the namespace specified in the stream header …, it MUST return an <invalid-namespace/> stream error.",
    async (t) => {
      const component = await t.unproven();

      await component.open(t.componentAddress.domain, "jabber:component:unheard-of");

      assert.equal(await component.streamError(), "invalid-namespace");
      await component.ended();
    },
    { about: "the namespace", only: "TCP" },
  );

  requirement(
    "XEP-0114 §3",
    "The domain identifier portion of the JID contained in the 'from' attribute MUST match the hostname of the component.",
    async (t) => {
      const [romeo, component] = [await t.available(0), await t.component()];
      const word = t.word();

      component.send(`<message from="juliet@${t.domain}" to="${romeo.bare}"><body>${word}</body></message>`);

      assert.equal(await component.streamError(), "invalid-from");
      await romeo.ping();
      assert.equal(
        romeo.waiting.some((xml) => xml.childText("body") === word),
        false,
      );
    },
    { about: "another's address", only: "TCP" },
  );

  requirement(
    "XEP-0114 §3",
    "However, this is the only restriction on 'from' addresses, and the component MAY send stanzas from any user at its hostname.",
    async (t) => {
      const [romeo, component] = [await t.available(0), await t.component()];
      const { domain } = t.componentAddress;
      for (const from of [domain, `somebody@${domain}`, `somebody@${domain}/somewhere`]) {
        const word = t.word();

        component.send(`<message type="chat" from="${from}" to="${romeo.bare}"><body>${word}</body></message>`);

        assert.equal((await romeo.message(word)).attributes["from"], from);
      }
    },
    { about: "any user", only: "TCP" },
  );

  requirement(
    "XEP-0114 §3",
    "Once authenticated, the component can send stanzas through the server and receive stanzas from the server.",
    async (t) => {
      const [romeo, component] = [await t.available(0), await t.component()];
      const { domain } = t.componentAddress;
      const word = t.word();

      romeo.send(`<message xmlns="jabber:client" type="chat" to="bot@${domain}/x"><body>${word}</body></message>`);

      const got = await component.stanza("message", word);
      assert.deepEqual([got.attributes["from"], got.attributes["to"]], [romeo.jid, `bot@${domain}/x`]);
      assert.equal(got.xmlns, componentNamespace);
      assert.equal(got.elements.find((child) => child.name === "body")?.xmlns, componentNamespace);
    },
    { about: "messages", only: "TCP" },
  );

  requirement(
    "XEP-0114 §3",
    "Once authenticated, the component can send stanzas through the server and receive stanzas from the server.",
    async (t) => {
      const [romeo, component] = [await t.available(0), await t.component()];
      const { domain } = t.componentAddress;
      const word = t.word();

      const asked = romeo.iq("get", `<query xmlns="urn:example:${word}"/>`, domain);
      const question = await component.stanza("iq", word);
      component.send(
        `<iq type="result" id="${question.attributes["id"]}" from="${domain}" to="${romeo.jid}"><query xmlns="urn:example:${word}"><yes/></query></iq>`,
      );

      const answer = await asked;
      assert.deepEqual([answer.attributes["type"], answer.attributes["from"]], ["result", domain]);
    },
    { about: "questions to it", only: "TCP" },
  );

  requirement(
    "RFC 6121 §8.5.3.2.3",
    'If there is no connected resource that exactly matches the full JID … an IQ stanza of type "get" or "set" … MUST … return a <service-unavailable/> stanza error.',
    async (t) => {
      const component = await t.component();
      const { domain } = t.componentAddress;

      const answer = await component.iq(domain, `${t.bare(0)}/nowhere`, "get", `<ping xmlns="urn:xmpp:ping"/>`);

      assert.deepEqual([answer.attributes["type"], conditionOf(answer)], ["error", "service-unavailable"]);
    },
    { about: "asked by a component", only: "TCP" },
  );

  requirement(
    "XEP-0030 §4",
    "A component may ask the server what it is, as any entity may.",
    async (t) => {
      const component = await t.component();

      const answer = await component.iq(
        t.componentAddress.domain,
        t.domain,
        "get",
        `<query xmlns="http://jabber.org/protocol/disco#info"/>`,
      );

      assert.equal(answer.attributes["type"], "result");
      assert.match(String(answer), /category="server"/);
    },
    { about: "asked by a component", only: "TCP" },
  );

  requirement(
    "XEP-0030 §4.1",
    "The host lists its services: a connected component is one.",
    async (t) => {
      const [romeo] = [await t.available(0), await t.component()];

      const items = await romeo.iq("get", `<query xmlns="http://jabber.org/protocol/disco#items"/>`, t.domain);

      const listed = items.child("query")?.elements.map((item) => item.attributes["jid"]);
      assert.ok(listed?.includes(t.componentAddress.domain), String(items));
    },
    { about: "components", only: "TCP" },
  );

  requirement(
    "RFC 6121 §3.1",
    "A request for subscription is routed to the contact's domain from the user's bare JID, and its approval pushed as a change of the roster.",
    async (t) => {
      const [romeo, component] = [await t.available(0), await t.component()];
      const guest = `${t.word()}@${t.componentAddress.domain}`;
      await romeo.iq("get", `<query xmlns="jabber:iq:roster"/>`);

      romeo.send(`<presence xmlns="jabber:client" to="${guest}" type="subscribe"/>`);
      const request = await component.stanza("presence", guest);
      component.send(`<presence from="${guest}" to="${romeo.bare}" type="subscribed"/>`);
      component.send(`<presence from="${guest}/there" to="${romeo.bare}"><status>${guest}</status></presence>`);

      assert.deepEqual([request.attributes["from"], request.attributes["type"]], [romeo.bare, "subscribe"]);
      await romeo.take(
        "a push with the subscription",
        (xml) => xml.is("iq") && String(xml).includes(guest) && String(xml).includes(`subscription="to"`),
      );
      await romeo.presence(`${guest}/there`);
      await romeo.iq("set", `<query xmlns="jabber:iq:roster"><item jid="${guest}" subscription="remove"/></query>`);
    },
    { about: "at a component", only: "TCP" },
  );

  requirement(
    "RFC 6120 §8.1.1",
    "What is written to a component that is not connected is answered with an error, and not lost in silence.",
    async (t) => {
      const romeo = await t.available(0);

      const answer = await romeo.iq("get", `<ping xmlns="urn:xmpp:ping"/>`, t.componentAddress.domain);

      assert.ok(
        ["remote-server-timeout", "service-unavailable", "remote-server-not-found"].includes(conditionOf(answer)),
        String(answer),
      );
    },
    { about: "not connected", only: "TCP" },
  );
});
