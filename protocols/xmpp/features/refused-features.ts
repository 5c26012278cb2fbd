// Stream features we do not have, refused in their own words instead of as an unknown element.
import { StreamError } from "../faults.ts";
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

/** RFC 7395 §4: TLS is the WebSocket's business. */
export const startTls: Feature = {
  spec: {
    id: "RFC 6120 §5",
    title: "STARTTLS",
    status: "partial",
    note: "refused over WebSocket, as RFC 7395 §4 wants",
  },
  elements: [
    {
      name: "starttls",
      xmlns: ns.tls,
      phases: ["fresh", "authenticated", "bound"],
      handle: (stream) => {
        stream.send(`<failure xmlns="${ns.tls}"/>`); // RFC 6120 §5.4.2.2: and the stream is closed
        throw new StreamError("policy-violation", "STARTTLS where there is none");
      },
    },
  ],
};
