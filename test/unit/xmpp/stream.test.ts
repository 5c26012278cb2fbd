/* oxlint-disable max-lines -- one stream from its first to its last word, in one suite */
import assert from "node:assert/strict";
import { until } from "../../../src/testing/until.ts";
import { desk, open, type Desk, type FakeLink } from "./fakes.ts";
import { plain } from "./socket.ts";

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

  it("is not opened in another's name once it is somebody's", async () => {
    const link = await authenticated(at);

    link.says(open.replace("to=", `from="bob@localhost" to=`));

    assert.match(link.all, /<invalid-from /);
  });
});

describe("SASL", () => {
  let at: Desk;
  beforeEach(async () => (at = await desk()));
  afterEach(() => at[Symbol.asyncDispose]());

  const failures: readonly (readonly [what: string, frame: string, condition: string])[] = [
    ["what is not base64", auth("PLAIN", "!!!"), "incorrect-encoding"],
    ["base64 without its padding", auth("PLAIN", "YQ"), "incorrect-encoding"],
    ["a mechanism nobody offers", auth("DIGEST-MD5", ""), "invalid-mechanism"],
    ["no mechanism", `<auth xmlns="${sasl}"/>`, "invalid-mechanism"],
    ["a wrong password", auth("PLAIN", plain("alice", "wrong")), "not-authorized"],
    ["an account that is none", auth("PLAIN", plain("nobody", "secret")), "not-authorized"],
    ["a name that can be none", auth("PLAIN", plain("a b", "secret")), "not-authorized"],
    ["an account of another host", auth("PLAIN", plain("alice@elsewhere", "secret-alice")), "not-authorized"],
    ["another's identity", auth("PLAIN", plain("alice", "secret-alice", "bob@localhost")), "invalid-authzid"],
    ["too few parts", auth("PLAIN", Buffer.from("alice\0x").toString("base64")), "malformed-request"],
    ["bytes that are no UTF-8", auth("PLAIN", Buffer.from([0, 0x61, 0, 0xff]).toString("base64")), "malformed-request"],
    ["an empty response", auth("PLAIN", "="), "malformed-request"],
    ["a response to nothing", `<response xmlns="${sasl}">YQ==</response>`, "malformed-request"],
    ["SCRAM nonsense", auth("SCRAM-SHA-1", Buffer.from("hello").toString("base64")), "malformed-request"],
    ["giving up", `<abort xmlns="${sasl}"/>`, "aborted"],
  ];
  for (const [what, frame, condition] of failures) {
    it(`fails for ${what} with ${condition}, and may be tried again`, async () => {
      const link = at.connect();
      link.says(open);

      link.says(frame);

      assert.equal(await link.hears("<failure"), `<failure xmlns="${sasl}"><${condition}/></failure>`);
      link.says(auth("PLAIN", plain("Alice", "secret-alice")));
      await link.hears("<success");
    });
  }

  it("takes the name with its own host, and an identity that is the same", async () => {
    const link = at.connect();
    link.says(open);

    link.says(auth("PLAIN", plain("alice@localhost", "secret-alice", "alice@localhost")));

    await link.hears("<success");
  });

  it("asks for an initial response that did not come", async () => {
    const link = at.connect();
    link.says(open);

    link.says(auth("PLAIN", ""));
    assert.equal(await link.hears("<challenge"), `<challenge xmlns="${sasl}"/>`);
    link.says(`<response xmlns="${sasl}">${plain("alice", "secret-alice")}</response>`);

    await link.hears("<success");
  });

  it("ends the stream at the sixth failure (X15)", async () => {
    const link = at.connect();
    link.says(open);

    for (let n = 1; n <= 6; n++) {
      assert.equal(link.closedWith, undefined, `after ${n - 1} failures`);
      link.says(auth("PLAIN", plain("alice", "wrong")));
      await link.hears("<failure");
    }

    await link.hears("<policy-violation");
    assert.equal(link.closedWith, 1000);
  });

  it("shows no password to whoever listens: no PLAIN without TLS (X14)", async () => {
    const link = at.connect(false);

    link.says(open);
    assert.doesNotMatch(link.all, /PLAIN/);
    link.says(auth("PLAIN", plain("alice", "secret-alice")));

    assert.equal(await link.hears("<failure"), `<failure xmlns="${sasl}"><encryption-required/></failure>`);
  });

  it("gives an unknown name the same SCRAM salt every time (X16)", async () => {
    const first = async (name: string): Promise<string> => {
      const link = at.connect();
      link.says(open);
      link.says(auth("SCRAM-SHA-256", Buffer.from(`n,,n=${name},r=abc`).toString("base64")));
      const challenge = />([^<]+)</.exec(await link.hears("<challenge"))![1]!;
      return Buffer.from(challenge, "base64")
        .toString()
        .replace(/^r=[^,]*/, "");
    };

    assert.equal(await first("nobody"), await first("nobody"));
    assert.equal(await first("no body"), await first("no body"));
    assert.notEqual(await first("nobody"), await first("somebody"));
    assert.match(await first("nobody"), /,i=16$/);
  });
});

