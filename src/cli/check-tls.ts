// What `trivium doctor` looks at in the certificates: that they can be read, fit their keys, and are valid for a while.
import { X509Certificate } from "node:crypto";
import { silent } from "../ops/log.ts";
import type { Config } from "../ops/config-schema.ts";
import { readPair, TlsContexts, type CertificateFiles } from "../net/tls-contexts.ts";
import type { Finding } from "./checks.ts";

const dayMs = 86_400_000;
/** Certificates that are renewed by themselves are renewed before this. */
const soonDays = 14;

export function checkTls({ tls, domain }: Config): readonly Finding[] {
  if (tls.cert === "") return [{ about: "TLS", state: "fine", found: "no certificate: no TLS port is opened" }];
  const pairs: readonly CertificateFiles[] = [tls, ...tls.hosts];
  const found = pairs.map((pair, at) => checkPair(pair, at === 0 ? domain : undefined));
  if (found.some(({ state }) => state === "wrong")) return found;
  try {
    // As a whole, with the authorities and the hosts' names.
    new TlsContexts(tls, silent)[Symbol.dispose]();
    return found;
  } catch (error) {
    return [...found, wrong((error as Error).message, "correct tls.ca or tls.hosts")];
  }
}

function checkPair(pair: CertificateFiles, domain: string | undefined): Finding {
  try {
    const certificate = new X509Certificate(readPair(pair).cert);
    return checkDates(pair.cert, certificate) ?? checkName(pair.cert, certificate, domain);
  } catch (error) {
    return wrong((error as Error).message, "give readable PEM files that belong together (tls.cert, tls.key)");
  }
}

function checkDates(file: string, { validFrom, validTo }: X509Certificate): Finding | undefined {
  const now = Date.now();
  const until = new Date(validTo);
  const days = Math.floor((until.getTime() - now) / dayMs);
  const day = until.toISOString().slice(0, 10);
  if (new Date(validFrom).getTime() > now) return wrong(`${file}: is not valid yet`, "look at the clock, or wait");
  if (until.getTime() < now) return wrong(`${file}: expired on ${day}`, "renew it");
  if (days < soonDays) return doubtful(`${file}: expires on ${day}, in ${days} days`, "renew it");
  return undefined;
}

/** RFC 6120 §13.7.2.1: a client looks for the domain of its address, not for the name of the machine. */
function checkName(file: string, certificate: X509Certificate, domain: string | undefined): Finding {
  const until = new Date(certificate.validTo).toISOString().slice(0, 10);
  if (domain !== undefined && certificate.checkHost(domain) === undefined) {
    const advice = `clients of accounts at ${domain} will refuse it: have ${domain} among its names`;
    return doubtful(`${file}: does not name ${domain}`, advice);
  }
  return { about: "TLS", state: "fine", found: `${file}: valid until ${until}` };
}

function wrong(found: string, advice: string): Finding {
  return { about: "TLS", state: "wrong", found, advice };
}

function doubtful(found: string, advice: string): Finding {
  return { about: "TLS", state: "doubtful", found, advice };
}
