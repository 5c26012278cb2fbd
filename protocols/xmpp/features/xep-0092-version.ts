// XEP-0092: what this server is.
import type { Feature } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { escapeText } from "../print.ts";
import type { XmppServer } from "../server.ts";

function answer({ settings }: XmppServer): string {
  return `<query xmlns="${ns.version}"><name>Trivium</name><version>${escapeText(settings.version)}</version></query>`;
}

export const softwareVersion: Feature = {
  spec: {
    id: "XEP-0092",
    title: "Software Version",
    version: "1.1",
    status: "complete",
    note: "without the system beneath",
  },
  disco: [ns.version],
  iq: [
    {
      type: "get",
      name: "query",
      xmlns: ns.version,
      to: ["server"],
      answer: ({ server }) => answer(server),
      stranger: answer,
    },
  ],
};
