import assert from "node:assert/strict";
import { Scram } from "../../../conformance/clients/sasl.ts";
import { desk, FakeLink, open, type Desk } from "./fakes.ts";
import { agent, authenticate, greeted, password, sasl2 } from "./sasl2-scene.ts";
import { plain } from "./socket.ts";

const sasl = "urn:ietf:params:xml:ns:xmpp-sasl";
const openAs = (from: string): string => open.replace("<open", `<open from="${from}"`);

describe("SASL2 (XEP-0388)", () => {
  let at: Desk;
  let link: FakeLink;
  beforeEach(async () => {
    at = await desk();
    link = at.connect();
    link.says(open);
  });
  afterEach(() => at[Symbol.asyncDispose]());

  const fails = async (frame: string, condition: string): Promise<void> => {
    link.says(frame);
    const failure = `<failure xmlns="${sasl2}"><${condition} xmlns="${sasl}"/></failure>`;
    assert.equal(await link.hears("<failure"), failure);
  };

  it("is offered beside the classic profile, with the same mechanisms", () => {
    const [, classic] = /<mechanisms [^>]+>(.*)<\/mechanisms>/.exec(link.all)!;

    assert.ok(link.all.includes(`<authentication xmlns="${sasl2}">${classic}<inline>`), link.all);
    const { sent } = link;
    assert.match(sent.join(""), /<sm xmlns="urn:xmpp:sm:3"\/>/);
    assert.match(sent.join(""), /<bind xmlns="urn:xmpp:bind:0"><inline>(?=.*var="urn:xmpp:carbons:2")/);
  });

  it("says who it is, then features, and starts no stream anew", async () => {
    const { success, features, jid } = await greeted(at, password(), link);

    assert.equal(jid, "alice@localhost");
    assert.doesNotMatch(success, /additional-data/);
    assert.match(features, /<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"\/>/);
    assert.doesNotMatch(features, /<authentication|<mechanisms/);
    link.says(`<iq xmlns="jabber:client" type="set" id="b"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></iq>`);
    assert.match(await link.hears('id="b"'), /<jid>alice@localhost\//);
  });

  it("takes SCRAM through a challenge, and proves the server with the success", async () => {
    const scram = new Scram("SHA-256", { user: "alice", password: "secret-alice" });
    link.says(authenticate("SCRAM-SHA-256", scram.first));
    const challenge = /^<challenge xmlns="urn:xmpp:sasl:2">([^<]+)<\/challenge>$/.exec(await link.hears("<challenge"))!;

    link.says(`<response xmlns="${sasl2}">${scram.final(challenge[1]!)}</response>`);

    const data = /<additional-data>([^<]+)<\/additional-data>/.exec(await link.hears("<success"))!;
    assert.ok(scram.proves(data[1]!));
  });

  it("asks for the initial response that a mechanism wants", async () => {
    link.says(`<authenticate xmlns="${sasl2}" mechanism="PLAIN"/>`);
    assert.equal(await link.hears("<challenge"), `<challenge xmlns="${sasl2}"/>`);

    link.says(`<response xmlns="${sasl2}">\n  ${plain("alice", "secret-alice")}\n</response>`);

    await link.hears("<success");
  });

  const failures: readonly (readonly [why: string, frame: string, condition: string])[] = [
    ["a mechanism nobody offers", authenticate("X-TOP-SECRET", ""), "invalid-mechanism"],
    ["no mechanism", `<authenticate xmlns="${sasl2}"/>`, "invalid-mechanism"],
    ["a mechanism that is not offered here", authenticate("SCRAM-SHA-256-PLUS", "YQ=="), "invalid-mechanism"],
    ["a wrong password", authenticate("PLAIN", plain("alice", "wrong")), "not-authorized"],
    ["another's identity", authenticate("PLAIN", plain("alice", "secret-alice", "bob@localhost")), "invalid-authzid"],
    ["what is not base64", authenticate("PLAIN", "!!!"), "incorrect-encoding"],
    ["the sign for empty of the other profile", authenticate("PLAIN", "="), "incorrect-encoding"],
    ["a client whose id is no UUID", password(agent("me")), "malformed-request"],
    [
      "a client whose id is a UUID of another version",
      password(agent("a55c8fde-2cef-0655-a55c-8fde2cefc655")),
      "malformed-request",
    ],
    ["a response to nothing", `<response xmlns="${sasl2}">YQ==</response>`, "malformed-request"],
    ["giving up before it began", `<abort xmlns="${sasl2}"/>`, "aborted"],
  ];
  for (const [why, frame, condition] of failures) {
    it(`fails for ${why} with ${condition}, and may be tried again`, async () => {
      await fails(frame, condition);

      link.says(password());
      await link.hears("<success");
    });
  }

  it("is given up in the middle, and may begin anew", async () => {
    const scram = new Scram("SHA-1", { user: "alice", password: "secret-alice" });
    link.says(authenticate("SCRAM-SHA-1", scram.first));
    await link.hears("<challenge");

    await fails(`<abort xmlns="${sasl2}"><text>no more</text></abort>`, "aborted");

    link.says(password());
    await link.hears("<success");
  });

  for (const [what, frame, condition] of [
    ["a stanza", `<message xmlns="jabber:client" to="bob@localhost"/>`, "policy-violation"],
    ["another attempt", password(), "policy-violation"],
    ["a response of the classic profile", `<response xmlns="${sasl}">YQ==</response>`, "invalid-namespace"],
    ["an attempt in the classic profile", `<auth xmlns="${sasl}" mechanism="PLAIN"/>`, "policy-violation"],
  ] as const) {
    it(`ends the stream for ${what} in the middle (§2.4)`, async () => {
      link.says(authenticate("SCRAM-SHA-1", new Scram("SHA-1", { user: "alice", password: "secret-alice" }).first));
      await link.hears("<challenge");

      link.says(frame);

      assert.match(await link.hears("<stream:error"), new RegExp(`<${condition} `));
      assert.equal(link.closedWith, 1000);
    });
  }

  it("ends the stream for a second one after success", async () => {
    await greeted(at, password(), link);

    link.says(password());

    assert.match(await link.hears("<stream:error"), /<policy-violation /);
  });

  it("does not let one in whose stream is from another (§3.4)", async () => {
    const other = at.connect();
    other.says(openAs("bob@localhost"));
    other.says(password());
    assert.match(await other.hears("<failure"), /<invalid-authzid /);

    other.says(password("", "bob"));

    await other.hears("<success");
    const same = at.connect();
    same.says(openAs("Alice@localhost/desk"));
    same.says(password());
    await same.hears("<success");
  });

  it("shares the count of failures with the classic profile", async () => {
    for (let n = 0; n < 3; n++) await fails(authenticate("PLAIN", plain("alice", "wrong")), "not-authorized");
    for (let n = 0; n < 3; n++) {
      link.says(`<auth xmlns="${sasl}" mechanism="PLAIN">${plain("alice", "wrong")}</auth>`);
      await link.hears("<failure");
    }

    assert.match(await link.hears("<stream:error"), /<policy-violation /);
  });

  it("is not offered before TLS where that must come first", async () => {
    const plainLink = new FakeLink(false);
    plainLink.startTls = () => undefined;
    at.dial(plainLink).writes(
      `<stream:stream xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams" to="localhost" version="1.0">`,
    );

    assert.doesNotMatch(await plainLink.hears("<stream:features"), /<authentication/);
    plainLink.writes(password());
    assert.match(await plainLink.hears("<failure"), /<encryption-required /);
  });

  it("goes on over TCP in the same document", async () => {
    const tcp = at.dial();
    tcp.writes(
      `<stream:stream xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams" to="localhost" version="1.0">`,
    );
    await tcp.hears("<stream:features");

    // A client that knows the server need not wait (its next stanza is read with more belief, and bound).
    tcp.writes(
      `${password(`<bind xmlns="urn:xmpp:bind:0"/>`)}<iq type="get" id="p"><ping xmlns="urn:xmpp:ping"/></iq>`,
    );

    assert.match(await tcp.hears('id="p"'), /type="result"/);
    assert.doesNotMatch(tcp.all, /<stream:stream/);
  });
});
