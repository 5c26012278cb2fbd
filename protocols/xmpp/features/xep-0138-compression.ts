// XEP-0138: never offered, and refused in its own words instead of as an unknown element.
import type { Feature } from "../feature.ts";
import { ns } from "../namespaces.ts";

/** XEP-0138 §3: compression is never offered, since it lets an attacker measure secrets. */
export const compression: Feature = {
  spec: { id: "XEP-0138", title: "Stream compression", status: "partial", note: "refused, on purpose" },
  elements: [
    {
      name: "compress",
      xmlns: ns.compress,
      phases: ["fresh", "authenticated", "bound"],
      handle: (stream) => stream.send(`<failure xmlns="${ns.compress}"><setup-failed/></failure>`),
    },
  ],
};
