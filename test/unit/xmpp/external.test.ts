import assert from "node:assert/strict";
import type { Link } from "../../../src/index.ts";
import { auth, desk, open, type Desk, type FakeLink } from "./fakes.ts";
import { plain } from "./socket.ts";

const sasl = "urn:ietf:params:xml:ns:xmpp-sasl";

describe("SASL EXTERNAL (XEP-0178 §2)", () => {
  let at: Desk;
  beforeEach(async () => (at = await desk({}, { proofs: { certificates: "xmpp_address" } })));
  afterEach(() => at[Symbol.asyncDispose]());

  /** A client whose certificate names these. */
  function shows(...xmppAddresses: readonly string[]): FakeLink {
    const link = at.connect();
    link.tls = tlsWith(xmppAddresses);
    link.says(open);
    return link;
  }

  it("is offered first to who shows a certificate of ours, and to nobody else", async () => {
    assert.match(await shows("alice@localhost").hears("<mechanisms"), /<mechanisms [^>]*><mechanism>EXTERNAL</);
    for (const link of [shows(), shows("alice@elsewhere")]) {
      assert.doesNotMatch(await link.hears("<mechanisms"), /EXTERNAL/);
      link.says(auth("EXTERNAL", "="));
      assert.equal(await link.hears("<failure"), `<failure xmlns="${sasl}"><invalid-mechanism/></failure>`);
    }
  });

  it("lets in the one whom the certificate names, with and without an identity that is the same", async () => {
    for (const authzid of ["=", Buffer.from("alice@localhost").toString("base64")]) {
      const link = shows("alice@localhost");
      link.says(auth("EXTERNAL", authzid));
      await link.hears("<success");
    }
  });

  it("asks which, when the certificate names several, and refuses an identity that is not in it", async () => {
    const both = ["alice@localhost", "bob@localhost"];
    const failure = `<failure xmlns="${sasl}"><invalid-authzid/></failure>`;
    const which = shows(...both);
    which.says(auth("EXTERNAL", "="));
    assert.equal(await which.hears("<failure"), failure);
    which.says(auth("EXTERNAL", Buffer.from("bob@localhost").toString("base64")));
    await which.hears("<success");

    const other = shows("alice@localhost");
    other.says(auth("EXTERNAL", Buffer.from("bob@localhost").toString("base64")));
    assert.equal(await other.hears("<failure"), failure);
  });

  it("lets nobody in who has no account", async () => {
    const link = shows("mallory@localhost");

    link.says(auth("EXTERNAL", "="));

    assert.equal(await link.hears("<failure"), `<failure xmlns="${sasl}"><not-authorized/></failure>`);
  });
});

describe("the rate of logins over XMPP", () => {
  it("is told as temporary-auth-failure, before anything is looked at", async () => {
    await using at = await desk({}, { loginsPerSecond: 1 });
    for (let n = 0; n < 10; n++) {
      const link = at.connect();
      link.says(open);
      link.says(auth("PLAIN", plain("alice", "secret-alice")));
      await link.hears("<success");
    }
    const link = at.connect();
    link.says(open);

    link.says(auth("PLAIN", plain("alice", "secret-alice")));

    assert.equal(await link.hears("<failure"), `<failure xmlns="${sasl}"><temporary-auth-failure/></failure>`);
  });
});

function tlsWith(xmppAddresses: readonly string[]): Link["tls"] {
  return {
    ...{ protocol: "TLSv1.3", cipher: "", serverName: undefined, alpn: undefined, serverEndPoint: undefined },
    client: { commonName: undefined, dnsNames: [], emails: [], uris: [], xmppAddresses, fingerprint: "" },
    exporter: () => undefined,
  };
}
