import assert from "node:assert/strict";
import { until } from "../../../src/testing/until.ts";
import { authenticated, desk, open, type Desk } from "./fakes.ts";

const sasl = "urn:ietf:params:xml:ns:xmpp-sasl";
const framing = "urn:ietf:params:xml:ns:xmpp-framing";

describe("a stream", () => {
  let at: Desk;
  beforeEach(async () => (at = await desk()));
  afterEach(() => at[Symbol.asyncDispose]());

  it("is opened with a header of ours and the mechanisms", () => {
    const link = at.connect();

    link.says(open);

    assert.match(
      link.sent[0]!,
      new RegExp(`^<open xmlns="${framing}" from="localhost" id="[^"]{16}" version="1.0" xml:lang="en"/>$`),
    );
    assert.match(link.sent[1]!, /^<stream:features xmlns:stream="http:\/\/etherx.jabber.org\/streams"><mechanisms /);
    assert.match(
      link.sent[1]!,
      /<mechanism>SCRAM-SHA-256<\/mechanism><mechanism>SCRAM-SHA-1<\/mechanism><mechanism>PLAIN<\/mechanism>/,
    );
  });

  const refused: readonly (readonly [what: string, frame: string, condition: string])[] = [
    ["another host", `<open xmlns="${framing}" to="elsewhere" version="1.0"/>`, "host-unknown"],
    ["no host", `<open xmlns="${framing}" version="1.0"/>`, "improper-addressing"],
    ["no version", `<open xmlns="${framing}" to="localhost"/>`, "unsupported-version"],
    ["another version", `<open xmlns="${framing}" to="localhost" version="2.0"/>`, "unsupported-version"],
    ["another namespace", `<open xmlns="urn:x" to="localhost" version="1.0"/>`, "invalid-namespace"],
    [
      "the framing of TCP",
      `<stream:stream xmlns:stream="http://etherx.jabber.org/streams" to="localhost" version="1.0"/>`,
      "invalid-namespace",
    ],
    ["a malformed sender", `<open xmlns="${framing}" to="localhost" from="@" version="1.0"/>`, "invalid-from"],
    ["no <open/> at all", `<message xmlns="jabber:client"/>`, "bad-format"],
    ["no XML", `<open`, "not-well-formed"],
    ["a DTD", `<!DOCTYPE open>${open}`, "restricted-xml"],
  ];
  for (const [what, frame, condition] of refused) {
    it(`is refused for ${what}: our header, ${condition} with its namespaces, the end (RFC 7395 §3.3.3, §3.6)`, () => {
      const link = at.connect();

      link.says(frame);

      const error = `<stream:error xmlns:stream="http://etherx.jabber.org/streams"><${condition} xmlns="urn:ietf:params:xml:ns:xmpp-streams"/></stream:error>`;
      assert.match(link.sent[0]!, /^<open /);
      assert.deepEqual(link.sent.slice(1), [error, `<close xmlns="${framing}"/>`]);
      assert.equal(link.closedWith, 1000);
    });
  }

  const refusedWithin: readonly (readonly [what: string, frame: string, condition: string])[] = [
    ["a second <open/>", open, "bad-format"],
    ["a message before authentication", `<message xmlns="jabber:client" to="bob@localhost"/>`, "not-authorized"],
    [
      "an IQ before authentication",
      `<iq xmlns="jabber:client" type="get" id="1"><ping xmlns="urn:xmpp:ping"/></iq>`,
      "not-authorized",
    ],
    ["a stanza of no namespace", `<message xmlns=""/>`, "invalid-namespace"],
    ["a stanza of servers", `<message xmlns="jabber:server"/>`, "invalid-namespace"],
    ["an element nobody knows", `<what xmlns="urn:x"/>`, "unsupported-stanza-type"],
    ["an acknowledgement before binding", `<a xmlns="urn:xmpp:sm:3" h="0"/>`, "unsupported-stanza-type"],
    ["11 KB before authentication", `<auth xmlns="${sasl}">${"x".repeat(11 << 10)}</auth>`, "policy-violation"],
  ];
  for (const [what, frame, condition] of refusedWithin) {
    it(`is ended for ${what} with ${condition}`, () => {
      const link = at.connect();
      link.says(open);

      link.says(frame);

      assert.match(link.all, new RegExp(`<stream:error [^>]*><${condition} `));
      assert.equal(link.closedWith, 1000);
    });
  }

  it("says how big is too big", () => {
    const link = at.connect();
    link.says(open);

    link.says(`<auth xmlns="${sasl}">${"x".repeat(11 << 10)}</auth>`);

    assert.match(link.all, /<policy-violation [^>]*\/><stanza-too-big xmlns="urn:xmpp:errors"\/><\/stream:error>/);
  });

  it("takes white space for what it is, and closes in good order", async () => {
    const link = at.connect();
    link.says(open);

    link.says(" ");
    link.says(`<close xmlns="${framing}"/>`);

    await until(() => link.closedWith === 1000);
    assert.equal(link.sent.at(-1), `<close xmlns="${framing}"/>`);
    assert.doesNotMatch(link.all, /stream:error/);
  });

  it("is let go when nobody authenticates in time (X13), and not for being slow at it", async () => {
    const silent = at.connect();
    const slow = at.connect();
    slow.says(open);

    at.clock.advance(9_000);
    slow.says(`<auth xmlns="${sasl}" mechanism="SCRAM-SHA-1"/>`);
    await slow.hears("<challenge");
    at.clock.advance(9_000);

    assert.match(silent.all, /<connection-timeout /);
    assert.equal(silent.closedWith, 1000);
    assert.equal(slow.closedWith, undefined);
    at.clock.advance(13_000); // 31 seconds in all
    assert.equal(slow.closedWith, 1000);
  });

  it("refuses compression and TLS in their own words (X20)", () => {
    const link = at.connect();
    link.says(open);

    link.says(`<compress xmlns="http://jabber.org/protocol/compress"><method>zlib</method></compress>`);
    link.says(`<starttls xmlns="urn:ietf:params:xml:ns:xmpp-tls"/>`);

    assert.match(link.all, /<failure xmlns="http:\/\/jabber.org\/protocol\/compress"><setup-failed\/><\/failure>/);
    assert.match(link.all, /<failure xmlns="urn:ietf:params:xml:ns:xmpp-tls"\/>/);
    assert.equal(link.closedWith, 1000);
  });

  it("wants to be opened anew after authentication", async () => {
    const link = await authenticated(at);

    link.says(`<iq xmlns="jabber:client" type="set" id="1"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></iq>`);

    assert.match(link.all, /<bad-format /);
  });

  it("offers what is to come after authentication, and wants a resource bound before anything else", async () => {
    const link = await authenticated(at);
    link.says(open);

    assert.match(link.all, /<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"\/>.*<session .*<sm xmlns="urn:xmpp:sm:3">/);
    link.says(`<message xmlns="jabber:client" to="bob@localhost"><body>x</body></message>`);
    assert.match(link.all, /<not-authorized /);
  });

  it("takes a stanza that declares no namespace for a client's", async () => {
    const bob = await at.bound("phone", "bob");
    bob.says(`<presence xmlns="jabber:client"/>`);
    const link = await authenticated(at);
    link.says(open);
    link.says(
      `<iq type="set" id="1"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>old</resource></bind></iq>`,
    );
    await link.hears("alice@localhost/old");

    link.says(`<presence/>`);
    link.says(`<message to="bob@localhost" type="chat" id="m1"><body>as over TCP</body></message>`);

    const message = await bob.hears("as over TCP");
    assert.match(message, /^<message [^>]*from="alice@localhost\/old"[^>]*>.*<body>as over TCP<\/body>/);
    assert.doesNotMatch(link.all, /stream:error/);
  });

  it("is not opened in another's name once it is somebody's", async () => {
    const link = await authenticated(at);

    link.says(open.replace("to=", `from="bob@localhost" to=`));

    assert.match(link.all, /<invalid-from /);
  });
});
