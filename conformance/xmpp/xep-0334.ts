// XEP-0334: Message Processing Hints.
import assert from "node:assert/strict";
import type { XmppClient } from "../clients/xmpp.ts";
import { NotOffered } from "../requirement.ts";
import { featuresOf } from "./offered.ts";
import { requirement } from "./requirement.ts";

const hint = (name: string): string => `<${name} xmlns="urn:xmpp:hints"/>`;
const chat = (to: string, inner: string): string =>
  `<message xmlns="jabber:client" type="chat" to="${to}">${inner}</message>`;

/** Whether the word is in what the account's archive holds of the last messages. */
async function archived(client: XmppClient, word: string): Promise<boolean> {
  if (!(await featuresOf(client, client.bare)).includes("urn:xmpp:mam:2"))
    throw new NotOffered("not offered: archives");
  const id = client.id();
  client.send(
    `<iq xmlns="jabber:client" type="set" id="${id}"><query xmlns="urn:xmpp:mam:2" queryid="${id}"><set xmlns="http://jabber.org/protocol/rsm"><max>20</max><before/></set></query></iq>`,
  );
  const found: string[] = [];
  await client.take("the end of the archive", (xml) => {
    if (xml.is("message") && xml.deep("result", "urn:xmpp:mam:2") !== undefined) found.push(String(xml));
    return xml.is("iq") && xml.attributes["id"] === id;
  });
  found.push(...client.waiting.filter((xml) => xml.deep("result", "urn:xmpp:mam:2") !== undefined).map(String));
  return found.some((xml) => xml.includes(word));
}

describe("XEP-0334 Message Processing Hints", () => {
  for (const name of ["no-store", "no-permanent-store"]) {
    requirement(
      name === "no-store" ? "XEP-0334 §4.2" : "XEP-0334 §4.1",
      `<${name}/>: a server SHOULD NOT store the message in its archive.`,
      async (t) => {
        const [[romeo, juliet], word, kept] = [await t.couple(), t.word(), t.word()];

        romeo.send(chat(juliet.bare, `<body>${word}</body>${hint(name)}`));
        romeo.send(chat(juliet.bare, `<body>${kept}</body>`));

        await juliet.message(word);
        await juliet.message(kept);
        assert.equal(await archived(juliet, kept), true);
        assert.equal(await archived(juliet, word), false);
      },
      { about: "the archive" },
    );
  }

  requirement(
    "XEP-0334 §4.2",
    "<no-store/>: a server SHOULD NOT store the message, neither permanently nor for the recipient to come back.",
    async (t) => {
      const [romeo, word, kept] = [await t.available(0), t.word(), t.word()];

      romeo.send(chat(t.bare(1), `<body>${word}</body>${hint("no-store")}`));
      romeo.send(chat(t.bare(1), `<body>${kept}</body>`));
      await romeo.ping();
      const juliet = await t.available(1);

      await juliet.message(kept);
      assert.ok(!juliet.waiting.some((xml) => xml.childText("body") === word));
    },
    { about: "offline" },
  );

  requirement(
    "XEP-0334 §4.1",
    "<no-permanent-store/>: the message may be kept until the recipient has it, as for who is offline.",
    async (t) => {
      const [[romeo, juliet], word] = [await t.couple(), t.word()];

      romeo.send(chat(juliet.bare, `<body>${word}</body>${hint("no-permanent-store")}`));

      await juliet.message(word);
    },
    { about: "delivered" },
  );

  requirement(
    "XEP-0334 §4.4",
    "<store/>: a message without a body that the sender thinks should be stored; a server that archives SHOULD store it.",
    async (t) => {
      const [[romeo, juliet], word] = [await t.couple(), t.word()];

      romeo.send(chat(juliet.bare, `<x xmlns="urn:example:${word}"/>${hint("store")}`));

      await juliet.take("the message", (xml) => xml.is("message") && String(xml).includes(word));
      assert.equal(await archived(juliet, word), true);
    },
  );

  requirement(
    "XEP-0334 §4.3",
    "<no-copy/>: a server SHOULD NOT deliver copies of the message to other resources (XEP-0280).",
    async (t) => {
      const [romeo, juliet, other] = [await t.available(0), await t.available(1), await t.available(1)];
      if ((await other.iq("set", `<enable xmlns="urn:xmpp:carbons:2"/>`)).attributes["type"] !== "result")
        throw new NotOffered("not offered: carbons");
      const [word, copied] = [t.word(), t.word()];

      romeo.send(chat(juliet.jid, `<body>${word}</body>${hint("no-copy")}`));
      romeo.send(chat(juliet.jid, `<body>${copied}</body>`));

      await juliet.message(copied);
      await other.take("the carbon", (xml) => xml.is("message") && String(xml).includes(copied));
      assert.ok(!other.waiting.some((xml) => String(xml).includes(word)));
    },
    { needs: ["carbons"] },
  );
});
