import assert from "node:assert/strict";
import { auth, desk, open, type Desk } from "./fakes.ts";
import { plain } from "./socket.ts";

const sasl = "urn:ietf:params:xml:ns:xmpp-sasl";

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

  it("lets nobody guess for ever: after too many wrong proofs the right one waits, too (X15)", async () => {
    await using strict = await desk({}, { logins: { perAccount: 2, perAddress: 100, windowMs: 60_000 } });
    const link = strict.connect();
    link.says(open);
    for (let n = 0; n < 2; n++) {
      link.says(auth("SCRAM-SHA-1", Buffer.from("n,,n=alice,r=abc").toString("base64")));
      const nonce = /r=([^,]+)/.exec(
        Buffer.from(/>([^<]+)</.exec(await link.hears("<challenge"))![1]!, "base64").toString(),
      )![1]!;
      const proof = Buffer.from(`c=biws,r=${nonce},p=AAAAAAAAAAAAAAAAAAAAAAAAAAA=`).toString("base64");
      link.says(`<response xmlns="${sasl}">${proof}</response>`);
      assert.match(await link.hears("<failure"), /<not-authorized\/>/);
    }

    link.says(auth("PLAIN", plain("alice", "secret-alice")));

    assert.match(await link.hears("<failure"), /<temporary-auth-failure\/>/);
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
    assert.match(await first("nobody"), /,i=16,h=[\w+/]{43}=$/);
  });
});
