// Network addresses as text.
import { isIPv6 } from "node:net";

/** One spelling for each peer: an IPv4 address that arrived on an IPv6 socket is written as IPv4. */
export function plainAddress(address: string): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice("::ffff:".length) : address;
}

/** On this machine: what is said there in plain, nobody on the way can read. */
export function isLoopback(address: string): boolean {
  return address === "::1" || address === "localhost" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(address);
}

/** `host:port` as in a URL. */
export function hostPort(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}
