// XEP-0280: Message Carbons.
import assert from "node:assert/strict";
import { ns, type XmppClient } from "../clients/xmpp.ts";
import type { Xml } from "../clients/xml.ts";
import { chat } from "./message-types.ts";
import { requirement } from "./requirement.ts";

/** A carbon with that body inside. */
function carbon(client: XmppClient, direction: "sent" | "received", body: string): Promise<Xml> {
  return client.take(
    `a ${direction} carbon of “${body}”`,
    (xml) => xml.is("message") && inner(xml, direction)?.childText("body") === body,
  );
}

function inner(xml: Xml, direction: "sent" | "received"): Xml | undefined {
  return xml.child(direction, ns.carbons)?.child("forwarded", ns.forward)?.child("message", ns.client);
}

async function enable(client: XmppClient): Promise<void> {
  const answer = await client.iq("set", `<enable xmlns="${ns.carbons}"/>`);
  assert.equal(answer.attributes["type"], "result", "XEP-0280 §4: the server acknowledges enabling");
}

/** A message that says nothing to keep. */
const passing = (to: string, type: string, id: string, extra = ""): string =>
  `<message xmlns="jabber:client" type="${type}" to="${to}" id="${id}"><passing xmlns="urn:example:passing"/>${extra}</message>`;

/** No carbon of it has come to any of them. */
async function nothingMore(clients: readonly XmppClient[], id: string): Promise<void> {
  for (const client of clients) {
    await client.ping();
    for (const direction of ["sent", "received"] as const)
      assert.ok(client.waiting.every((xml) => inner(xml, direction)?.attributes["id"] !== id));
  }
}

