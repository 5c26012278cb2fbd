import assert from "node:assert/strict";
import type { JwtKeys } from "../../../src/people/jwt.ts";
import { localUser } from "../../../src/testing/core.ts";
import { authenticate, greeted } from "./sasl2-scene.ts";
import { auth, desk, FakeLink, open, type Desk } from "./fakes.ts";

const sasl = "urn:ietf:params:xml:ns:xmpp-sasl";

function message(token: string, authzid = "", more = "host=localhost\x01port=5222\x01"): string {
  const header = authzid === "" ? "n,," : `n,a=${authzid},`;
  return Buffer.from(`${header}\x01${more}auth=Bearer ${token}\x01\x01`).toString("base64");
}

describe("OAUTHBEARER (RFC 7628)", () => {
  let at: Desk;
  let link: FakeLink;
  let token: string;
  beforeEach(async () => {
    at = await desk({}, { proofs: { jwt: { holder: async () => undefined } as unknown as JwtKeys } });
    token = await at.core.accounts.issueToken(localUser("alice"), 60_000);
    link = at.connect();
    link.says(open);
  });
  afterEach(() => at[Symbol.asyncDispose]());

  it("takes a token in a password's place, with and without saying whose", async () => {
    assert.match(link.all, /<mechanism>OAUTHBEARER<\/mechanism>/);
    for (const authzid of ["", "alice@localhost", "Alice"]) {
      const each = at.connect();
      each.says(open);
      each.says(auth("OAUTHBEARER", message(token, authzid)));
      await each.hears("<success");
    }
  });

  it("ends the session with the token, unless the client logs in anew and resumes it", async () => {
    const bind = (inner: string): string =>
      `<bind xmlns="urn:xmpp:bind:0"><enable xmlns="urn:xmpp:sm:3" resume="1"/></bind>${inner}`;
    const one = at.connect();
    const { success } = await greeted(at, authenticate("OAUTHBEARER", message(token), bind("")), one);
    const id = /<enabled [^>]*id="([^"]+)"/.exec(success)![1]!;
    at.clock.advance(30_000);
    const longer = await at.core.accounts.issueToken(localUser("alice"), 60_000);
    const resume = `<resume xmlns="urn:xmpp:sm:3" previd="${id}" h="0"/>`;
    const { link: other } = await greeted(at, authenticate("OAUTHBEARER", message(longer), bind(resume)));

    at.clock.advance(31_000);
    assert.equal(other.closedWith, undefined);
    at.clock.advance(30_000);

    assert.match(await other.hears("<stream:error"), /<reset /);
  });

  it("is not offered where no tokens of others are configured: some clients would try their password", async () => {
    await using without = await desk();
    const other = without.connect();
    other.says(open);

    assert.doesNotMatch(other.all, /OAUTHBEARER/);
  });

  it("is not offered where somebody may listen (RFC 7628 §4)", async () => {
    const plain = at.connect(false);
    plain.says(open);

    assert.doesNotMatch(plain.all, /OAUTHBEARER/);
    plain.says(auth("OAUTHBEARER", message(token)));
    assert.match(await plain.hears("<failure"), /<encryption-required\/>/);
  });

  it("answers a token that is none with an error in JSON, and fails when the client has heard it (§3.2.3)", async () => {
    for (const wrong of [`${token}x`, "abc", await at.core.accounts.issueToken(localUser("bob"), 60_000)]) {
      link.says(auth("OAUTHBEARER", message(wrong, "alice@localhost")));
      const error = />([^<]+)</.exec(await link.hears("<challenge"))![1]!;
      assert.deepEqual(JSON.parse(Buffer.from(error, "base64").toString()), { status: "invalid_token" });

      link.says(`<response xmlns="${sasl}">AQ==</response>`);

      assert.match(await link.hears("<failure"), /<not-authorized\/>/);
    }
    link.says(auth("OAUTHBEARER", message(token)));
    await link.hears("<success");
  });

  it("lets no right token in behind a wrong one in the same exchange", async () => {
    link.says(auth("OAUTHBEARER", message("wrong")));
    await link.hears("<challenge");

    link.says(`<response xmlns="${sasl}">${message(token)}</response>`);

    assert.match(await link.hears("<failure"), /<not-authorized\/>/);
  });

  for (const [why, text] of [
    ["no GS2 header", `auth=Bearer abc\x01\x01`],
    ["no token", "n,,\x01host=localhost\x01\x01"],
    ["another scheme", "n,,\x01auth=Basic abc\x01\x01"],
    ["no end", "n,,\x01auth=Bearer abc"],
    ["channel binding, which it has none of", "p=tls-exporter,,\x01auth=Bearer abc\x01\x01"],
  ] as const) {
    it(`calls ${why} malformed`, async () => {
      link.says(auth("OAUTHBEARER", Buffer.from(text).toString("base64")));

      assert.match(await link.hears("<failure"), /<malformed-request\/>/);
    });
  }
});
