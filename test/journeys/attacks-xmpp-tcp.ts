// Bad input for XMPP's other two transports: what only a stream of bytes, or a row of requests, can have.
import assert from "node:assert/strict";
import { connect } from "node:net";
import type { Server } from "../support/server.ts";
import type { Attack } from "./attack.ts";

const header = `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='localhost' version='1.0'>`;

const kilobytes = (count: number, unit = "x"): string[] =>
  Array.from({ length: count }, () => unit.repeat(1024 / unit.length));

const streams: readonly (readonly [title: string, pieces: readonly (string | Buffer)[], condition: string])[] = [
  ["a TLS handshake in plain", [Buffer.from("1603010200010001fc0303", "hex")], "not-well-formed"],
  ["HTTP", ["GET / HTTP/1.1\r\nHost: localhost\r\n\r\n<"], "not-well-formed"],
  ["UTF-16", [Buffer.from(`\ufeff${header}`, "utf16le")], "unsupported-encoding"],
  ["half a character and then none", [header, Buffer.from("3ca1c3", "hex"), Buffer.from("28", "hex")], "not-well-formed"],
  ["a header that does not end", [header.slice(0, -1), " a='", ...kilobytes(64)], "policy-violation"],
  ["white space that does not end, before a header", kilobytes(64, " "), "policy-violation"],
  ["a tag that does not end", [header, "<auth a='", ...kilobytes(64)], "policy-violation"],
  ["a stanza that does not end", [header, "<auth>", ...kilobytes(64)], "policy-violation"],
  ["elements in each other without end", [header, ...kilobytes(64, "<ab>")], "policy-violation"],
  ["a lone ampersand", [header, "<auth>a & canary-body"], "not-well-formed"],
  ["a server's stream", [header.replace("jabber:client", "jabber:server")], "invalid-namespace"],
  ["a comment where a stanza should be", [header, "<!-- canary-body -->"], "restricted-xml"],
  ["STARTTLS where there is no certificate", [header, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"], ""],
]; // prettier-ignore

const bodies: readonly (readonly [title: string, body: string, condition: string])[] = [
  ["no XML", "canary-body", "bad-request"],
  ["half a document", "<body xmlns='http://jabber.org/protocol/httpbind' rid='1'>", "bad-request"],
  ["a DTD", "<!DOCTYPE body [<!ENTITY a 'b'>]><body xmlns='http://jabber.org/protocol/httpbind' rid='1'/>", "bad-request"],
  ["a request id beyond 2^53", "<body xmlns='http://jabber.org/protocol/httpbind' rid='99999999999999999'/>", "bad-request"],
  ["a session that is nobody's", "<body xmlns='http://jabber.org/protocol/httpbind' rid='1' sid='none'/>", "item-not-found"],
  ["another host", "<body xmlns='http://jabber.org/protocol/httpbind' rid='1' to='elsewhere'/>", "host-unknown"],
  ["300 KB before authentication", `<body xmlns='http://jabber.org/protocol/httpbind' rid='1' to='localhost'><a>${"x".repeat(300_000)}</a></body>`, "policy-violation"],
  ["a megabyte that is no XML", "x".repeat(1 << 20), "policy-violation"],
]; // prettier-ignore

export const xmppTcpAttacks: readonly Attack[] = [
  ...streams.map(([title, pieces, condition]) => ({
    title: `answers ${title} over TCP with ${condition === "" ? "<failure/>" : `<${condition}/>`}`,
    strike: async (server: Server) => {
      const heard = await everythingHeard(server, pieces);
      assert.match(heard, /^<\?xml version="1.0"\?><stream:stream /);
      assert.match(heard, new RegExp(`<${condition === "" ? "failure" : condition} [^]*</stream:stream>$`));
    },
  })),
  ...bodies.map(([title, body, condition]) => ({
    title: `answers ${title} over BOSH with ${condition}`,
    strike: async (server: Server) => {
      const answer = await fetch(`http://127.0.0.1:${server.http}/http-bind`, { method: "POST", body });
      assert.equal(answer.status, 200);
      assert.match(await answer.text(), new RegExp(`type="terminate" condition="${condition}"`));
    },
  })),
];

/** What the server says until it closes. */
function everythingHeard(server: Server, pieces: readonly (string | Buffer)[]): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(server.ports["xmpp"] ?? 0, "127.0.0.1");
    let heard = "";
    socket.on("data", (bytes) => (heard += bytes.toString()));
    // It may close while we still write.
    socket.on("error", () => undefined);
    socket.once("close", () => resolve(heard));
    for (const piece of pieces) socket.write(piece);
  });
}
