import assert from "node:assert/strict";
import { maskedText, RawWebSocket } from "../support/raw-web-socket.ts";
import { passwordOf, type Server } from "../support/server.ts";
import type { Attack } from "./attack.ts";

const framing = "urn:ietf:params:xml:ns:xmpp-framing";
const sasl = "urn:ietf:params:xml:ns:xmpp-sasl";

/** Frames that end the stream with this error, RFC 6120 §4.9.3. */
const streamErrors: readonly (readonly [title: string, frame: string, condition: string])[] = [
  ["a DTD", `<!DOCTYPE a [<!ENTITY b "c">]><message xmlns="jabber:client">&b;</message>`, "restricted-xml"],
  ["a comment", `<message xmlns="jabber:client"><!-- a --></message>`, "restricted-xml"],
  ["a processing instruction", `<?php a ?><message xmlns="jabber:client"/>`, "restricted-xml"],
  ["tags that do not match", `<message xmlns="jabber:client"><body>canary-body</message></body>`, "not-well-formed"],
  ["the same attribute twice", `<message xmlns="jabber:client" id="1" id="2"/>`, "not-well-formed"],
  ["an attribute without quotes", `<message xmlns="jabber:client" id=1/>`, "not-well-formed"],
  ["a lone ampersand", `<message xmlns="jabber:client"><body>a & b</body></message>`, "not-well-formed"],
  ["a reference to U+0000", `<message xmlns="jabber:client"><body>&#0;</body></message>`, "not-well-formed"],
  ["a control character", `<message xmlns="jabber:client"><body>\u0001</body></message>`, "not-well-formed"],
  ["an unbound prefix", `<message xmlns="jabber:client"><a:b/></message>`, "not-well-formed"],
  ["two roots in one frame", `<presence xmlns="jabber:client"/><presence xmlns="jabber:client"/>`, "not-well-formed"],
  ["no XML at all", `{"type":"auth"}`, "not-well-formed"],
  ["half an element", `<message xmlns="jabber:client"><body>`, "not-well-formed"],
  ["10,000 elements in each other", `<message xmlns="jabber:client">${"<a>".repeat(10_000)}${"</a>".repeat(10_000)}</message>`, "policy-violation"],
  ["1,000 attributes", `<message xmlns="jabber:client" ${Array.from({ length: 1000 }, (_, n) => `a${n}=""`).join(" ")}/>`, "policy-violation"],
  ["an element of no kind we know", `<letter xmlns="jabber:client"/>`, "unsupported-stanza-type"],
  ["an acknowledgement of more than was sent", `<a xmlns="urn:xmpp:sm:3" h="99"/>`, "undefined-condition"],
]; // prettier-ignore

const afterLogin: Attack[] = streamErrors.map(([title, frame, condition]) => ({
  title: `answers ${title} with <${condition}/>`,
  strike: async (server) => {
    const raw = await RawWebSocket.loginXmpp(server, "mallory");
    if (condition === "undefined-condition") {
      raw.text(`<enable xmlns="urn:xmpp:sm:3"/>`);
      await raw.has("enabled", /<enabled/);
    }
    raw.text(frame);
    await endsWith(raw, condition);
  },
}));

