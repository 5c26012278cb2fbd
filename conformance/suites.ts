/** What is judged, in the order of the report. A suite registers its requirements with Mocha when it is imported. */
export const suites = {
  "mqtt-3.1.1": [
    "connect",
    "connect-format",
    "session",
    "publish",
    "quality-of-service",
    "retain",
    "will",
    "subscribe",
    "topics",
    "malformed",
    "websocket",
  ],
  "mqtt-5.0": [
    "connect",
    "connect-format",
    "connack",
    "client-identifier",
    "session",
    "publish",
    "publish-properties",
    "dup-and-retain",
    "quality-of-service",
    "acknowledgements",
    "flow-control",
    "packet-size",
    "subscribe",
    "subscription-options",
    "shared",
    "will",
    "disconnect",
    "authentication",
    "malformed",
    "websocket",
  ],
  xmpp: [
    "rfc7395",
    "stream-errors",
    "sasl",
    "rfc6120-stanzas",
    "rfc6121-messages",
    "rfc6121-roster",
    "rfc6121-roster-versions",
    "rfc6121-presence",
    "discovery",
    "xep-0045",
    "xep-0191",
    "xep-0198",
    "xep-0280",
    "xep-0313",
    "xep-0313-pages",
    "xep-0441",
    "xep-0359",
  ],
  json: ["messages", "errors"],
  cross: ["promise"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Suite = keyof typeof suites;

/** Modules to import, relative to this one. */
export function modulesOf(chosen: readonly Suite[]): string[] {
  return chosen.flatMap((suite) => suites[suite].map((file) => `./${suite}/${file}.js`));
}
