// XEP-0431: Full Text Search in MAM.
import assert from "node:assert/strict";
import { conditionOf, ns } from "../clients/xmpp.ts";
import { bodies, field, form, query, set } from "./archives.ts";
import { offered } from "./offered.ts";
import { requirement } from "./requirement.ts";

const fullText = "{urn:xmpp:fulltext:0}fulltext";

describe("XEP-0431 Full Text Search in MAM", () => {
  requirement(
    "XEP-0431 §4",
    "The client includes the field '{urn:xmpp:fulltext:0}fulltext' in its query; the server returns the messages that match the words, narrowed by the other fields.",
    async (t) => {
      const [romeo, juliet] = [await t.available(0), await t.available(1)];
      await offered(romeo, "urn:xmpp:fulltext:0");
      const word = t.word();
      const said = [`${word} one`, `something else`, `two ${word}`];
      for (const body of said) {
        romeo.send(`<message xmlns="jabber:client" type="chat" to="${juliet.bare}"><body>${body}</body></message>`);
        await juliet.message(body);
      }

      const look = (...fields: readonly string[]) =>
        query(juliet, `${form(field(fullText, word), ...fields)}${set("<max>9</max>")}`);
      // What is searched may be a moment behind the log.
      let found = await look();
      for (let tries = 0; found.results.length < 2 && tries < 50; tries++) found = await look();

      assert.deepEqual(bodies(found), [said[0], said[2]]);
      assert.deepEqual(bodies(await look(field("with", t.bare(2)))), []);
      assert.deepEqual(bodies(await look(field("with", romeo.bare))), [said[0], said[2]]);
      const last = await query(juliet, `${form(field(fullText, word))}${set("<max>1</max><before/>")}`);
      assert.deepEqual(bodies(last), [said[2]]);
    },
  );

  requirement(
    "XEP-0431 §4",
    "The field is in the form that the archive shows (XEP-0313 §4.1.6).",
    async (t) => {
      const romeo = await t.available(0);
      await offered(romeo, "urn:xmpp:fulltext:0");

      const answer = await romeo.iq("get", `<query xmlns="${ns.mam}"/>`);

      assert.equal(conditionOf(answer), "none");
      const fields = answer.child("query", ns.mam)!.child("x", "jabber:x:data")!.elements;
      assert.ok(fields.some((each) => each.attributes["var"] === fullText));
    },
    { about: "form" },
  );
});
