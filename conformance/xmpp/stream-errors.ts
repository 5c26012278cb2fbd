// RFC 6120 §4.9 stream errors, §11 XML: what no server may let pass.
import assert from "node:assert/strict";
import { ns } from "../clients/xmpp.ts";
import type { XmppKit } from "../xmpp-kit.ts";
import { requirement } from "./requirement.ts";

const message = (inside: string, attributes = ""): string =>
  `<message xmlns="jabber:client" to="juliet@localhost"${attributes}>${inside}</message>`;

/** Frames that are not well-formed, or not in a namespace. */
const illFormed: readonly (readonly [about: string, frame: string])[] = [
  ["a wrong end tag", message("<body>x</subject>")],
  ["an end missing", "<message xmlns='jabber:client'><body>x"],
  ["an attribute twice", message("", " id='1' id='2'")],
  ["an attribute without quotes", message("", " id=1")],
  ["'<' in an attribute", message("", " id='a<b'")],
  ["a lone ampersand", message("<body>a & b</body>")],
  ["an unknown entity", message("<body>&nbsp;</body>")],
  ["a control character", message("<body>\u0001</body>")],
  ["a reference to NUL", message("<body>&#0;</body>")],
  ["an unbound prefix", message("<x:y/>")],
  ["the prefix xml bound to something else", message("<y xmlns:xml='urn:other'/>")],
  ["']]>' in text", message("<body>]]></body>")],
];

const restricted: readonly (readonly [about: string, frame: string])[] = [
  ["a comment", message("<body><!-- c --></body>")],
  ["a processing instruction", message("<?php x ?>")],
  ["a DTD", `<!DOCTYPE message [<!ENTITY a "b">]>${message("<body>&a;</body>")}`],
];

