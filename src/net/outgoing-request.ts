// Requests of ours to somebody else's HTTP service: bounded in time and size, and never to a private address by accident.
import { lookup } from "node:dns";
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { BlockList, isIP, type LookupFunction } from "node:net";

export interface OutgoingRequest {
  readonly url: string;
  readonly timeoutMs: number;
  /** Of the answer's body. */
  readonly maxBytes: number;
  /** Without it, a name that means an address of this machine or of a private network is refused, when it is connected to. */
  readonly allowPrivate: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  /** Posted as JSON; without it the request is a GET. */
  readonly json?: string;
}

export interface OutgoingAnswer {
  readonly status: number;
  readonly body: string;
}

const http = new HttpAgent({ keepAlive: true, maxFreeSockets: 16 });
const https = new HttpsAgent({ keepAlive: true, maxFreeSockets: 16 });

/** Rejects when there is no whole answer in time. Redirects are answers, not followed. */
export async function ask(request: OutgoingRequest): Promise<OutgoingAnswer> {
  try {
    return await once(request);
  } catch (error) {
    // The server closed a connection that it had kept open, just then: nothing was answered, and nothing is wrong.
    if (error instanceof StaleConnection) return once(request);
    throw error;
  }
}

class StaleConnection extends Error {}

function once({ url, timeoutMs, maxBytes, allowPrivate, headers, json }: OutgoingRequest): Promise<OutgoingAnswer> {
  return new Promise((resolve, reject) => {
    const target = new URL(url);
    const address = target.hostname.replace(/^\[(.*)\]$/, "$1");
    // An address needs no look-up, so it is looked at here.
    if (!allowPrivate && isIP(address) !== 0 && isPrivate(address)) return reject(refusal());
    const secure = target.protocol === "https:";
    const request = (secure ? httpsRequest : httpRequest)(
      target,
      {
        method: json === undefined ? "GET" : "POST",
        agent: secure ? https : http,
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          accept: "application/json",
          ...headers,
          ...(json !== undefined && { "content-type": "application/json", "content-length": Buffer.byteLength(json) }),
        },
        ...(!allowPrivate && { lookup: publicLookup }),
      },
      (answer) => {
        read(answer, maxBytes).then((body) => resolve({ status: answer.statusCode ?? 0, body }), reject);
      },
    );
    request.on("error", (error: NodeJS.ErrnoException) =>
      reject(request.reusedSocket && error.code === "ECONNRESET" ? new StaleConnection() : error),
    );
    request.end(json);
  });
}

async function read(answer: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new Error("the answer is too large"); // leaving the loop destroys the stream
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** What was looked at is what is connected to: a second look-up might say something else. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, []);
    if (addresses.some(({ address }) => isPrivate(address))) return callback(refusal(), []);
    const [first] = addresses;
    if (options.all === true || first === undefined) return callback(null, addresses);
    callback(null, first.address, first.family);
  });
};

/** Loopback, private, link-local, shared and multicast ranges (RFC 6890), and IPv6 forms that carry an IPv4 address. */
const closed = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
] as const)
  closed.addSubnet(network, prefix, "ipv4");
for (const [network, prefix] of [
  ["::", 96],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["2002::", 16],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
] as const)
  closed.addSubnet(network, prefix, "ipv6");

export function isPrivate(address: string): boolean {
  if (isIP(address) === 4) return closed.check(address, "ipv4");
  // `::ffff:10.0.0.1` is checked as what it means.
  return closed.check(address, "ipv6");
}

function refusal(): Error {
  return new Error("the address is private, and private addresses are not allowed");
}
