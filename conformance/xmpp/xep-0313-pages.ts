// XEP-0313 with XEP-0059: archives in pages, what is known of them, and who may read which.
import assert from "node:assert/strict";
import { conditionOf, ns } from "../clients/xmpp.ts";
import { bodies, extended, field, form, forwarded, ids, query, saidInRoom, set, setOf, talk } from "./archives.ts";
import { change, configure, hears, say } from "../muc-kit.ts";
import { offered } from "./offered.ts";
import { requirement } from "./requirement.ts";

describe("XEP-0313 Message Archive Management, in pages", () => {
  requirement(
    "XEP-0313 §4.3.2",
    "A client can re-send the same request and receive the next page, including an <after/> with the UID of the last message it received.",
    async (t) => {
      const { romeo, juliet, words, ids: known } = await talk(t, 5);
      const from = form(field("with", juliet.bare));

      const first = await query(romeo, `${from}${set(`<max>2</max><after>${known[0]}</after>`)}`);
      const second = await query(
        romeo,
        `${from}${set(`<max>2</max><after>${setOf(first).childText("last")}</after>`)}`,
      );

      assert.deepEqual([bodies(first), bodies(second)], [words.slice(1, 3), words.slice(3)]);
      assert.notEqual(first.fin?.attributes["complete"], "true");
      assert.equal(second.fin?.attributes["complete"], "true");
    },
    { about: "forward" },
  );

  requirement(
    "XEP-0313 §4.3.3",
    "To request the page at the end of the archive include just an empty <before/>; within the returned page, all results are still in chronological order.",
    async (t) => {
      const { romeo, juliet, words } = await talk(t, 5);
      const from = form(field("with", juliet.bare));

      const last = await query(romeo, `${from}${set("<max>2</max><before/>")}`);
      const before = await query(
        romeo,
        `${from}${set(`<max>2</max><before>${setOf(last).childText("first")}</before>`)}`,
      );

      assert.deepEqual([bodies(before), bodies(last)], [words.slice(1, 3), words.slice(3)]);
    },
  );

  for (const place of ["after", "before"]) {
    requirement(
      "XEP-0313 §4.3.2",
      "If the UID contained within an <after> or <before> element is not present in the archive, the server MUST return an item-not-found error.",
      async (t) => {
        const { romeo } = await talk(t, 1);

        const page = await query(romeo, set(`<max>5</max><${place}>no-such-id</${place}>`));

        assert.equal(conditionOf(page.answer), "item-not-found");
      },
      { about: `X26: unknown ${place}` },
    );
  }

  requirement(
    "XEP-0059 §2.7",
    "In order to get the item count of a result set without receiving the items themselves, the requesting entity simply specifies zero for the maximum size of the result set page.",
    async (t) => {
      const { romeo, juliet } = await talk(t, 2);
      const from = form(field("with", juliet.bare));
      const count = async (): Promise<number> => {
        const page = await query(romeo, `${from}${set("<max>0</max>")}`);
        assert.equal(page.results.length, 0);
        return Number(setOf(page).childText("count"));
      };
      const before = await count();
      const word = t.word();
      romeo.send(`<message xmlns="jabber:client" type="chat" to="${juliet.bare}"><body>${word}</body></message>`);
      await juliet.message(word);

      assert.equal(await count(), before + 1);
    },
  );

  requirement(
    "XEP-0313 §4.3.4",
    "A client wishing for a reversed page should include the <flip-page/> element; flipping a page only affects the order in which the results are transmitted.",
    async (t) => {
      const { romeo, words, ids: known } = await talk(t, 4);
      await offered(romeo, extended, romeo.bare);

      const page = await query(romeo, `${set(`<max>2</max><after>${known[0]}</after>`)}<flip-page/>`);

      assert.deepEqual(bodies(page), [words[2], words[1]]);
    },
  );

  requirement(
    "XEP-0313 §5",
    "The <metadata/> element MUST include <start/> and <end/> elements, which each have an 'id' and a 'timestamp' of the first and last messages in the archive respectively.",
    async (t) => {
      const { romeo, ids: known } = await talk(t, 2);
      await offered(romeo, extended, romeo.bare);

      const answer = await romeo.iq("get", `<metadata xmlns="${ns.mam}"/>`);

      const metadata = answer.child("metadata", ns.mam)!;
      assert.equal(metadata.child("end")?.attributes["id"], known[1]);
      const first = await query(romeo, set("<max>1</max>"));
      assert.equal(metadata.child("start")?.attributes["id"], ids(first)[0]);
      assert.ok(!Number.isNaN(Date.parse(metadata.child("start")!.attributes["timestamp"]!)));
    },
  );

  requirement(
    "XEP-0313 §8.1",
    "If a client requests access to an archive it does not have permissions for, the server MUST return an iq with type error, and the error condition SHOULD be 'forbidden'.",
    async (t) => {
      const romeo = await t.available(0);
      await offered(romeo, ns.mam, romeo.bare);

      const page = await query(romeo, "", t.bare(1));

      assert.equal(page.answer.attributes["type"], "error");
      assert.ok(["forbidden", "service-unavailable"].includes(conditionOf(page.answer)));
      assert.equal(page.results.length, 0);
    },
  );

  requirement(
    "XEP-0313 §6.1.2",
    "When sending out the archives to a requesting client, the forwarded stanza MUST NOT have a 'to' attribute, and the 'from' MUST be the occupant JID of the sender.",
    async (t) => {
      const { room, romeo, word } = await saidInRoom(t);

      const page = await query(romeo, set("<max>1</max><before/>"), room);

      assert.deepEqual(bodies(page), [word]);
      assert.equal(page.results[0]!.attributes["from"], room);
      const { from, to } = forwarded(page.results[0]!)!.attributes;
      assert.deepEqual([from, to], [`${room}/romeo`, undefined]);
    },
    { needs: ["muc"] },
  );

  requirement(
    "XEP-0313 §8.4",
    "The archiving entity MUST strip any existing <x> element in the 'http://jabber.org/protocol/muc#user' namespace from messages before archiving them.",
    async (t) => {
      const { room, romeo } = await saidInRoom(t);

      const page = await query(romeo, set("<max>1</max><before/>"), room);

      const claims = forwarded(page.results[0]!)!.elements.filter((part) => part.is("x", ns.mucUser));
      assert.ok(claims.every((claim) => !claim.toString().includes(t.bare(2))));
    },
    { needs: ["muc"] },
  );

  requirement(
    "XEP-0313 §6.1.2",
    "A MUC archive MUST check that the user requesting the archive has the right to enter it at the time of the query: one that is no room has nothing to show.",
    async (t) => {
      const { romeo } = await saidInRoom(t);

      const page = await query(romeo, "", t.room());

      assert.equal(page.answer.attributes["type"], "error");
      assert.equal(conditionOf(page.answer), "item-not-found");
    },
    { about: "no such room", needs: ["muc"] },
  );

  requirement(
    "XEP-0313 §6.1.2",
    "A MUC archive MUST check that the user requesting the archive has the right to enter it at the time of the query: who is no member of a members-only room has not, nor has who is banned.",
    async (t) => {
      const { room, romeo } = await saidInRoom(t);
      const juliet = await t.available(1);

      await configure(romeo, room, { membersonly: "1" });
      assert.equal(conditionOf((await query(juliet, "", room)).answer), "forbidden");
      await configure(romeo, room, { membersonly: "0" });
      await change(romeo, room, `<item jid="${juliet.bare}" affiliation="outcast"/>`);
      assert.equal(conditionOf((await query(juliet, "", room)).answer), "forbidden");
    },
    { about: "who may not enter", needs: ["muc"] },
  );

  requirement(
    "XEP-0313 §4.3.2",
    "When the page holds the last of what is left, the server MUST say that it is complete, also where the page is full.",
    async (t) => {
      const { romeo, juliet, words, ids: known } = await talk(t, 5);

      const page = await query(
        romeo,
        `${form(field("with", juliet.bare))}${set(`<max>4</max><after>${known[0]}</after>`)}`,
      );

      assert.deepEqual(bodies(page), words.slice(1));
      assert.equal(page.fin?.attributes["complete"], "true");
    },
    { about: "just as many" },
  );

  requirement(
    "XEP-0313 §3.4",
    "The id of a room's <stanza-id/> is the archive's, by which a client goes on from where it was.",
    async (t) => {
      const { room, romeo } = await saidInRoom(t);
      const heard = await hears(romeo, say(romeo, room, "<body>hark</body>", t.word()));
      const next = t.word();
      await hears(romeo, say(romeo, room, `<body>${next}</body>`, t.word()));

      const after = heard.deep("stanza-id", ns.sid)!.attributes["id"]!;
      const page = await query(romeo, set(`<max>10</max><after>${after}</after>`), room);

      assert.deepEqual(bodies(page), [next]);
    },
    { about: "a room's", needs: ["muc", "stanza-ids"] },
  );
});
