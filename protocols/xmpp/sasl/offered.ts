// Which mechanisms a stream is offered, and what they may bind to.
import type { ChannelBindings } from "#core";
import type { Stream } from "../stream.ts";
import type { Mechanism, SaslPeer } from "./exchange.ts";
import { mechanisms } from "./mechanisms.ts";

/** RFC 9266 §2. */
const exporterLabel = "EXPORTER-Channel-Binding";
const exporterBytes = 32;

/** Undefined where no channel is there to bind to, or the client's end of it cannot be seen from within (RFC 7395, BOSH). */
export function bindingsOf(stream: Stream): ChannelBindings | undefined {
  const { tls } = stream.link;
  if (tls === undefined || stream.transport.bindsChannel !== true) return undefined;
  const found = new Map<string, Buffer>();
  const exporter = tls.exporter(exporterLabel, exporterBytes);
  if (exporter !== undefined) found.set("tls-exporter", exporter);
  // XEP-0440 §5: "servers MUST […] at least implement the channel-binding type tls-server-end-point".
  if (tls.serverEndPoint !== undefined) found.set("tls-server-end-point", tls.serverEndPoint);
  return found.size === 0 ? undefined : { types: [...found.keys()], data: (type) => found.get(type) };
}

/** Those that a client may begin now. */
export function offeredTo(stream: Stream): readonly Mechanism[] {
  const bindings = bindingsOf(stream);
  return mechanisms.filter((mechanism) => possible(stream, mechanism) && (!mechanism.binds || bindings !== undefined));
}

/** What an exchange may know of the other end. */
export function peerOf(stream: Stream): SaslPeer {
  const { link } = stream;
  return {
    remote: link.remote,
    certificate: link.tls?.client,
    bindings: bindingsOf(stream),
    offered: offeredTo(stream).map(({ name }) => name),
  };
}

/** RFC 6120 §13.8.3: a secret in plain only where nobody listens. XEP-0178 §2: EXTERNAL to who shows a certificate of ours. */
function possible(stream: Stream, { name, plain }: Mechanism): boolean {
  const { client } = stream.link.tls ?? {};
  if (name === "EXTERNAL") return client !== undefined && stream.server.core.accounts.inCertificate(client).length > 0;
  // Some clients try it with a password where it is offered: only where it is meant.
  if (name === "OAUTHBEARER" && !stream.server.core.accounts.trustsTokens) return false;
  return !plain || stream.link.secure;
}
