// XEP-0359: Unique and Stable Stanza IDs; XEP-0184 receipts; XEP-0333 markers.
import assert from "node:assert/strict";
import { ns } from "../clients/xmpp.ts";
import { requirement } from "./requirement.ts";

describe("XEP-0359 ids, XEP-0184 receipts, XEP-0333 markers", () => {
  requirement(
    "XEP-0359 §4",
    "Stanza ID generating entities, which encounter a <stanza-id/> element where the 'by' attribute matches the 'by' attribute they would otherwise set, MUST delete that element even if they are not adding their own stanza ID.",
    async (t) => {
      const [romeo, juliet] = [await t.available(0), await t.available(1)];
      const word = t.word();

      romeo.send(
        `<message xmlns="jabber:client" type="chat" to="${juliet.bare}"><body>${word}</body><stanza-id xmlns="${ns.sid}" by="${juliet.bare}" id="forged"/></message>`,
      );

      const ids = (await juliet.message(word)).elements.filter((child) => child.is("stanza-id", ns.sid));
      assert.ok(
        ids.every((id) => id.attributes["id"] !== "forged"),
        "X24",
      );
      assert.equal(ids.filter((id) => id.attributes["by"] === juliet.bare).length, 1, "the server's own");
    },
    { needs: ["stanza-ids"] },
  );

  requirement("XEP-0359 §3.2", "The <origin-id/> that a client sets is passed on unaltered.", async (t) => {
    const [romeo, juliet] = [await t.available(0), await t.available(1)];
    const word = t.word();

    romeo.send(
      `<message xmlns="jabber:client" type="chat" to="${juliet.bare}"><body>${word}</body><origin-id xmlns="${ns.sid}" id="o-${word}"/></message>`,
    );

    assert.equal((await juliet.message(word)).child("origin-id", ns.sid)?.attributes["id"], `o-${word}`);
  });

  requirement(
    "XEP-0203 §4",
    "A <delay/> that claims to come from the server itself, and did not, must not reach the recipient.",
    async (t) => {
      const [romeo, juliet] = [await t.available(0), await t.available(1)];
      const word = t.word();

      romeo.send(
        `<message xmlns="jabber:client" type="chat" to="${juliet.bare}"><body>${word}</body><delay xmlns="${ns.delay}" from="${t.domain}" stamp="2001-01-01T00:00:00Z"/></message>`,
      );

      const delay = (await juliet.message(word)).child("delay", ns.delay);
      assert.notEqual(delay?.attributes["stamp"], "2001-01-01T00:00:00Z");
    },
    { about: "X24", needs: ["policy"] },
  );

  requirement(
    "XEP-0184 §5",
    "A receipt request reaches the recipient, and the recipient's <received/> reaches the sender, with the id of the message.",
    async (t) => {
      const [romeo, juliet] = [await t.available(0), await t.available(1)];
      const word = t.word();
      romeo.send(
        `<message xmlns="jabber:client" type="chat" id="${word}" to="${juliet.bare}"><body>${word}</body><request xmlns="${ns.receipts}"/></message>`,
      );
      const got = await juliet.message(word);
      assert.ok(got.child("request", ns.receipts) !== undefined);

      juliet.send(
        `<message xmlns="jabber:client" type="chat" id="r-${word}" to="${romeo.jid}"><received xmlns="${ns.receipts}" id="${got.attributes["id"]}"/></message>`,
      );

      const receipt = await romeo.take(
        "a receipt",
        (xml) => xml.child("received", ns.receipts)?.attributes["id"] === word,
      );
      assert.equal(receipt.attributes["from"]?.split("/")[0], juliet.bare);
    },
  );

  requirement("XEP-0333 §5", "A <displayed/> marker reaches the sender of the marked message.", async (t) => {
    const [romeo, juliet] = [await t.available(0), await t.available(1)];
    const word = t.word();
    romeo.send(
      `<message xmlns="jabber:client" type="chat" id="${word}" to="${juliet.bare}"><body>${word}</body><markable xmlns="${ns.markers}"/></message>`,
    );
    await juliet.message(word);

    juliet.send(
      `<message xmlns="jabber:client" type="chat" id="d-${word}" to="${romeo.bare}"><displayed xmlns="${ns.markers}" id="${word}"/></message>`,
    );

    const marker = await romeo.take("a marker", (xml) => xml.child("displayed", ns.markers)?.attributes["id"] === word);
    assert.equal(marker.attributes["from"]?.split("/")[0], juliet.bare);
  });
});