describe("binding", () => {
  let at: Desk;
  beforeEach(async () => (at = await desk()));
  afterEach(() => at[Symbol.asyncDispose]());

  it("ends the session that had the resource with a conflict", async () => {
    const one = await at.bound("desk");

    const other = await at.bound("desk");

    assert.match(one.all, /<conflict /);
    assert.equal(other.closedWith, undefined);
  });

  it("gives another resource for one that means a device of another protocol", async () => {
    const link = at.connect();
    link.says(open);
    link.says(auth("PLAIN", plain("alice", "secret-alice")));
    await link.hears("<success");
    link.says(open);

    link.says(
      `<iq xmlns="jabber:client" type="set" id="b"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>mqtt:esp32</resource></bind></iq>`,
    );

    assert.match(await link.hears('id="b"'), /<jid>alice@localhost\/[\w-]{12}<\/jid>/);
  });

  it("refuses what is no resource, and a second one", async () => {
    const link = await at.bound();

    link.says(`<iq xmlns="jabber:client" type="set" id="again"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></iq>`);

    assert.match(await link.hears('id="again"'), /<not-allowed /);
  });

  it("lets go of the session when the client goes", async () => {
    const link = await at.bound();
    assert.equal(at.core.sessions.of("alice@localhost" as never).length, 1);

    link.handler!.closed();

    await until(() => at.core.sessions.of("alice@localhost" as never).length === 0);
  });
});

describe("a silent client", () => {
  it("is asked, and cut off when it does not answer (X13)", async () => {
    await using at = await desk({ idleMs: 60_000 });
    const [answers, silent] = [await at.bound("a"), await at.bound("b")];

    at.clock.advance(75_000);
    assert.match(await answers.hears("<ping"), /type="get" id="ping-[^"]+" from="localhost"/);
    await silent.hears("<ping");
    answers.says(`<iq xmlns="jabber:client" type="result" id="x" to="localhost"/>`);
    at.clock.advance(60_000);

    assert.match(silent.all, /<connection-timeout /);
    assert.equal(answers.closedWith, undefined);
  });

  it("is only cut when it may resume", async () => {
    await using at = await desk({ idleMs: 60_000 });
    const link = await at.bound();
    link.says(`<enable xmlns="urn:xmpp:sm:3" resume="1"/>`);
    await link.hears("<enabled");

    at.clock.advance(75_000);
    await link.hears("<r ");
    at.clock.advance(75_000);

    assert.equal(link.destroyed, true);
    assert.doesNotMatch(link.all, /stream:error/);
    assert.equal(at.core.sessions.of("alice@localhost" as never).length, 1);
  });
});

describe("a client that sends faster than it is answered", () => {
  it("is not read while too much is unanswered", async () => {
    await using at = await desk({ unanswered: 10 });
    const link = await at.bound();

    for (let n = 0; n < 10; n++)
      link.says(`<message xmlns="jabber:client" to="bob@localhost" id="${n}"><body>${n}</body></message>`);
    assert.equal(link.paused, true);

    await until(() => !link.paused);
  });
});

function auth(mechanism: string, data: string): string {
  return `<auth xmlns="${sasl}" mechanism="${mechanism}">${data}</auth>`;
}

async function authenticated(at: Desk): Promise<FakeLink> {
  const link = at.connect();
  link.says(open);
  link.says(auth("PLAIN", plain("alice", "secret-alice")));
  await link.hears("<success");
  return link;
}
