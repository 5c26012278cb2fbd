// RFC 6120 §8 stanzas, §10 server rules.
import assert from "node:assert/strict";
import { conditionOf, ns } from "../clients/xmpp.ts";
import { requirement } from "./requirement.ts";

describe("RFC 6120 stanzas", () => {
  requirement(
    "RFC 6120 §10.1",
    "An XMPP server MUST ensure in-order processing of the stanzas and other XML elements it receives over a given XML stream from a connected client or remote server.",
    async (t) => {
      const [romeo, juliet] = [await t.available(0), await t.available(1)];
      const words = Array.from({ length: 50 }, () => t.word());

      for (const word of words)
        romeo.send(`<message xmlns="jabber:client" type="chat" to="${juliet.bare}"><body>${word}</body></message>`);
      await juliet.message(words.at(-1)!);

      const got = juliet.waiting.map((xml) => xml.childText("body")).filter((body) => words.includes(body ?? ""));
      assert.deepEqual(got, words.slice(0, -1));
    },
  );

  requirement(
    "RFC 6120 §8.1.2.1",
    "The server MUST add a 'from' attribute to the stanza or override the 'from' attribute specified by the client, where the value is the full JID of the connected resource that generated the stanza.",
    async (t) => {
      const [romeo, juliet] = [await t.available(0), await t.available(1)];
      const word = t.word();

      romeo.send(
        `<message xmlns="jabber:client" type="chat" id="m1" to="${juliet.bare}"><body>${word}</body></message>`,
      );

      const got = await juliet.message(word);
      assert.deepEqual(
        [got.attributes["from"], got.attributes["id"], got.attributes["type"]],
        [romeo.jid, "m1", "chat"],
      );
    },
  );

  requirement(
    "RFC 6120 §8.2.3",
    'An entity that receives an IQ request of type "get" or "set" MUST reply with an IQ response of type "result" or "error". The response MUST preserve the \'id\' attribute of the request.',
    async (t) => {
      const client = await t.bound();

      const [known, unknown] = [
        await client.iq("get", `<query xmlns="${ns.roster}"/>`),
        await client.iq("get", `<query xmlns="urn:example:nothing"/>`),
      ];

      assert.equal(known.attributes["type"], "result");
      assert.equal(unknown.attributes["type"], "error");
    },
  );

  requirement(
    "RFC 6120 §8.4",
    'If an entity receives an IQ stanza of type "get" or "set" containing a child element qualified by a namespace it does not understand, then the entity MUST return an IQ stanza of type "error" with an error condition of <service-unavailable/>.',
    async (t) => {
      const client = await t.bound();

      for (const to of [undefined, t.domain, client.bare]) {
        const answer = await client.iq("get", `<query xmlns="urn:example:nothing"/>`, to);
        assert.equal(conditionOf(answer), "service-unavailable", `to ${to ?? "nobody"}`);
      }
    },
  );

  requirement(
    "RFC 6120 §8.2.3",
    'An IQ stanza of type "get" or "set" MUST contain exactly one child element, which specifies the semantics of the particular request.',
    async (t) => {
      const client = await t.bound();

      for (const payload of ["", `<ping xmlns="${ns.ping}"/><ping xmlns="${ns.ping}"/>`]) {
        assert.equal(conditionOf(await client.iq("get", payload)), "bad-request");
      }
    },
    { about: "children" },
  );

  requirement(
    "RFC 6120 §8.3.1",
    "An entity that receives an error stanza MUST NOT respond to that stanza with a further error stanza; this helps to prevent looping.",
    async (t) => {
      const client = await t.bound();

      client.send(
        `<iq xmlns="jabber:client" type="error" id="e1" to="${t.domain}"><error type="cancel"><gone xmlns="${ns.stanzaErrors}"/></error></iq>`,
      );
      client.send(
        `<message xmlns="jabber:client" type="error" id="e2" to="nobody-of-that-name@${t.domain}"><error type="cancel"><gone xmlns="${ns.stanzaErrors}"/></error></message>`,
      );
      await client.ping();

      assert.deepEqual(client.waiting.map(String), []);
    },
  );

  requirement(
    "RFC 6120 §10.3.1",
    "If the server receives a message stanza with no 'to' attribute, it MUST treat the message as if the 'to' address were the bare JID of the sending entity.",
    async (t) => {
      const client = await t.available();
      const word = t.word();

      client.send(`<message xmlns="jabber:client" type="chat"><body>${word}</body></message>`);

      const got = await client.message(word);
      assert.equal(got.attributes["from"]?.split("/")[0], client.bare);
    },
  );

  requirement(
    "RFC 6121 §8.5.1",
    "If there is no local account associated with the <localpart@domainpart>: for an IQ stanza, the server MUST return a <service-unavailable/> stanza error to the sender; for a message, it MUST either silently ignore it or return that error.",
    async (t) => {
      const client = await t.available();
      const nobody = `nobody-of-that-name@${t.domain}`;

      assert.equal(
        conditionOf(await client.iq("get", `<query xmlns="${ns.discoInfo}"/>`, nobody)),
        "service-unavailable",
      );
      client.send(`<message xmlns="jabber:client" id="lost" type="chat" to="${nobody}"><body>x</body></message>`);
      await client.ping();
      for (const xml of client.waiting.filter((stanza) => stanza.attributes["id"] === "lost")) {
        assert.deepEqual([xml.attributes["type"], conditionOf(xml)], ["error", "service-unavailable"]);
      }
    },
  );

  requirement(
    "RFC 7622 §3",
    "An address whose parts are not allowed (an empty localpart, more than 1023 bytes, a slash or control character in the localpart) is answered with <jid-malformed/>, or with an error that leaks nothing.",
    async (t) => {
      const client = await t.available();

      for (const to of [
        `@${t.domain}`,
        `${"a".repeat(1_100)}@${t.domain}`,
        `ro meo@${t.domain}`,
        `romeo@${t.domain}/`,
      ]) {
        const answer = await client.iq("get", `<ping xmlns="${ns.ping}"/>`, to);
        assert.equal(answer.attributes["type"], "error", `to ${to.slice(0, 40)}`);
        assert.equal(conditionOf(answer), "jid-malformed", `to ${to.slice(0, 40)}`);
      }
    },
    { about: "X27", needs: ["policy"] },
  );

  requirement(
    "RFC 7622 §3.3",
    "Localparts are compared after PRECIS enforcement: letters in another case or of full width name the same account.",
    async (t) => {
      const [romeo, juliet] = [await t.available(0), await t.available(1)];
      const word = t.word();

      romeo.send(
        `<message xmlns="jabber:client" type="chat" to="${juliet.bare.toUpperCase().replace(t.domain.toUpperCase(), t.domain)}"><body>${word}</body></message>`,
      );

      await juliet.message(word);
    },
    { about: "X27" },
  );
});
