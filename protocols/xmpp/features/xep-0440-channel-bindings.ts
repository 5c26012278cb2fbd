// XEP-0440: which types of channel binding there are, so that a client need not guess.
import type { Feature } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { bindingsOf } from "../sasl/offered.ts";

export const channelBindings: Feature = {
  spec: {
    id: "XEP-0440",
    title: "SASL Channel-Binding Type Capability",
    version: "0.4.1",
    status: "complete",
    note: "over TCP: tls-exporter (TLS 1.3) and tls-server-end-point",
  },
  offer: (stream) => {
    const bindings = stream.phase === "fresh" ? bindingsOf(stream) : undefined;
    if (bindings === undefined) return undefined;
    const types = bindings.types.map((type) => `<channel-binding type="${type}"/>`);
    return `<sasl-channel-binding xmlns="${ns.channelBindings}">${types.join("")}</sasl-channel-binding>`;
  },
};

/** In every server-first-message: see sasl/mechanisms.ts. */
export const downgradeProtection: Feature = {
  spec: { id: "XEP-0474", title: "SASL SCRAM Downgrade Protection", version: "0.5.0", status: "complete" },
};
