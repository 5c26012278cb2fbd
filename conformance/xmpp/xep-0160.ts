// XEP-0160: what came while nobody was there, all of it and in its order.
import assert from "node:assert/strict";
import { requirement } from "./requirement.ts";

const count = 100;

/** A server may take its time to store so many. */
const storingMs = 15_000;

describe("XEP-0160 Offline Messages", () => {
  requirement(
    "RFC 6120 §10.1",
    "… the server MUST ensure in-order processing of the stanzas it receives from a connected client …: what it stores for the recipient comes in the order it was sent.",
    async (t) => {
      const [romeo, word] = [await t.available(0), t.word()];
      for (let n = 0; n < count; n++)
        romeo.send(`<message xmlns="jabber:client" type="chat" to="${t.bare(1)}"><body>${word} ${n}</body></message>`);
      await romeo.ping(storingMs);

      const juliet = await t.available(1);

      const came: string[] = [];
      while (came.length < count) {
        const message = await juliet.take("the next", (xml) => xml.childText("body")?.startsWith(`${word} `) === true);
        came.push(message.childText("body")!);
        if (came.length === 1 || came.length === count)
          assert.ok(message.child("delay", "urn:xmpp:delay") !== undefined, String(message));
      }
      assert.deepEqual(
        came,
        Array.from({ length: count }, (_, n) => `${word} ${n}`),
      );
    },
    { about: "offline" },
  );
});
