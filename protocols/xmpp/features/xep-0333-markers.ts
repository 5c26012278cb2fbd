// XEP-0333: `displayed` is the core's read mark; what it becomes on the other side is in marks.ts.
import type { Feature } from "../feature.ts";
import { markById } from "../marks.ts";
import { ns } from "../namespaces.ts";

export const markers: Feature = {
  spec: { id: "XEP-0333", title: "Displayed Markers", version: "0.5.0", status: "complete" },
  disco: [ns.markers],
  payloads: [
    {
      xmlns: ns.markers,
      heard: (session, part, to) => {
        const name = part.getName();
        // `acknowledged` is more than the core knows of; it is read, at least.
        if (name === "displayed" || name === "acknowledged") return markById(session, part, to, "read");
        return name === "received" && markById(session, part, to, "delivered");
      },
    },
  ],
};
