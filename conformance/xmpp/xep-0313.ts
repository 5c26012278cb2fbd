// XEP-0313: Message Archive Management: what is in an archive, and how it is narrowed.
import assert from "node:assert/strict";
import { conditionOf, ns } from "../clients/xmpp.ts";
import { bodies, extended, field, form, forwarded, ids, query, set, setOf, talk } from "./archives.ts";
import { featuresOf, offered } from "./offered.ts";
import { requirement } from "./requirement.ts";

describe("XEP-0313 Message Archive Management", () => {
  requirement(
    "XEP-0313 §3.4",
    "When a message is archived, the server MUST add a <stanza-id/> element to the message, which informs the recipient of where and under what ID the message is stored. The 'by' attribute MUST be set to the address of the archive.",
    async (t) => {
      const [romeo, juliet] = [await t.available(0), await t.available(1)];
      await offered(romeo, ns.mam, romeo.bare);
      const word = t.word();
      romeo.send(`<message xmlns="jabber:client" type="chat" to="${juliet.bare}"><body>${word}</body></message>`);

      const stanzaId = (await juliet.message(word)).child("stanza-id", ns.sid);

      assert.equal(stanzaId?.attributes["by"], juliet.bare);
      const page = await query(juliet, set("<max>1</max><before/>"));
      assert.deepEqual(ids(page), [stanzaId?.attributes["id"]]);
    },
  );

  requirement(
    "XEP-0313 §4",
    "The server pushes to the client a series of messages in chronological order from the archive that match the client's given criteria; the final IQ result response MUST include an RSM <set/> element, wrapped into a <fin/> element, indicating the UID of the first and last message of the result set.",
    async (t) => {
      const { romeo, words, ids: known } = await talk(t, 3);

      const page = await query(romeo, set("<max>3</max><before/>"));

      assert.deepEqual(bodies(page), words);
      assert.deepEqual([setOf(page).childText("first"), setOf(page).childText("last")], [known[0], known[2]]);
    },
  );

  requirement(
    "XEP-0313 §4.2",
    "The result messages MUST contain a <result/> element with an 'id' attribute; if the client gave a 'queryid', the server MUST also include that. The <forwarded/> element SHOULD contain the original message as it was received, and a <delay/> whose stamp is the time of it.",
    async (t) => {
      const { romeo, juliet, words } = await talk(t, 1);

      const { results } = await query(juliet, set("<max>1</max><before/>"));

      const [result] = results;
      const message = forwarded(result!)!;
      assert.ok([undefined, juliet.bare].includes(result!.attributes["from"]), "it comes from the archive");
      assert.equal(message.attributes["from"], romeo.jid);
      assert.equal(message.attributes["id"], words[0]);
      assert.equal(message.attributes["type"], "chat");
      const stamp = result!.deep("delay", ns.delay)?.attributes["stamp"];
      assert.ok(Math.abs(Date.parse(stamp!) - Date.now()) < 60_000, `stamp ${stamp}`);
    },
  );

  requirement(
    "XEP-0313 §4.1.1",
    "If a 'with' field is present in the form, the server MUST only return messages if they match the supplied JID: either the to or from of the message.",
    async (t) => {
      const { romeo, juliet, words } = await talk(t, 2);
      const mercutio = await t.available(2);
      const other = t.word();
      mercutio.send(`<message xmlns="jabber:client" type="chat" to="${romeo.bare}"><body>${other}</body></message>`);
      await romeo.message(other);

      const page = await query(romeo, `${form(field("with", juliet.bare))}${set("<max>2</max><before/>")}`);
      const all = await query(romeo, set("<max>3</max><before/>"));

      assert.deepEqual(bodies(page), words);
      assert.deepEqual(bodies(all), [...words, other]);
    },
  );

  requirement(
    "XEP-0313 §4.1.1",
    "If (and only if) the supplied JID is a bare JID, the server SHOULD return messages if their bare to/from address would match it.",
    async (t) => {
      const { romeo, juliet } = await talk(t, 1);
      const [direct, bare] = [t.word(), t.word()];
      romeo.send(`<message xmlns="jabber:client" type="chat" to="${juliet.jid}"><body>${direct}</body></message>`);
      romeo.send(`<message xmlns="jabber:client" type="chat" to="${juliet.bare}"><body>${bare}</body></message>`);
      await juliet.message(bare);

      const page = await query(romeo, `${form(field("with", juliet.jid))}${set("<max>5</max><before/>")}`);

      assert.deepEqual(bodies(page), [direct]);
    },
    { about: "a full JID" },
  );

  requirement(
    "XEP-0313 §4.1.1",
    "To query for messages the user sent to themselves, the client sets 'with' to the account JID; the server MUST only return results where both the 'to' and 'from' match the bare JID.",
    async (t) => {
      const { romeo } = await talk(t, 1);
      const word = t.word();
      romeo.send(`<message xmlns="jabber:client" type="chat" to="${romeo.bare}"><body>${word}</body></message>`);
      await romeo.message(word);

      const page = await query(romeo, `${form(field("with", romeo.bare))}${set("<max>1</max><before/>")}`);

      assert.deepEqual(bodies(page), [word]);
      const whole = await query(romeo, `${form(field("with", romeo.bare))}${set("<max>20</max><before/>")}`);
      const bare = (jid: string | undefined): string | undefined => jid?.split("/")[0];
      for (const result of whole.results) {
        const { from, to } = forwarded(result)!.attributes;
        assert.deepEqual([bare(from), bare(to) ?? romeo.bare], [romeo.bare, romeo.bare]);
      }
    },
    { about: "oneself" },
  );

  requirement(
    "XEP-0313 §4.1.2",
    "If 'start' is specified, a server MUST only return messages whose timestamp is equal to or later; with 'end', equal to or earlier.",
    async (t) => {
      const before = new Date(Date.now() - 1000).toISOString();
      const { romeo, words } = await talk(t, 2);

      const since = await query(romeo, `${form(field("start", before))}${set("<max>200</max>")}`);
      const until = await query(romeo, `${form(field("end", before))}${set("<max>20</max><before/>")}`);
      const future = await query(romeo, form(field("start", "2999-01-01T00:00:00Z")));

      assert.ok(words.every((word) => bodies(since).includes(word)));
      assert.ok(words.every((word) => !bodies(until).includes(word)));
      assert.deepEqual([bodies(future), future.fin?.attributes["complete"]], [[], "true"]);
    },
  );

  requirement(
    "XEP-0313 §4.1.2",
    "The 'start' and 'end' fields, if provided, MUST contain timestamps formatted according to the DateTime profile.",
    async (t) => {
      const { romeo } = await talk(t, 1);

      const page = await query(romeo, form(field("start", "yesterday")));

      assert.equal(page.answer.attributes["type"], "error");
    },
    { about: "not a time" },
  );

  requirement(
    "XEP-0313 §4.1.3",
    "The client may restrict its query to before and/or after messages it already knows about, through 'before-id' and 'after-id'.",
    async (t) => {
      const { romeo, words, ids: known } = await talk(t, 5);
      await offered(romeo, extended, romeo.bare);

      const between = await query(romeo, form(field("after-id", known[0]!), field("before-id", known[4]!)));
      const after = await query(romeo, form(field("after-id", known[2]!)));

      assert.deepEqual(bodies(between), words.slice(1, 4));
      assert.deepEqual(bodies(after), words.slice(3));
    },
  );

  requirement(
    "XEP-0313 §4.1.3",
    "If the client already knows the UID of one or more messages it wants to fetch, it can use the 'ids' field.",
    async (t) => {
      const { romeo, words, ids: known } = await talk(t, 3);
      await offered(romeo, extended, romeo.bare);

      const page = await query(romeo, form(field("ids", known[0]!, known[2]!)));

      assert.deepEqual(bodies(page), [words[0], words[2]]);
      assert.equal(page.fin?.attributes["complete"], "true");
    },
    { about: "ids" },
  );

  for (const name of ["before-id", "after-id", "ids"]) {
    requirement(
      "XEP-0313 §4.1.3",
      "If any UID requested by the client in any of the 'before-id', 'after-id' or 'ids' form fields is not present in the archive, the server MUST return an item-not-found error.",
      async (t) => {
        const { romeo } = await talk(t, 1);
        await offered(romeo, extended, romeo.bare);

        const known = "0197a000-0000-7000-8000-000000000000";
        for (const id of [known, "no-such-id"]) {
          const page = await query(romeo, form(field(name, id)));
          assert.equal(conditionOf(page.answer), "item-not-found", id);
        }
      },
      { about: `unknown ${name}` },
    );
  }

  requirement(
    "XEP-0313 §4.1.6",
    "The server replies with all the form fields it supports in queries, which MUST include the mandatory fields; the types of 'with', 'start' and 'end' MUST be 'jid-single', 'text-single' and 'text-single'.",
    async (t) => {
      const romeo = await t.available(0);
      await offered(romeo, ns.mam, romeo.bare);

      const answer = await romeo.iq("get", `<query xmlns="${ns.mam}"/>`);

      const fields = answer.child("query", ns.mam)!.child("x", "jabber:x:data")!.elements;
      const type = (name: string): string | undefined =>
        fields.find((each) => each.attributes["var"] === name)?.attributes["type"];
      assert.deepEqual(["with", "start", "end"].map(type), ["jid-single", "text-single", "text-single"]);
      if (!(await featuresOf(romeo, romeo.bare)).includes(extended)) return;
      assert.deepEqual(["before-id", "after-id", "ids"].map(type), ["text-single", "text-single", "list-multi"]);
      const open = fields.find((each) => each.attributes["var"] === "ids")?.deep("open");
      assert.ok(open !== undefined, "the server MUST include a <validate/> element that signals the list is open");
    },
  );

  requirement(
    "XEP-0313 §4.1.6",
    "If a client includes a form field that the server does not recognise, the server MUST respond with a 'feature-not-implemented' error.",
    async (t) => {
      const { romeo } = await talk(t, 1);

      const page = await query(romeo, form(field("{http://example.org}colour", "blue")));

      assert.equal(conditionOf(page.answer), "feature-not-implemented");
    },
    { about: "an unknown field" },
  );
});
