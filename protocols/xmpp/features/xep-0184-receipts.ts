// XEP-0184: a receipt from a client is the core's delivered mark, and a mark that moves is a receipt to the sender.
import type { Feature } from "../feature.ts";
import { markById, tellMark } from "../marks.ts";
import { keepSentIds } from "../message-ids.ts";
import { ns } from "../namespaces.ts";

export const receipts: Feature = {
  spec: { id: "XEP-0184", title: "Message Delivery Receipts", version: "1.4.0", status: "complete" },
  disco: [ns.receipts],
  payloads: [
    {
      xmlns: ns.receipts,
      heard: (session, part, to) => part.getName() === "received" && markById(session, part, to, "delivered"),
    },
  ],
  deliver: { receipt: tellMark },
  ended: keepSentIds,
};
