// The pages on what is spoken of XMPP, made from the table of contents of its front-end: a table, and a DOAP file (XEP-0453).
import type { Spec } from "../../protocols/xmpp/feature.ts";
import { features } from "../../protocols/xmpp/features.ts";

/** Of which features are made, and which no feature names. */
const foundations: readonly Spec[] = [
  { id: "RFC 6120", title: "XMPP: Core", status: "complete" },
  { id: "RFC 6121", title: "XMPP: Instant Messaging and Presence", status: "complete" },
  { id: "RFC 7395", title: "An XMPP Subprotocol for WebSocket", status: "complete" },
  { id: "RFC 7622", title: "XMPP: Address Format", status: "complete" },
  { id: "XEP-0004", title: "Data Forms", version: "2.13.1", status: "complete" },
  {
    id: "XEP-0059",
    title: "Result Set Management",
    version: "1.0",
    status: "complete",
    note: "without pages by index",
  },
  { id: "XEP-0068", title: "Field Standardization for Data Forms", version: "1.3.0", status: "complete" },
  { id: "XEP-0082", title: "XMPP Date and Time Profiles", version: "1.1.1", status: "complete" },
  { id: "XEP-0128", title: "Service Discovery Extensions", version: "1.0.1", status: "complete" },
  { id: "XEP-0237", title: "Roster Versioning", version: "1.3", status: "complete", note: "now RFC 6121 §2.6" },
];

/** One for each specification or part of one, by number. What is partial anywhere is partial. */
export function specs(): readonly Spec[] {
  const known = new Map<string, Spec>();
  for (const spec of [...features.map((feature) => feature.spec), ...foundations]) {
    const before = known.get(spec.id);
    if (before === undefined || spec.status === "partial") known.set(spec.id, spec);
  }
  return [...known.values()].sort((one, other) => one.id.localeCompare(other.id, "en", { numeric: true }));
}

export function specsPage(): string {
  const row = ({ id, title, version, status, note }: Spec): string =>
    `| ${id} | ${title} | ${version ?? ""} | ${status} | ${note ?? ""} |`;
  return `<!-- Made by \`npm run generate\` from the \`spec\` of each feature: protocols/xmpp/features.ts. -->

# What is spoken of XMPP

Each line is a file in \`protocols/xmpp/features/\`, or what they are made of. How the clauses were checked is in
[xmpp.md](xmpp.md), what was decided where they leave a choice in [mapping/xmpp.md](../mapping/xmpp.md). The same for machines:
[trivium.doap](../trivium.doap).

| specification | title | version | status | |
|---|---|---|---|---|
${specs().map(row).join("\n")}
`;
}

export function doap(): string {
  const all = specs();
  const rfcs = [...new Set(all.flatMap(({ id }) => /^RFC (\d+)/.exec(id)?.[1] ?? []))].filter((rfc) => rfc !== "3921");
  const xeps = all.filter(({ id }) => id.startsWith("XEP-"));
  return `<?xml version="1.0" encoding="UTF-8"?>
<!-- Made by npm run generate. -->
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://usefulinc.com/ns/doap#" xmlns:xmpp="https://linkmauve.fr/ns/xmpp-doap#">
  <Project>
    <name>Trivium</name>
    <shortdesc xml:lang="en">Protocol gateway and chat server: XMPP, MQTT and JSON over WebSocket meet in one durable, ordered router</shortdesc>
    <programming-language>TypeScript</programming-language>
    <os>Linux</os>
    <license rdf:resource="https://www.apache.org/licenses/LICENSE-2.0"/>
    <category rdf:resource="https://linkmauve.fr/ns/xmpp-doap#category-server"/>
${rfcs.map((rfc) => `    <implements rdf:resource="https://www.rfc-editor.org/info/rfc${rfc}"/>`).join("\n")}
${xeps.map(supported).join("\n")}
  </Project>
</rdf:RDF>
`;
}

function supported({ id, version, status, note }: Spec): string {
  const lines = [
    `<xmpp:xep rdf:resource="https://xmpp.org/extensions/${id.toLowerCase()}.html"/>`,
    `<xmpp:status>${status}</xmpp:status>`,
    ...(version === undefined ? [] : [`<xmpp:version>${version}</xmpp:version>`]),
    ...(note === undefined ? [] : [`<xmpp:note>${text(note)}</xmpp:note>`]),
  ];
  return `    <implements>\n      <xmpp:SupportedXep>\n${lines.map((line) => `        ${line}`).join("\n")}\n      </xmpp:SupportedXep>\n    </implements>`;
}

function text(plain: string): string {
  return plain.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}
