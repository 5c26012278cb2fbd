// Which account a client's certificate speaks for.
import type { CertificateNames } from "../model/certificate.ts";
import type { UserId } from "../model/ids.ts";
import { accountNamed } from "./account-name.ts";

/** The name in the certificate that is an account's; `none`: certificates prove nobody. */
export type CertificateRule = "none" | "common_name" | "email" | "dns_name" | "xmpp_address";

/** The accounts of this host that the certificate names, each once. */
export function accountsIn(certificate: CertificateNames, rule: CertificateRule, host: string): readonly UserId[] {
  const accounts = namesIn(certificate, rule, host).flatMap((name) => accountNamed(name, host) ?? []);
  return [...new Set(accounts)];
}

function namesIn(certificate: CertificateNames, rule: CertificateRule, host: string): readonly string[] {
  switch (rule) {
    case "none":
      return [];
    case "common_name":
      return certificate.commonName === undefined ? [] : [certificate.commonName];
    case "email":
      return certificate.emails.filter((address) => address.includes("@"));
    case "dns_name": {
      // `sensor7.example.org` is the account `sensor7` of example.org; a wildcard is nobody.
      const end = `.${host}`;
      return certificate.dnsNames
        .map((name) => name.toLowerCase())
        .filter((name) => name.endsWith(end) && !name.startsWith("*"))
        .map((name) => name.slice(0, -end.length));
    }
    case "xmpp_address":
      return certificate.xmppAddresses.map((jid) => jid.split("/", 1)[0]!).filter((jid) => jid.includes("@"));
  }
}
