// XEP-0049: Private XML Storage.
import assert from "node:assert/strict";
import type { XmppClient } from "../clients/xmpp.ts";
import type { Xml } from "../clients/xml.ts";
import { offered } from "./offered.ts";
import { requirement } from "./requirement.ts";

const xmlns = "jabber:iq:private";
const get = (client: XmppClient, element: string, to?: string): Promise<Xml> =>
  client.iq("get", `<query xmlns="${xmlns}">${element}</query>`, to);
const set = (client: XmppClient, element: string, to?: string): Promise<Xml> =>
  client.iq("set", `<query xmlns="${xmlns}">${element}</query>`, to);

describe("XEP-0049 Private XML Storage", () => {
  requirement(
    "XEP-0049 §2.2",
    'Clients can store any arbitrary XML on the server side by sending an <iq/> stanza of type "set", and get it back as it is stored.',
    async (t) => {
      const romeo = await t.bound(0);
      await offered(romeo, xmlns);
      const word = t.word();

      const stored = await set(romeo, `<exodus xmlns="exodus:${word}"><nick a="1 &amp; 2">${word}</nick></exodus>`);
      const other = await t.bound(0);
      const read = (await get(other, `<exodus xmlns="exodus:${word}"/>`)).child("query", xmlns)!;

      assert.equal(stored.attributes["type"], "result");
      const nick = read.child("exodus", `exodus:${word}`)?.child("nick");
      assert.deepEqual([nick?.text, nick?.attributes["a"]], [word, "1 & 2"]);
    },
  );

  requirement(
    "XEP-0049 §2.2",
    "Data is stored per namespace: storing under one leaves what is under another as it was.",
    async (t) => {
      const romeo = await t.bound(0);
      await offered(romeo, xmlns);
      const word = t.word();
      await set(romeo, `<a xmlns="x:${word}:1">one</a>`);
      await set(romeo, `<a xmlns="x:${word}:2">two</a>`);
      await set(romeo, `<a xmlns="x:${word}:2">three</a>`);

      const texts = await Promise.all(
        [1, 2].map(async (n) => (await get(romeo, `<a xmlns="x:${word}:${n}"/>`)).deep("a")?.text),
      );

      assert.deepEqual(texts, ["one", "three"]);
    },
    { about: "namespaces" },
  );

  requirement(
    "XEP-0049 §2.2",
    "If no data is stored, the server returns the empty element.",
    async (t) => {
      const romeo = await t.bound(0);
      await offered(romeo, xmlns);
      const word = t.word();

      const answer = await get(romeo, `<nothing xmlns="x:${word}"/>`);

      assert.equal(answer.attributes["type"], "result");
      assert.equal(answer.deep("nothing", `x:${word}`)?.elements.length, 0);
    },
    { about: "nothing" },
  );

  requirement(
    "XEP-0049 §2.3",
    "If a user attempts to get or set data that belongs to another user, the server MUST return an error.",
    async (t) => {
      const romeo = await t.bound(0);
      await offered(romeo, xmlns);

      for (const answer of [
        await get(romeo, `<a xmlns="x:y"/>`, t.bare(1)),
        await set(romeo, `<a xmlns="x:y"/>`, t.bare(1)),
      ])
        assert.equal(answer.attributes["type"], "error");
    },
  );
});
