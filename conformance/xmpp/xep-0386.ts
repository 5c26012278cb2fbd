// XEP-0386: Bind 2: the resource, and what its success tells.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { plain } from "../clients/sasl.ts";
import * as sasl2 from "../clients/sasl2.ts";
import { ns, type XmppClient } from "../clients/xmpp.ts";
import { NotOffered } from "../requirement.ts";
import type { XmppKit } from "../xmpp-kit.ts";
import { requirement } from "./requirement.ts";

async function offering(t: XmppKit): Promise<XmppClient> {
  const client = await t.secured();
  sasl2.inlineOf(client, "bind", ns.bind2);
  return client;
}

const resourceOf = ({ jid }: XmppClient): string => jid.slice(jid.indexOf("/") + 1);

describe("XEP-0386 Bind 2", () => {
  requirement(
    "XEP-0386 §3.1",
    "If a server supports Bind 2, it MUST advertise this within the SASL2 <inline/> element; the features supported for inline negotiation MUST be included in an <inline/> child element, each as a <feature/> with a 'var' attribute.",
    async (t) => {
      const client = await offering(t);

      const inline = sasl2.inlineOf(client, "bind", ns.bind2).child("inline", ns.bind2);
      const features = (inline?.elements ?? []).filter((child) => child.is("feature"));
      for (const { attributes } of features) assert.ok((attributes["var"] ?? "") !== "", String(inline));
    },
  );

  requirement(
    "XEP-0386 §3.2",
    "After processing the bind request the server MUST respond with the SASL <success/> element, including the client's full JID, and a <bound/> element qualified by the 'urn:xmpp:bind:0' namespace.",
    async (t) => {
      const client = await offering(t);

      const success = await sasl2.login(client, t.credentials(0), sasl2.bind());

      assert.ok(success.child("bound", ns.bind2) !== undefined, success.toString());
      assert.equal(client.bare, t.bare(0));
      assert.ok(resourceOf(client).length > 3, client.jid);
      await client.ping();
    },
  );

  requirement(
    "XEP-0386 §3.2.1",
    "If the client provided a <tag/>, its text SHOULD be included as-is in the resource. The RECOMMENDED format is [client tag]/[server generated identifier].",
    async (t) => {
      const [client, tag] = [await offering(t), t.word()];

      await sasl2.login(client, t.credentials(0), sasl2.bind(`<tag>${tag}</tag>`));

      assert.ok(resourceOf(client).startsWith(`${tag}/`) && resourceOf(client).length > tag.length + 3, client.jid);
    },
  );

  requirement(
    "XEP-0386 §3.2.1",
    "The SASL2 <user-agent> id itself MUST NOT be exposed by the server in the generated resource identifier.",
    async (t) => {
      const [client, id] = [await offering(t), randomUUID()];

      await sasl2.login(client, t.credentials(0), sasl2.agent(id) + sasl2.bind());

      const shown = resourceOf(client).toLowerCase();
      assert.ok(!shown.includes(id) && !shown.includes(id.replaceAll("-", "")), client.jid);
    },
    { about: "the id" },
  );

  requirement(
    "XEP-0386 §3.2.1",
    "If a server provides resource identifier stability, the generated identifier SHOULD remain stable for every bind request with the same <tag/> and <user-agent> id; another client has another.",
    async (t) => {
      const [id, other, tag] = [randomUUID(), randomUUID(), t.word()];
      const jids: string[] = [];
      for (const who of [id, id, other]) {
        const client = await offering(t);
        await sasl2.login(client, t.credentials(0), sasl2.agent(who) + sasl2.bind(`<tag>${tag}</tag>`));
        jids.push(client.jid);
        await client.end();
      }

      if (jids[0] !== jids[1]) throw new NotOffered("resource identifiers are not stable, which §3.2.1 leaves to it");
      assert.notEqual(jids[2], jids[0]);
    },
    { about: "stable" },
  );

  requirement(
    "XEP-0386 §3.2.1",
    "Without an id each session has an identifier of its own.",
    async (t) => {
      const clients = [await offering(t), await offering(t)];
      for (const client of clients) await sasl2.login(client, t.credentials(0), sasl2.bind(`<tag>same</tag>`));

      assert.notEqual(clients[0]!.jid, clients[1]!.jid);
      for (const client of clients) await client.ping();
    },
    { about: "no id" },
  );

  requirement(
    "XEP-0386 §3.2",
    "Upon successful binding of a resource, the server SHOULD terminate any earlier sessions from the same client (identified by the <user-agent> 'id' attribute).",
    async (t) => {
      const id = randomUUID();
      const [first, other, second] = [await offering(t), await offering(t), await offering(t)];
      await sasl2.login(first, t.credentials(0), sasl2.agent(id) + sasl2.bind("<tag>one</tag>"));
      await sasl2.login(other, t.credentials(0), sasl2.agent(randomUUID()) + sasl2.bind("<tag>one</tag>"));

      await sasl2.login(second, t.credentials(0), sasl2.agent(id) + sasl2.bind("<tag>two</tag>"));

      await first.closed();
      await Promise.all([other.ping(), second.ping()]);
    },
    { about: "earlier sessions" },
  );

  requirement(
    "XEP-0386 §3.2",
    "The server SHOULD include a <metadata/> element as defined by XEP-0313, describing the state of the user's message archive.",
    async (t) => {
      const [client, reader, other, word] = [await offering(t), await t.available(0), await t.available(1), t.word()];
      other.send(`<message xmlns="${ns.client}" type="chat" to="${t.bare(0)}"><body>${word}</body></message>`);
      await reader.message(word); // an answer to anything else would not say that it is in the archive

      const success = await sasl2.login(client, t.credentials(0), sasl2.bind());

      const metadata = success.child("bound", ns.bind2)?.child("metadata", ns.mam);
      if (metadata === undefined) throw new NotOffered("not told: the state of the archive");
      const asked = await client.iq("get", `<metadata xmlns="${ns.mam}"/>`);
      const ends = (from: typeof metadata): (string | undefined)[] =>
        ["start", "end"].map((name) => from.child(name, ns.mam)?.attributes["id"]);
      assert.ok(ends(metadata)[1] !== undefined, success.toString());
      assert.deepEqual(ends(metadata), ends(asked.child("metadata", ns.mam)!));
    },
    { about: "the archive" },
  );

  requirement(
    "XEP-0386 §3.2",
    "The bind request MUST NOT be processed if the authentication is not successful.",
    async (t) => {
      const [client, watcher] = [await offering(t), await t.available(0)];
      const wrong = plain({ user: t.credentials(0).user, password: "wrong" });

      const failure = await sasl2.ask(client, "PLAIN", wrong, sasl2.bind());

      assert.ok(failure.is("failure") && failure.child("bound") === undefined, failure.toString());
      client.send(`<message xmlns="${ns.client}" type="chat" to="${watcher.jid}"><body>early</body></message>`);
      await watcher.ping();
      assert.ok(watcher.waiting.every((xml) => xml.childText("body") !== "early"));
    },
    { about: "no success" },
  );
});
