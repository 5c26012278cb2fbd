// RFC 6120 §4, §11: streams over TCP, as documents that are opened, restarted and closed.
import assert from "node:assert/strict";
import { ns, type XmppClient } from "../clients/xmpp.ts";
import { streamHeader } from "../clients/xmpp-tcp.ts";
import type { XmppKit } from "../xmpp-kit.ts";
import { connections, requirement } from "./requirement.ts";

const tcp = { only: "TCP" } as const;

describe("RFC 6120 streams", () => {
  requirement("RFC 6120 §4.7.3", "The stream ID MUST be unpredictable and MUST be nonrepeating.", async (t) => {
    const ids = new Set<string>();

    for (let n = 0; n < 4; n++) ids.add((await (await t.socket()).open(t.domain)).attributes["id"]!);

    assert.equal(ids.size, 4);
  }, { only: connections }); // prettier-ignore

  requirement(
    "RFC 6120 §4.7",
    "For response stream headers the receiving entity MUST include 'from', 'id', 'xml:lang' and, when the initiating entity did, 'version'.",
    async (t) => {
      const client = await t.socket();

      const { attributes } = await client.open(t.domain);

      assert.deepEqual([attributes["from"], attributes["version"]], [t.domain, "1.0"]);
      assert.ok((attributes["id"] ?? "").length > 0, "§4.7.3");
      assert.ok((attributes["xml:lang"] ?? "").length > 0, "§4.7.4");
    },
    tcp,
  );

  requirement(
    "RFC 6120 §4.7.2",
    "If the initiating entity includes a 'from' attribute, the receiving entity MUST include a 'to' attribute in the response stream header and set it to the bare JID of that 'from'.",
    async (t) => {
      const client = await t.socket();

      client.send(streamHeader(`to="${t.domain}" from="${t.bare(0)}" version="1.0"`));

      assert.equal((await client.header()).attributes["to"], t.bare(0));
    },
    tcp,
  );

  requirement(
    "RFC 6120 §4.8.2",
    "The server declares the content namespace 'jabber:client', as the client does, and 'http://etherx.jabber.org/streams' for the stream itself (§4.8.1).",
    async (t) => {
      const client = await t.stream();

      const [header = ""] = /<stream:stream\s[^>]*>/.exec(client.tcp.heard) ?? [];

      assert.match(header, /\sxmlns=(["'])jabber:client\1/);
      assert.match(header, /\sxmlns:stream=(["'])http:\/\/etherx\.jabber\.org\/streams\1/);
    },
    tcp,
  );

  requirement(
    "RFC 6120 §4.3.3",
    "On a restart the initiating entity sends a new initial stream header over the existing TCP connection; the receiving entity MUST generate a new stream ID and send a new response stream header.",
    async (t) => {
      const client = await t.socket();

      await client.login(t.domain, t.credentials(0));

      const ids = [...client.tcp.heard.matchAll(/<stream:stream(?=\s)[^>]*?\sid=(["'])(.*?)\1/g)].map(([, , id]) => id);
      assert.equal(new Set(ids).size, 2, `the ids were ${ids.join(", ")}`);
      assert.ok(client.features.child("bind", ns.bind) !== undefined, "§7.4: resource binding is offered");
      assert.equal(client.features.child("mechanisms"), undefined);
    },
    tcp,
  );

  requirement(
    "RFC 6120 §4.4",
    "To close its stream an entity sends a closing </stream> tag; the other entity closes its own stream likewise, and the TCP connection is terminated.",
    async (t) => {
      const client = await t.bound();

      client.closeStream();

      await client.footer();
      assert.doesNotMatch(client.tcp.heard, /<stream:error/);
      await client.closed();
    },
    tcp,
  );

  requirement(
    "RFC 6120 §4.4",
    "What was sent before the closing tag is still processed.",
    async (t) => {
      const [client, other] = [await t.bound(0), await t.available(1)];
      const word = t.word();

      client.send(
        `<message xmlns="jabber:client" type="chat" to="${other.jid}"><body>${word}</body></message></stream:stream>`,
      );

      await other.message(word);
      await client.footer();
    },
    { ...tcp, about: "what came before" },
  );

  requirement(
    "RFC 6120 §4.6.1",
    "White space between stanzas may be sent at any time, and means nothing but that the connection is there.",
    async (t) => {
      const client = await t.bound();

      client.send(" ");
      await client.ping();
      client.send("\n\n ");

      await client.ping();
    },
    tcp,
  );

  requirement(
    "RFC 6120 §11.6",
    "A stanza may arrive in any pieces, cut within a tag or within a character.",
    async (t) => {
      const [client, other] = [await t.bound(0), await t.available(1)];
      const word = `${t.word()} ü 😀 &amp;`;
      const bytes = Buffer.from(
        `<message xmlns='jabber:client' type='chat' to='${other.jid}'><body>${word}</body></message>`,
      );

      for (const byte of bytes) {
        client.send(Buffer.of(byte));
        await new Promise(setImmediate);
      }

      await other.message(word.replace("&amp;", "&"));
    },
    tcp,
  );

  requirement(
    "RFC 6120 §4.9.1.2",
    "If the error is triggered by the initial stream header, the receiving entity MUST still send the opening <stream> tag, include the <error/> element as a child of the stream element, and then send the closing </stream> tag.",
    (t) => refused(t, streamHeader(`to="nowhere.invalid" version="1.0"`), ["host-unknown"]),
    { ...tcp, about: "an unknown host, §4.9.3.6" },
  );

  requirement(
    "RFC 6120 §4.8.1",
    "A stream header in another namespace than 'http://etherx.jabber.org/streams': a stream error, which SHOULD be <invalid-namespace/>, although some existing implementations send <bad-format/> instead.",
    (t) =>
      refused(t, streamHeader(`to="${t.domain}" version="1.0"`).replace(ns.streams, "urn:not:streams"), [
        "invalid-namespace",
        "bad-format",
      ]),
    { ...tcp, about: "X04" },
  );

  requirement(
    "RFC 6120 §4.8.3",
    "A content namespace that the server does not serve here: a stream error, which SHOULD be <invalid-namespace/>, although some existing implementations send <bad-format/> instead.",
    (t) =>
      refused(t, streamHeader(`to="${t.domain}" version="1.0"`).replace("jabber:client", "urn:not:client"), [
        "invalid-namespace",
        "bad-format",
      ]),
    tcp,
  );

  requirement(
    "RFC 6120 §4.9.3.22",
    "<unsupported-encoding/>: the initiating entity has encoded the stream in an encoding that is not supported; only UTF-8 is (§11.6).",
    (t) =>
      refused(t, streamHeader(`to="${t.domain}" version="1.0"`).replace(`"1.0"?>`, `"1.0" encoding="ISO-8859-1"?>`), [
        "unsupported-encoding",
        "not-well-formed",
      ]),
    tcp,
  );

  requirement(
    "RFC 6120 §4.9.3.13",
    "<not-well-formed/>: what is no XML at all is answered with a stream error, behind a stream header of the server's own.",
    (t) => refused(t, "\u0000\u0001 GET / HTTP/1.1\r\n\r\n<", ["not-well-formed", "bad-format"]),
    { ...tcp, about: "instead of a header" },
  );
});

/** What begins like that is answered with a header and one of these errors; the first is our own choice. */
async function refused(t: XmppKit, beginning: string, conditions: readonly string[]): Promise<void> {
  const client: XmppClient = await t.socket();

  client.send(beginning);

  await client.header();
  const { condition } = await client.streamError();
  const allowed = t.target.abilities.has("policy") ? conditions.slice(0, 1) : conditions;
  assert.ok(allowed.includes(condition), `<${condition}/> instead of <${allowed.join("/> or <")}/>`);
  await client.footer();
  await client.closed();
}
