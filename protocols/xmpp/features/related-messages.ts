// What is said about earlier messages: read in relations.ts, written in related-parts.ts, kept by the core.
import type { Feature } from "../feature.ts";
import { ns } from "../namespaces.ts";

export const corrections: Feature = {
  spec: { id: "XEP-0308", title: "Last Message Correction", version: "1.2.1", status: "complete" },
  disco: [ns.correct],
};

/** §2, §5: kept for those who were away, and what is retracted leaves a tombstone. */
export const retractions: Feature = {
  spec: { id: "XEP-0424", title: "Message Retraction", version: "0.4.2", status: "complete" },
  disco: [ns.retract, `${ns.retract}#tombstone`],
};

export const fallbacks: Feature = {
  spec: { id: "XEP-0428", title: "Fallback Indication", version: "0.2.1", status: "complete" },
  disco: [ns.fallback],
};

export const reactions: Feature = {
  spec: { id: "XEP-0444", title: "Message Reactions", version: "0.2.1", status: "complete" },
  disco: [ns.reactions],
};

export const replies: Feature = {
  spec: {
    id: "XEP-0461",
    title: "Message Replies",
    version: "0.2.0",
    status: "complete",
    note: "a reply from another protocol quotes nothing",
  },
  disco: [ns.reply],
};

export const forwards: Feature = {
  spec: {
    id: "XEP-0297",
    title: "Stanza Forwarding",
    version: "1.0",
    status: "complete",
    note: "messages; a forward from another protocol has its text as a fallback, too",
  },
};

/** Read and written in calls.ts. */
export const callSteps: Feature = {
  spec: {
    id: "XEP-0353",
    title: "Jingle Message Initiation",
    version: "0.7.0",
    status: "complete",
    note: "shown to all protocols; Jingle itself is between clients",
  },
};

/** Read in content.ts: a link alone is a text, too. */
export const outOfBandLinks: Feature = {
  spec: { id: "XEP-0066", title: "Out of Band Data", version: "1.5", status: "partial", note: "jabber:x:oob; no IQs" },
  disco: [ns.outOfBand],
};