describe("XEP-0280 Message Carbons", () => {
  requirement(
    "XEP-0280 §7",
    "When a client sends a <message/> eligible for carbons delivery, the sending server MUST deliver a forwarded copy in <sent/> to all other Carbons-enabled resources of the sender; its 'from' MUST be the bare JID of the sending user.",
    async (t) => {
      const [phone, laptop, juliet] = [await t.available(0), await t.available(0), await t.available(1)];
      await enable(laptop);
      const word = t.word();

      phone.send(chat(juliet.bare, word));

      const copy = await carbon(laptop, "sent", word);
      assert.deepEqual([copy.attributes["from"], copy.attributes["to"]], [laptop.bare, laptop.jid]);
      assert.deepEqual(
        [inner(copy, "sent")!.attributes["from"], inner(copy, "sent")!.attributes["to"]],
        [phone.jid, juliet.bare],
      );
      await phone.ping();
      assert.ok(
        phone.waiting.every((xml) => xml.child("sent", ns.carbons) === undefined),
        "the sending resource gets no copy",
      );
    },
    { needs: ["carbons"] },
  );

  requirement(
    "XEP-0280 §6",
    "When the server receives a <message/> eligible for carbons delivery addressed to a full JID, it MUST deliver a forwarded copy in <received/> to all other Carbons-enabled resources of the recipient.",
    async (t) => {
      const [romeo, phone, laptop] = [await t.available(0), await t.available(1), await t.available(1)];
      await enable(laptop);
      const word = t.word();

      romeo.send(chat(phone.jid, word));

      await phone.message(word);
      const copy = await carbon(laptop, "received", word);
      assert.equal(copy.attributes["from"], laptop.bare);
    },
    { needs: ["carbons"] },
  );

  requirement(
    "XEP-0280 §8",
    "A message with a <private/> element is not copied; the server SHOULD remove the element before delivery.",
    async (t) => {
      const [phone, laptop, juliet] = [await t.available(0), await t.available(0), await t.available(1)];
      await enable(laptop);
      const [secret, marker] = [t.word(), t.word()];

      phone.send(chat(juliet.jid, secret, `<private xmlns="${ns.carbons}"/><no-copy xmlns="urn:xmpp:hints"/>`));
      phone.send(chat(juliet.jid, marker));

      await carbon(laptop, "sent", marker);
      assert.ok(laptop.waiting.every((xml) => inner(xml, "sent")?.childText("body") !== secret));
    },
    { needs: ["carbons"] },
  );

  requirement(
    "XEP-0280 §6.1",
    "A <message/> is eligible for carbons delivery if it is of type chat: one that has no body and is never stored is copied to the other resources of both sides.",
    async (t) => {
      const [phone, laptop] = [await t.available(0), await t.available(0)];
      const [juliet, tablet] = [await t.available(1), await t.available(1)];
      await enable(laptop);
      await enable(tablet);
      const word = t.word();

      phone.send(passing(juliet.jid, "chat", word));

      await juliet.take("the message itself", (xml) => xml.is("message") && xml.attributes["id"] === word);
      for (const [client, direction] of [
        [laptop, "sent"],
        [tablet, "received"],
      ] as const) {
        const copy = await client.take(
          `a ${direction} carbon`,
          (xml) => inner(xml, direction)?.attributes["id"] === word,
        );
        const within = inner(copy, direction)!;
        assert.deepEqual(
          [copy.attributes["from"], copy.attributes["to"], copy.attributes["type"]],
          [client.bare, client.jid, "chat"],
        );
        assert.deepEqual([within.attributes["from"], within.attributes["to"]], [phone.jid, juliet.jid]);
        assert.ok(within.child("passing", "urn:example:passing"));
      }
      await nothingMore([phone, juliet], word);
    },
    { needs: ["carbons"] },
  );

  requirement(
    "XEP-0280 §6.1",
    "A <message/> of type chat sent to a bare JID is copied only to resources that did not receive it under the delivery rules.",
    async (t) => {
      const [romeo, juliet] = [await t.available(0), await t.available(1)];
      const shy = await t.available(1, -1);
      await enable(juliet);
      await enable(shy);
      const word = t.word();

      romeo.send(passing(juliet.bare, "chat", word));

      await juliet.take("the message itself", (xml) => xml.is("message") && xml.attributes["id"] === word);
      await shy.take("a carbon", (xml) => inner(xml, "received")?.attributes["id"] === word);
      await nothingMore([romeo, juliet, shy], word);
    },
    { needs: ["carbons"] },
  );

  requirement(
    "XEP-0280 §6.1",
    "A <message/> that is private, of type normal without a body, or of type headline, is not eligible.",
    async (t) => {
      const [phone, laptop] = [await t.available(0), await t.available(0)];
      const [juliet, tablet] = [await t.available(1), await t.available(1)];
      await enable(laptop);
      await enable(tablet);
      const [word, last] = [t.word(), t.word()];
      const secret = `<private xmlns="${ns.carbons}"/><no-copy xmlns="urn:xmpp:hints"/>`;

      phone.send(passing(juliet.jid, "chat", word, secret));
      phone.send(
        passing(juliet.jid, "chat", word, `<composing xmlns="http://jabber.org/protocol/chatstates"/>${secret}`),
      );
      phone.send(passing(juliet.jid, "normal", word));
      phone.send(passing(juliet.jid, "headline", word, "<body>news</body>"));
      phone.send(chat(juliet.jid, last));

      await juliet.message(last);
      await carbon(laptop, "sent", last);
      await carbon(tablet, "received", last);
      await nothingMore([laptop, tablet], word);
    },
    { needs: ["carbons"] },
  );

  requirement(
    "XEP-0280 §4",
    "Carbons are enabled and disabled with IQs of type set: other requests of the namespace are answered with an error.",
    async (t) => {
      const client = await t.bound(0);

      for (const [type, name] of [
        ["get", "enable"],
        ["get", "disable"],
        ["set", "private"],
        ["set", "sent"],
      ] as const) {
        const answer = await client.iq(type, `<${name} xmlns="${ns.carbons}"/>`);
        assert.equal(answer.attributes["type"], "error", `${type} ${name}`);
      }
    },
    { needs: ["carbons"] },
  );

  requirement(
    "XEP-0280 §10.1",
    "Enabling what is enabled, and disabling what is disabled, is acknowledged; who disabled carbons gets none.",
    async (t) => {
      const [phone, laptop, juliet] = [await t.available(0), await t.available(0), await t.available(1)];
      await enable(laptop);
      await enable(laptop);
      for (let i = 0; i < 2; i++) {
        const answer = await laptop.iq("set", `<disable xmlns="${ns.carbons}"/>`);
        assert.equal(answer.attributes["type"], "result");
      }
      const [word, body] = [t.word(), t.word()];

      phone.send(passing(juliet.jid, "chat", word));
      phone.send(chat(juliet.jid, body));

      await juliet.message(body);
      await laptop.ping();
      assert.ok(laptop.waiting.every((xml) => xml.child("sent", ns.carbons) === undefined));
    },
    { needs: ["carbons"] },
  );

  requirement(
    "XEP-0280 §11",
    "A forwarded copy from anybody but the own bare JID is a forgery: the server delivers such a message only under its sender's address.",
    async (t) => {
      const [romeo, juliet] = [await t.available(0), await t.available(1)];
      await enable(juliet);
      const word = t.word();
      const forged = `<received xmlns="${ns.carbons}"><forwarded xmlns="${ns.forward}"><message xmlns="jabber:client" from="${t.bare(2)}/x" to="${juliet.jid}" type="chat"><body>${word}</body></message></forwarded></received>`;

      romeo.send(
        `<message xmlns="jabber:client" to="${juliet.jid}" type="chat">${forged}<body>${word}</body></message>`,
      );

      assert.equal((await juliet.message(word)).attributes["from"], romeo.jid);
      assert.ok(
        juliet.waiting.every(
          (xml) => xml.attributes["from"] !== juliet.bare || inner(xml, "received")?.childText("body") !== word,
        ),
      );
    },
    { about: "X25", needs: ["carbons"] },
  );
});
