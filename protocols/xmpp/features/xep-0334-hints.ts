// XEP-0334: hints about keeping and copying; read in content.ts.
import type { Feature } from "../feature.ts";
import { ns } from "../namespaces.ts";

export const hints: Feature = {
  spec: {
    id: "XEP-0334",
    title: "Message Processing Hints",
    version: "0.4.0",
    status: "complete",
    note: "no-permanent-store is kept until delivered like any message: the log is the archive",
  },
  disco: [ns.hints],
};