export const xmppAttacks: readonly Attack[] = [
  ...afterLogin,
  {
    title: "answers a stanza before authentication with <not-authorized/>",
    strike: async (server) => {
      const raw = await RawWebSocket.openXmpp(server);
      raw.text(`<message xmlns="jabber:client" to="by-xmpp@localhost"><body>canary-body</body></message>`);
      await endsWith(raw, "not-authorized");
    },
  },
  {
    title: "answers a DTD in the very first frame with <restricted-xml/>",
    strike: async (server) => {
      const raw = await RawWebSocket.dialXmpp(server);
      raw.text(`<!DOCTYPE a []><open xmlns="${framing}" to="localhost" version="1.0"/>`);
      await endsWith(raw, "restricted-xml");
    },
  },
  {
    title: "answers a stream for a host it does not serve with <host-unknown/>",
    strike: async (server) => {
      const raw = await RawWebSocket.dialXmpp(server);
      raw.text(`<open xmlns="${framing}" to="elsewhere.example" version="1.0"/>`);
      await endsWith(raw, "host-unknown");
    },
  },
  {
    title: "answers a first frame that is no <open/> with a stream error",
    strike: async (server) => {
      const raw = await RawWebSocket.dialXmpp(server);
      raw.text(`<message xmlns="jabber:client"/>`);
      await endsWith(raw, "(bad-format|invalid-namespace|not-authorized|unsupported-stanza-type)");
    },
  },
  {
    title: "answers 20 KB before authentication with <policy-violation/>",
    strike: async (server) => {
      const raw = await RawWebSocket.openXmpp(server);
      raw.text(`<auth xmlns="${sasl}" mechanism="PLAIN">${"A".repeat(20_000)}</auth>`);
      await endsWith(raw, "policy-violation");
    },
  },
  {
    title: "answers a stanza of 10 MB with <policy-violation/>, or close code 1009 before it is read",
    strike: async (server) => {
      const raw = await RawWebSocket.loginXmpp(server, "mallory");
      raw.text(
        `<message xmlns="jabber:client" to="by-xmpp@localhost"><body>${"x".repeat(10_000_000)}</body></message>`,
      );
      const code = await raw.closed();
      if (code !== 1009) await endsWith(raw, "policy-violation");
    },
  },
  {
    title: "closes with 1003 on a binary frame",
    strike: async (server) => {
      const raw = await RawWebSocket.loginXmpp(server, "mallory");
      raw.binary(Buffer.from([0, 1, 2, 255]));
      assert.equal(await raw.closed(), 1003);
    },
  },
  {
    title: "closes with 1007 on bytes that are no UTF-8 in a text frame",
    strike: async (server) => {
      const raw = await RawWebSocket.loginXmpp(server, "mallory");
      raw.below(maskedText(Buffer.from([0x3c, 0xff, 0xfe, 0x3e])));
      assert.equal(await raw.closed(), 1007);
    },
  },
  {
    title: "answers bad base64 in SASL with <incorrect-encoding/>",
    strike: (server) => saslFails(server, "PLAIN", "~not base64~", "(incorrect-encoding|malformed-request)"),
  },
  {
    title: "answers a mechanism it does not offer with <invalid-mechanism/>",
    strike: (server) => saslFails(server, "CRAM-MD5", "", "invalid-mechanism"),
  },
  {
    title: "answers a wrong password with <not-authorized/>",
    strike: (server) => saslFails(server, "PLAIN", plain("", "mallory", "wrong"), "not-authorized"),
  },
  {
    title: "answers an authorization identity of somebody else with <invalid-authzid/>",
    strike: (server) =>
      saslFails(
        server,
        "PLAIN",
        plain("by-xmpp@localhost", "mallory", passwordOf("mallory")),
        "(invalid-authzid|not-authorized)",
      ),
  },
  {
    title: "lets nobody resume the session of another",
    strike: async (server) => {
      const raw = await RawWebSocket.openXmpp(server);
      raw.text(`<auth xmlns="${sasl}" mechanism="PLAIN">${plain("", "mallory", passwordOf("mallory"))}</auth>`);
      await raw.has("success", /<success/);
      raw.text(`<open xmlns="${framing}" to="localhost" version="1.0"/>`);
      await raw.has("bind", /xmpp-bind/);
      raw.text(`<resume xmlns="urn:xmpp:sm:3" previd="made-up" h="0"/>`);
      assert.match(await raw.has("the refusal", /<failed/), /item-not-found/);
      raw.cut();
    },
  },
  {
    title: "never delivers a forged sender",
    strike: async (server) => {
      const raw = await RawWebSocket.loginXmpp(server, "mallory");
      const reader = await RawWebSocket.loginXmpp(server, "by-xmpp", "forgery-reader");
      reader.text(`<presence xmlns="jabber:client"/>`);
      raw.text(
        `<message xmlns="jabber:client" from="by-json@localhost" to="by-xmpp@localhost" type="chat"><body>forged</body></message>`,
      );
      await Promise.race([
        raw.has("<invalid-from/>", /<invalid-from/),
        reader.has("the message", /forged/).then((frame) => assert.match(frame, /from=['"]mallory@localhost/)),
      ]);
      assert.ok(!reader.frames.entries.some((frame) => /from=['"]by-json@localhost[^>]*>.*forged/.test(frame)));
      raw.cut();
      reader.cut();
    },
  },
];

async function endsWith(raw: RawWebSocket, condition: string): Promise<void> {
  const error = await raw.has(`<${condition}/>`, /<(stream:)?error/);
  assert.match(error, new RegExp(`<${condition}[ />]`));
  assert.match(error, /xmlns(:stream)?=['"]http:\/\/etherx\.jabber\.org\/streams['"]/); // each frame stands alone
  await raw.closed();
}

async function saslFails(server: Server, mechanism: string, initial: string, condition: string): Promise<void> {
  const raw = await RawWebSocket.openXmpp(server);
  raw.text(`<auth xmlns="${sasl}" mechanism="${mechanism}">${initial}</auth>`);
  assert.match(await raw.has("a failure", /<failure/), new RegExp(`<${condition}[ />]`));
  raw.cut();
}

function plain(authzid: string, user: string, password: string): string {
  return Buffer.from(`${authzid}\0${user}\0${password}`).toString("base64");
}
