// What a certificate says, in the words of those who ask: whose it is, and how a channel is bound to it.
import { createHash, type X509Certificate } from "node:crypto";
import type { ClientCertificate } from "./tls-state.ts";

export function clientCertificateOf(certificate: X509Certificate): ClientCertificate {
  const names = alternativeNames(certificate.subjectAltName ?? "");
  const of = (kind: string): readonly string[] =>
    names.filter((name) => name.startsWith(kind)).map((name) => name.slice(kind.length));
  return {
    commonName: /^CN=(.*)$/m.exec(certificate.subject ?? "")?.[1],
    dnsNames: of("DNS:"),
    emails: of("email:"),
    uris: of("URI:"),
    // Node passes the UTF-8 of an otherName on byte by byte.
    xmppAddresses: of("othername:XmppAddr:").map((name) => Buffer.from(name, "latin1").toString()),
    fingerprint: certificate.fingerprint256.replaceAll(":", "").toLowerCase(),
  };
}

/** The names for which a server may show the certificate, in lower case; `*.example.org` among them. */
export function hostNamesOf(certificate: X509Certificate): readonly string[] {
  return alternativeNames(certificate.subjectAltName ?? "")
    .filter((name) => name.startsWith("DNS:"))
    .map((name) => name.slice("DNS:".length).toLowerCase());
}

/**
 * Node writes the names with commas between them. A value that holds a comma, a quote or a control character, with which it
 * could pass for several, is written as a JSON string.
 */
function alternativeNames(text: string): readonly string[] {
  const names = text.match(/(?:[^,"]|"(?:[^"\\]|\\.)*")+/g) ?? [];
  return names.map((name) => {
    const quote = name.indexOf('"');
    const plain = name.trim();
    return quote === -1 ? plain : name.slice(0, quote).trim() + String(JSON.parse(name.slice(quote)));
  });
}

/** By the last bytes of the object identifier. */
const hashOf: Readonly<Record<string, string>> = {
  // RFC 5929 §4.1: MD5 and SHA-1 are replaced by SHA-256.
  "2a864886f70d010104": "sha256", // md5WithRSAEncryption
  "2a864886f70d010105": "sha256", // sha1WithRSAEncryption
  "2a864886f70d01010b": "sha256",
  "2a864886f70d01010c": "sha384",
  "2a864886f70d01010d": "sha512",
  "2a864886f70d01010e": "sha224",
  "2a8648ce3d0401": "sha256", // ecdsa-with-SHA1
  "2a8648ce3d040301": "sha224",
  "2a8648ce3d040302": "sha256",
  "2a8648ce3d040303": "sha384",
  "2a8648ce3d040304": "sha512",
};

/** The `tls-server-end-point` of a server that shows this certificate (RFC 5929 §4.1). */
export function serverEndPointOf(der: Buffer): Buffer | undefined {
  const hash = hashOf[signatureAlgorithm(der)];
  return hash === undefined ? undefined : createHash(hash).update(der).digest();
}

/** RFC 5280 §4.1: Certificate ::= SEQUENCE { tbsCertificate, SEQUENCE { OBJECT IDENTIFIER, … }, … }, the identifier in hex. */
function signatureAlgorithm(der: Buffer): string {
  const certificate = contentOf(der, 0);
  const tbs = contentOf(der, certificate.from);
  const algorithm = contentOf(der, tbs.to);
  const identifier = contentOf(der, algorithm.from);
  return der.toString("hex", identifier.from, identifier.to);
}

/** Where the content of the DER element at this place lies (X.690 §8.1.3). OpenSSL has read the certificate before: it is well formed. */
function contentOf(der: Buffer, at: number): { readonly from: number; readonly to: number } {
  const first = der[at + 1] ?? 0;
  const more = first < 0x80 ? 0 : first & 0x7f;
  const length = more === 0 ? first : der.readUIntBE(at + 2, more);
  const from = at + 2 + more;
  return { from, to: from + length };
}
