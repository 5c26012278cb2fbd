// A component's side of its stream, over a link without a socket.
import { createHash } from "node:crypto";
import { type Desk, FakeLink } from "./fakes.ts";

export const streams = "http://etherx.jabber.org/streams";
export const gateway = { domain: "gate.localhost", secret: "open sesame" };

export function header(to = gateway.domain, xmlns = "jabber:component:accept"): string {
  return `<stream:stream xmlns="${xmlns}" xmlns:stream="${streams}" to="${to}">`;
}

/** The SHA-1 of the stream id and the secret. */
export function handshakeFor(link: FakeLink, secret: string): string {
  const id = /<stream:stream [^>]* id="([^"]+)"/.exec(link.all)![1]!;
  return `<handshake>${createHash("sha1").update(`${id}${secret}`).digest("hex")}</handshake>`;
}

/** Connected and trusted; what it was sent for that is gone. */
export async function component(at: Desk, { domain, secret } = gateway): Promise<FakeLink> {
  const link = at.call();
  link.writes(header(domain));
  link.writes(handshakeFor(link, secret));
  await link.hears("<handshake/>");
  return link;
}
