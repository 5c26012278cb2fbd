// XEP-0280: Message Carbons.
import assert from "node:assert/strict";
import { ns, type XmppClient } from "../clients/xmpp.ts";
import type { Xml } from "../clients/xml.ts";
import { requirement } from "./requirement.ts";

const chat = (to: string, body: string, extra = ""): string =>
  `<message xmlns="jabber:client" type="chat" to="${to}"><body>${body}</body>${extra}</message>`;

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
