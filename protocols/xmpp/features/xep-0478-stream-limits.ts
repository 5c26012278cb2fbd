// XEP-0478: what a client may send, said before it sends it.
import type { Feature } from "../feature.ts";
import { ns } from "../namespaces.ts";

export const streamLimits: Feature = {
  spec: { id: "XEP-0478", title: "Stream Limits Advertisement", version: "0.2.0", status: "complete" },
  offer: ({ phase, limits, server }) => {
    // Silence is asked about first; who answers stays.
    const idle = phase === "fresh" ? server.settings.authMs : 2 * server.settings.idleMs;
    return `<limits xmlns="${ns.streamLimits}"><max-bytes>${limits.size}</max-bytes><idle-seconds>${Math.floor(idle / 1000)}</idle-seconds></limits>`;
  },
};
