// A target given on the command line, as addresses.
import type { Target } from "../target.ts";

export function targetOf(
  addresses: readonly string[],
  rest: Pick<Target, "logins" | "abilities"> & { readonly domain: string },
): Target {
  const { domain, ...about } = rest;
  return addresses
    .map(parse)
    .reduce<Target>((target, part) => ({ ...target, ...part }), { name: addresses.join(" "), ...about });

  function parse(address: string): Partial<Target> {
    const url = new URL(address);
    const socket = `ws://${url.host}${url.pathname}`;
    switch (url.protocol) {
      case "mqtt:":
        return { mqtt: { host: url.hostname, port: Number(url.port || 1883) } };
      case "mqtt+ws:":
        return { mqttWebSocket: socket };
      case "xmpp+ws:":
        return { xmpp: { url: socket, domain, rooms: `rooms.${domain}` } };
      case "xmpp:":
      case "xmpps:":
        return { xmppTcp: { url: `${url.protocol}//${url.host}`, domain, rooms: `rooms.${domain}` } };
      case "http:":
      case "https:":
        return { xmppBosh: { url: address, domain, rooms: `rooms.${domain}` } };
      case "json+ws:":
        return { json: { url: socket } };
      case "ws:":
        // Without a hint the path decides, as our own server lays them out.
        return url.pathname === "/ws"
          ? { json: { url: socket } }
          : { xmpp: { url: socket, domain, rooms: `rooms.${domain}` } };
      default:
        throw new Error(`cannot tell a protocol from ${address}`);
    }
  }
}
