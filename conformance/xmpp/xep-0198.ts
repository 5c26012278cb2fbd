// XEP-0198: Stream Management.
import assert from "node:assert/strict";
import { ns, type XmppClient } from "../clients/xmpp.ts";
import type { Xml } from "../clients/xml.ts";
import { chat } from "./message-types.ts";
import { requirement } from "./requirement.ts";

const sm = (name: string, attributes = ""): string => `<${name} xmlns="${ns.sm}"${attributes}/>`;

function take(client: XmppClient, name: string): Promise<Xml> {
  return client.take(`<${name}/>`, (xml) => xml.is(name, ns.sm));
}

async function enabled(client: XmppClient, resume = true): Promise<Xml> {
  client.send(sm("enable", resume ? " resume='true'" : ""));
  return take(client, "enabled");
}

describe("XEP-0198 Stream Management", () => {
  requirement(
    "XEP-0198 §3",
    "The server returns a stream feature that names the protocol, after authentication; upon receiving <enable/> it MUST reply with <enabled/> or <failed/>.",
    async (t) => {
      const client = await t.bound();

      assert.ok(client.features.child("sm", ns.sm) !== undefined);
      const answer = await enabled(client);

      assert.ok(["true", "1"].includes(answer.attributes["resume"] ?? ""));
      assert.ok((answer.attributes["id"] ?? "").length > 0);
    },
    { needs: ["sm"] },
  );

  requirement(
    "XEP-0198 §4",
    "When an <r/> element is received, the recipient MUST acknowledge it by sending an <a/> element containing a value of 'h' that is equal to the number of stanzas handled.",
    async (t) => {
      const [client, juliet] = [await t.available(0), await t.available(1)];
      await enabled(client);

      for (let n = 0; n < 3; n++) client.send(chat(juliet.bare, t.word()));
      await client.ping();
      client.send(sm("r"));

      assert.equal(
        (await take(client, "a")).attributes["h"],
        "4",
        "three messages and an iq; <r/> itself does not count",
      );
    },
    { needs: ["sm"] },
  );

  requirement(
    "XEP-0198 §5",
    "A stream is resumed with <resume/>: the server MUST return a <resumed/> element with the id, and how many stanzas it had handled; and MUST resend what the client had not acknowledged.",
    async (t) => {
      const [romeo, old] = [await t.available(0), await t.available(1)];
      const { id } = (await enabled(old)).attributes;
      const [seen, unseen, later] = [t.word(), t.word(), t.word()];
      romeo.send(chat(old.bare, seen));
      romeo.send(chat(old.bare, unseen));
      await old.message(seen);
      await old.message(unseen);
      const h = old.counted.findIndex((xml) => xml.childText("body") === seen) + 1;
      await old.drop();
      romeo.send(chat(t.bare(1), later));
      await romeo.ping();

      const young = await t.authenticated(1);
      young.send(sm("resume", ` previd='${id}' h='${h}'`));

      const resumed = await take(young, "resumed");
      assert.equal(resumed.attributes["previd"], id);
      await young.message(unseen);
      await young.message(later);
      assert.ok(
        young.waiting.every((xml) => xml.childText("body") !== seen),
        "what was acknowledged comes again",
      );
    },
    { needs: ["sm"] },
  );

  requirement(
    "XEP-0198 §5",
    "If the server does not recognize the 'previd' as an earlier session, it MUST return a <failed/> element, which SHOULD include an error condition of <item-not-found/>.",
    async (t) => {
      const client = await t.authenticated();

      client.send(sm("resume", " previd='no-such-session' h='0'"));

      assert.ok((await take(client, "failed")).child("item-not-found", ns.stanzaErrors) !== undefined);
      await client.bind(t.word());
      assert.notEqual(client.jid, "", "the client can bind instead");
    },
    { about: "X21", needs: ["sm"] },
  );

  requirement(
    "XEP-0198 §8",
    "A session can only be resumed by the account that it belongs to.",
    async (t) => {
      const romeo = await t.available(0);
      const { id } = (await enabled(romeo)).attributes;
      const thief = await t.authenticated(1);

      thief.send(sm("resume", ` previd='${id}' h='0'`));

      assert.ok(
        (await take(thief, "failed")).child("item-not-found", ns.stanzaErrors) !== undefined,
        "and is not told that it exists",
      );
      await romeo.ping();
    },
    { about: "X21", needs: ["sm"] },
  );

  requirement(
    "XEP-0198 §6",
    "An acknowledgement of more stanzas than were sent ends the stream with <undefined-condition/> and a <handled-count-too-high/> element.",
    async (t) => {
      const client = await t.available();
      await enabled(client);

      client.send(sm("a", " h='1000'"));

      const { condition, error } = await client.streamError();
      assert.equal(condition, "undefined-condition");
      assert.ok(error.child("handled-count-too-high", ns.sm) !== undefined);
    },
    { about: "X22", needs: ["sm"] },
  );

  requirement(
    "XEP-0198 §3",
    "The client SHOULD NOT attempt to enable stream management until after it has completed Resource Binding. The server MAY enforce this order and return a <failed/> element in response.",
    async (t) => {
      const client = await t.authenticated();

      client.send(sm("enable"));

      assert.ok((await take(client, "failed")).child("unexpected-request", ns.stanzaErrors) !== undefined);
    },
    { about: "before binding", needs: ["sm", "policy"] },
  );

  requirement(
    "XEP-0198 §5",
    "While a session can be resumed, its presence is not taken away from others; a resumed session keeps its full JID.",
    async (t) => {
      const [romeo, juliet] = [await t.available(0), await t.available(1)];
      const old = await t.available(1);
      const { id } = (await enabled(old)).attributes;
      await old.drop();

      const young = await t.authenticated(1);
      young.send(sm("resume", ` previd='${id}' h='0'`));
      await take(young, "resumed");
      const word = t.word();
      romeo.send(chat(old.jid, word));

      assert.equal((await young.message(word)).attributes["to"], old.jid);
      assert.ok(
        juliet.waiting.every(
          (xml) =>
            !(xml.is("presence") && xml.attributes["from"] === old.jid && xml.attributes["type"] === "unavailable"),
        ),
        "it was announced as gone",
      );
    },
    { about: "the same JID", needs: ["sm"] },
  );

  requirement(
    "XEP-0198 §3",
    "The client MUST NOT attempt to negotiate stream management until it is authenticated and has bound a resource; the server SHALL enforce this order and return a <failed/> element, and the stream goes on.",
    async (t) => {
      const [fresh, unbound] = [await t.stream(), await t.authenticated(0)];

      for (const client of [fresh, unbound]) {
        client.send(`<enable xmlns="${ns.sm}" resume="true"/>`);
        await client.take("<failed/>", (xml) => xml.is("failed", ns.sm));
      }

      await unbound.bind(t.word());
      await unbound.ping();
    },
    { about: "too early", needs: ["sm"] },
  );
});
