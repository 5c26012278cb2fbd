// What a stream is offered as things stand (RFC 6120 §4.3.2).
import { ns } from "./namespaces.ts";
import type { Stream } from "./stream.ts";

export function featuresFor(stream: Stream): string {
  let offers = "";
  for (const feature of stream.server.dispatch.features) {
    // RFC 6120 §5.3.1: nothing else until TLS is negotiated.
    if (!stream.mustEncrypt || feature.beforeTls === true) offers += feature.offer?.(stream) ?? "";
  }
  return `<stream:features xmlns:stream="${ns.streams}">${offers}</stream:features>`;
}
