// XEP-0156: where to connect, for clients that know only the domain.
import type { Frontend } from "#core";
import type { Feature } from "../feature.ts";
import { escapeAttribute } from "../print.ts";

/** The transports' own, for the list. */
export const bosh: Feature = {
  spec: {
    id: "XEP-0206",
    title: "XMPP Over BOSH",
    version: "1.4",
    status: "complete",
    note: "with XEP-0124 1.11, without key sequences, several streams in a session, and compression",
  },
};

export const hostMeta: Feature = {
  spec: {
    id: "XEP-0156",
    title: "Discovering Alternative XMPP Connection Methods",
    version: "1.4.0",
    status: "complete",
  },
};

export const webSocketPath = "/xmpp-websocket";
export const boshPath = "/http-bind";

/** RFC 6415 §2 and its JSON form (RFC 6415 appendix A). */
export const hostMetaPages: Frontend["http"] = [
  {
    path: "/.well-known/host-meta",
    answer: (host, secure) => ({
      status: 200,
      contentType: "application/xrd+xml; charset=utf-8",
      body:
        `<?xml version="1.0" encoding="UTF-8"?>\n<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">` +
        `${linksOf(host, secure)
          .map(({ rel, href }) => `<Link rel="${rel}" href="${escapeAttribute(href)}"/>`)
          .join("")}</XRD>\n`,
    }),
  },
  {
    path: "/.well-known/host-meta.json",
    answer: (host, secure) => ({
      status: 200,
      contentType: "application/json; charset=utf-8",
      body: JSON.stringify({ links: linksOf(host, secure) }),
    }),
  },
];

function linksOf(host: string, secure: boolean): readonly { readonly rel: string; readonly href: string }[] {
  const s = secure ? "s" : "";
  return [
    { rel: "urn:xmpp:alt-connections:websocket", href: `ws${s}://${host}${webSocketPath}` },
    { rel: "urn:xmpp:alt-connections:xbosh", href: `http${s}://${host}${boshPath}` },
  ];
}
