// XEP-0199: are you there?
import type { Feature } from "../feature.ts";
import { ns } from "../namespaces.ts";

export const ping: Feature = {
  spec: { id: "XEP-0199", title: "XMPP Ping", version: "2.0.1", status: "complete" },
  disco: [ns.ping],
  iq: [
    {
      type: "get",
      name: "ping",
      xmlns: ns.ping,
      to: ["server", "own"],
      answer: () => undefined,
      stranger: () => undefined,
    },
  ],
  // For people, by hand: other servers have it under this name.
  commands: [{ node: "ping", name: "Ping", about: ns.ping, allowed: () => true, run: async () => ({ note: "Pong" }) }],
};