describe("RFC 6120 stream errors", () => {
  for (const [about, frame] of illFormed) {
    requirement(
      "RFC 6120 §11.3",
      "An XMPP entity MUST NOT accept data that is not XML-well-formed; instead, it MUST return a <not-well-formed/> stream error and close the stream over which the data was received.",
      (t) => ends(t, frame, [...unread(t), "not-well-formed", "bad-namespace-prefix", "bad-format"]),
      // Over TCP its end may still come.
      { about: `X02/X03: ${about}`, only: about === "an end missing" ? "WebSocket" : undefined },
    );
  }

  for (const [about, frame] of restricted) {
    requirement(
      "RFC 6120 §11.1",
      "If an XMPP implementation receives characters matching such features (comments, processing instructions, DTD subsets, entity references) over an XML stream, it MUST close the stream with a stream error, which SHOULD be <restricted-xml/>, although some existing implementations send <bad-format/> instead.",
      (t) => ends(t, frame, [...unread(t), "restricted-xml", "bad-format", "not-well-formed"]),
      { about: `X01: ${about}` },
    );
  }

  requirement(
    "RFC 6120 §4.9.3.12",
    "<not-authorized/>: The entity has attempted to send XML stanzas or other outbound data before the stream has been authenticated. The receiving entity MUST NOT process the offending data before sending the stream error.",
    async (t) => {
      const [client, juliet] = [await t.stream(), await t.available(1)];
      const word = t.word();

      client.send(
        `<message xmlns="jabber:client" to="${juliet.bare}" from="${t.bare(0)}"><body>${word}</body></message>`,
      );

      assert.equal((await client.streamError()).condition, "not-authorized");
      await client.closed();
      await juliet.ping();
      assert.ok(
        juliet.waiting.every((xml) => xml.childText("body") !== word),
        "it was delivered",
      );
    },
    { about: "X09" },
  );

  requirement(
    "RFC 6120 §4.9.3.24",
    "<unsupported-stanza-type/>: The initiating entity has sent a first-level child of the stream that is not supported by the server.",
    (t) => ends(t, `<letter xmlns="jabber:client"/>`, ["unsupported-stanza-type"]),
    { about: "X12" },
  );

  requirement(
    "RFC 6120 §4.9.3.10",
    "<invalid-namespace/>: The stream namespace name is something other than the one that is supported.",
    async (t) => {
      const client = await t.socket();

      client.send(`<open xmlns="urn:not:framing" to="${t.domain}" version="1.0"/>`);

      await client.closed();
      assert.ok(client.waiting.every((xml) => !xml.is("features")));
    },
    { about: "X04", only: "WebSocket" },
  );

  requirement(
    "RFC 6120 §8.1.2.1",
    "The server MUST add a 'from' attribute to the stanza or override the 'from' attribute specified by the client (or close the stream with <invalid-from/>, §4.9.3.9).",
    async (t) => {
      const [romeo, juliet] = [await t.available(0), await t.available(1)];
      const word = t.word();

      romeo.send(
        `<message xmlns="jabber:client" from="${t.bare(2)}" to="${juliet.bare}"><body>${word}</body></message>`,
      );

      const outcome = await Promise.any([juliet.message(word), romeo.streamError()]);
      if ("condition" in outcome) assert.equal(outcome.condition, "invalid-from");
      else assert.equal(outcome.attributes["from"], romeo.jid);
      await juliet.ping();
      assert.ok(
        juliet.waiting.every((xml) => xml.attributes["from"] !== t.bare(2)),
        "delivered with a forged address",
      );
    },
    { about: "X10" },
  );

  requirement(
    "RFC 6120 §4.9.3.14",
    "<policy-violation/>: The entity has violated some local service policy, such as a stanza size limit.",
    async (t) => {
      const client = await t.stream();

      client.send(`<auth xmlns="${ns.sasl}" mechanism="PLAIN">${"A".repeat(400_000)}</auth>`);

      await client.closed();
      assert.ok(client.waiting.every((xml) => !xml.is("success")));
    },
    { about: "X06: before authentication" },
  );

  requirement(
    "RFC 6120 §13.12",
    "A server MUST be able to limit the size of the stanzas it accepts: one that exceeds the limit ends the stream, and no other stream.",
    async (t) => {
      const [culprit, bystander] = [await t.bound(0), await t.bound(1)];

      culprit.send(message(`<body>${"x".repeat(10_000_000)}</body>`));

      await culprit.closed(8_000);
      await bystander.ping();
    },
    { about: "X06: 10 MB", needs: ["policy"] },
  );

  requirement(
    "RFC 6120 §4.9.3.14",
    "<policy-violation/>: nesting, attributes and namespaces of one element are limited.",
    async (t) => {
      const deep = `${"<a>".repeat(10_000)}${"</a>".repeat(10_000)}`;
      const wide = `<a ${Array.from({ length: 1_000 }, (_, n) => `a${n}=''`).join(" ")}/>`;
      const bystander = await t.bound(1);
      for (const payload of [deep, wide]) await ends(t, message(payload), ["policy-violation"]);

      await bystander.ping();
    },
    { about: "X07", needs: ["policy"] },
  );

  requirement(
    "RFC 6120 §4.9.1.1",
    "Stream-level errors are unrecoverable. Therefore, if an error occurs at the level of the stream, the entity that detects the error MUST send an <error/> element with an appropriate child element and then immediately close the stream.",
    async (t) => {
      const [client, other] = [await t.bound(0), await t.bound(1)];
      const word = t.word();

      client.send("<oops");
      client.send(`<message xmlns="jabber:client" to="${other.jid}"><body>${word}</body></message>`);

      await client.closed();
      await other.ping();
      assert.ok(
        other.waiting.every((xml) => xml.childText("body") !== word),
        "what followed the error was read",
      );
    },
  );
});

/** XEP-0124 §17.2: "bad-request: The format of an HTTP header or binding element received from the client is unacceptable". */
function unread(t: XmppKit): readonly string[] {
  return t.overBosh ? ["bad-request"] : [];
}

/** An authenticated stream that gets this frame ends with one of these errors; the first is our own policy. */
async function ends(t: XmppKit, frame: string, conditions: readonly string[]): Promise<void> {
  const client = await t.bound();

  client.send(frame);

  const { condition } = await client.streamError();
  const allowed = t.target.abilities.has("policy") ? conditions.slice(0, 1) : conditions;
  assert.ok(allowed.includes(condition), `<${condition}/> instead of <${allowed.join("/> or <")}/>`);
  await client.closed();
}
