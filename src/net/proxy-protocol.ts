// The header that a load balancer puts in front of a connection to say for whom it speaks: the PROXY protocol, versions 1
// and 2 (haproxy.org, doc/proxy-protocol.txt). Clauses are cited from there.
import { isIPv4, isIPv6, SocketAddress } from "node:net";
import { plainAddress } from "./address.ts";

export interface ProxyHeader {
  /** Bytes of the header; what follows is the client's. */
  readonly size: number;
  /** The client's address. Undefined: the proxy speaks for itself (a health check), or does not know. */
  readonly remote: string | undefined;
  /** The client spoke TLS to the proxy (PP2_TYPE_SSL, §2.2.6). */
  readonly tls: boolean;
}

/** `undefined`: more bytes are needed. */
export type ProxyReading = ProxyHeader | "malformed" | undefined;

/** §2.1: "a 108-byte buffer is always enough to store all the line and a trailing zero". */
const lineLimit = 107;
/** §2.2 allows 65,535 bytes behind the first 16; what proxies send is below 1 KB, client certificates' names included. */
const tailLimit = 4096;
export const proxyHeaderLimit = 16 + tailLimit;

const signature = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
const lineStart = Buffer.from("PROXY ", "latin1");

/** Reads the header at the start of all that has come. */
export function readProxyHeader(bytes: Buffer): ProxyReading {
  if (starts(bytes, signature)) return bytes.length < 16 ? undefined : readBinary(bytes);
  if (starts(bytes, lineStart)) return readLine(bytes);
  return "malformed";
}

/** Whether as much as is there agrees: what cannot become a header is refused with its first byte. */
function starts(bytes: Buffer, with_: Buffer): boolean {
  const length = Math.min(bytes.length, with_.length);
  return bytes.subarray(0, length).equals(with_.subarray(0, length));
}

/** §2.1 */
function readLine(bytes: Buffer): ProxyReading {
  const end = bytes.subarray(0, lineLimit).indexOf("\r\n");
  if (end === -1) return bytes.length < lineLimit ? undefined : "malformed";
  const size = end + 2;
  const line = bytes.toString("latin1", lineStart.length, end);
  // "the receiver must ignore anything presented before the CRLF is found"
  if (line === "UNKNOWN" || line.startsWith("UNKNOWN ")) return { size, remote: undefined, tls: false };
  const [family, from = "", to = "", fromPort = "", toPort = "", ...more] = line.split(" ");
  const isAddress = family === "TCP4" ? isIPv4 : family === "TCP6" ? isPlainIPv6 : isNothing;
  const right = isAddress(from) && isAddress(to) && isPort(fromPort) && isPort(toPort) && more.length === 0;
  return right ? { size, remote: spelled(from), tls: false } : "malformed";
}

/** §2.1: "exactly one space", "no leading zeroes". */
function isPort(text: string): boolean {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;
}

function isPlainIPv6(text: string): boolean {
  return isIPv6(text) && !text.includes("%");
}

function isNothing(): boolean {
  return false;
}

/** As the kernel spells it: one client has one name, by whichever road it came. */
function spelled(address: string): string {
  const family = isIPv4(address) ? "ipv4" : "ipv6";
  return plainAddress(new SocketAddress({ address, family }).address);
}

const local = 0x20;
const proxied = 0x21;
const tcp4 = 0x11;
const tcp6 = 0x21;

/** §2.2 */
function readBinary(bytes: Buffer): ProxyReading {
  const command = bytes[12] as number;
  const family = bytes[13] as number;
  const length = bytes.readUInt16BE(14);
  // "Receivers must drop connections presenting unexpected values here."
  if ((command !== local && command !== proxied) || length > tailLimit) return "malformed";
  const size = 16 + length;
  if (bytes.length < size) return undefined;
  const own: ProxyHeader = { size, remote: undefined, tls: false };
  // "must use the real connection endpoints and discard the protocol block including the family which is ignored"
  if (command === local) return own;
  // "other values … must be rejected as invalid"
  if (family >> 4 > 3 || (family & 0x0f) > 2) return "malformed";
  // "automatically falls back to the UNSPEC mode for the valid combinations above that it does not support"
  if (family !== tcp4 && family !== tcp6) return own;
  const addresses = family === tcp4 ? 12 : 36;
  if (length < addresses) return "malformed";
  const further = readFurther(bytes.subarray(0, size), 16 + addresses);
  return further === undefined ? "malformed" : { size, remote: sourceIn(bytes, family), tls: further.tls };
}

function sourceIn(bytes: Buffer, family: number): string {
  if (family === tcp4) return bytes.subarray(16, 20).join(".");
  const words = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(16 + 2 * i).toString(16));
  return spelled(words.join(":"));
}

const typeCrc32c = 0x03;
const typeSsl = 0x20;
const clientSsl = 0x01;

/** §2.2, the type-length-values behind the addresses; undefined when they do not fit. */
function readFurther(header: Buffer, from: number): { readonly tls: boolean } | undefined {
  let tls = false;
  for (let at = from; at < header.length;) {
    if (at + 3 > header.length) return undefined;
    const length = header.readUInt16BE(at + 1);
    const value = at + 3;
    if (value + length > header.length) return undefined;
    if (header[at] === typeCrc32c && (length !== 4 || !isIntact(header, value))) return undefined;
    if (header[at] === typeSsl) {
      if (length < 5) return undefined;
      tls = ((header[value] as number) & clientSsl) !== 0;
    }
    at = value + length;
  }
  return { tls };
}

/** §2.2.3: the sum is over the whole header with the sum's own bytes as zeros; "abort the connection" when it is wrong. */
function isIntact(header: Buffer, at: number): boolean {
  let sum = 0xffffffff;
  for (let i = 0; i < header.length; i++) {
    sum ^= i >= at && i < at + 4 ? 0 : (header[i] as number);
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0x82f63b78 : 0);
  }
  return (sum ^ 0xffffffff) >>> 0 === header.readUInt32BE(at);
}
