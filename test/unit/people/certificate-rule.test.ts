import assert from "node:assert/strict";
import type { CertificateNames } from "../../../src/model/certificate.ts";
import { accountsIn } from "../../../src/people/certificate-rule.ts";

const host = "example.org";

describe("the account in a certificate", () => {
  it("is nobody's unless a name is configured", () => {
    assert.deepEqual(accountsIn(names({ commonName: "alice" }), "none", host), []);
  });

  it("is the common name, with or without our host", () => {
    assert.deepEqual(accountsIn(names({ commonName: "Alice" }), "common_name", host), ["alice@example.org"]);
    assert.deepEqual(accountsIn(names({ commonName: "alice@example.org" }), "common_name", host), [
      "alice@example.org",
    ]);
    for (const commonName of ["alice@elsewhere", "a/b", "", undefined])
      assert.deepEqual(accountsIn(names({ commonName }), "common_name", host), []);
  });

  it("is an e-mail address, a host name below ours, or a JID without its resource", () => {
    const certificate = names({
      emails: ["alice@example.org", "alice@elsewhere", "alice"],
      dnsNames: ["sensor7.example.org", "example.org", "*.example.org", "a.b.example.org", "sensor7.elsewhere"],
      xmppAddresses: ["bob@example.org/phone", "bob@example.org", "example.org", "bob@elsewhere"],
    });

    assert.deepEqual(accountsIn(certificate, "email", host), ["alice@example.org"]);
    assert.deepEqual(accountsIn(certificate, "dns_name", host), ["sensor7@example.org", "a.b@example.org"]);
    assert.deepEqual(accountsIn(certificate, "xmpp_address", host), ["bob@example.org"]);
    assert.deepEqual(accountsIn(certificate, "common_name", host), []);
  });
});

function names(some: Partial<CertificateNames>): CertificateNames {
  return { commonName: undefined, dnsNames: [], emails: [], xmppAddresses: [], ...some };
}
