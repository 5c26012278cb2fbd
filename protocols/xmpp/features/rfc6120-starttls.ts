// RFC 6120 §5: TLS within a stream over TCP.
import type { Feature } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { forgetAttempt } from "../sasl/attempt.ts";
import type { Stream } from "../stream.ts";

export const startTls: Feature = {
  spec: {
    id: "RFC 6120 §5",
    title: "STARTTLS",
    status: "complete",
    note: "over TCP, where the server has a certificate; refused over WebSocket, as RFC 7395 §4 wants",
  },
  beforeTls: true,
  offer: (stream) => {
    if (!mayStartTls(stream)) return undefined;
    // §5.4.1: on this machine nobody listens, and clients may go on without.
    return stream.mustEncrypt
      ? `<starttls xmlns="${ns.tls}"><required/></starttls>`
      : `<starttls xmlns="${ns.tls}"><optional/></starttls>`;
  },
  elements: [
    {
      name: "starttls",
      xmlns: ns.tls,
      phases: ["fresh", "authenticated", "bound"],
      handle: (stream) => {
        if (!mayStartTls(stream)) {
          stream.send(`<failure xmlns="${ns.tls}"/>`); // §5.4.2.2: and the stream is closed, without an error
          return stream.end();
        }
        forgetAttempt(stream);
        stream.send(`<proceed xmlns="${ns.tls}"/>`);
        stream.startTls();
      },
    },
  ],
};

/** §5.3.4: before SASL alone, and once. */
export function mayStartTls(stream: Stream): boolean {
  return stream.phase === "fresh" && stream.transport.startTls !== undefined && stream.link.startTls !== undefined;
}
