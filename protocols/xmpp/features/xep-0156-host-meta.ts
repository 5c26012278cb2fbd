// XEP-0156: where to connect, for clients that know only the domain.
import type { Frontend } from "#core";
import type { Feature } from "../feature.ts";
import { escapeAttribute } from "../print.ts";

export const hostMeta: Feature = {
  spec: {
    id: "XEP-0156",
    title: "Discovering Alternative XMPP Connection Methods",
    version: "1.4.0",
    status: "complete",
  },
};

export const webSocketPath = "/xmpp-websocket";
const relation = "urn:xmpp:alt-connections:websocket";

/** RFC 6415 §2 and its JSON form (RFC 6415 appendix A). */
export const hostMetaPages: Frontend["http"] = [
  {
    path: "/.well-known/host-meta",
    answer: (host, secure) => ({
      status: 200,
      contentType: "application/xrd+xml; charset=utf-8",
      body:
        `<?xml version="1.0" encoding="UTF-8"?>\n<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">` +
        `<Link rel="${relation}" href="${escapeAttribute(urlOf(host, secure))}"/></XRD>\n`,
    }),
  },
  {
    path: "/.well-known/host-meta.json",
    answer: (host, secure) => ({
      status: 200,
      contentType: "application/json; charset=utf-8",
      body: JSON.stringify({ links: [{ rel: relation, href: urlOf(host, secure) }] }),
    }),
  },
];

function urlOf(host: string, secure: boolean): string {
  return `${secure ? "wss" : "ws"}://${host}${webSocketPath}`;
}
