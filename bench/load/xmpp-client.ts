// A client of XMPP that costs the machine little: it logs in with care, and from then on only counts messages.
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import type { Login } from "../../conformance/target.ts";
import { fatal } from "./mqtt-wire.ts";
import { frameOf, RawWebSocket } from "./websocket.ts";

export interface XmppJob {
  /** `ws://…` or `xmpp://…`. */
  readonly url: string;
  readonly domain: string;
  readonly accounts: readonly Login[];
}

/** Stanzas are written with their namespace, which TCP does not need and does not mind. */
export interface XmppConnection {
  /** What `stanza` is on this transport. */
  bytesOf(stanza: string): Buffer;
  write(bytes: Buffer): void;
  /** Sends and waits for something that has one of these in it. */
  ask(text: string, ...expected: readonly string[]): Promise<string>;
  /** From now on only messages are looked for: called for each, and when all of a chunk have been. */
  listen(onMessage?: () => void, onChunk?: () => void): void;
  open(): Promise<string>;
  end(): void;
}

const nothing = (): void => {};
const messageStart = Buffer.from("<message");
const pingSpace = Buffer.from("urn:xmpp:ping");
const framing = "urn:ietf:params:xml:ns:xmpp-framing";
const sasl = 'xmlns="urn:ietf:params:xml:ns:xmpp-sasl"';

export async function dial(job: XmppJob): Promise<XmppConnection> {
  return job.url.startsWith("xmpp:") ? TcpClient.dial(job) : WebSocketClient.dial(job);
}

/** A session that has bound its resource, and whose password costs the server little. */
export async function quickLogin(job: XmppJob, account: Login, resource: string): Promise<XmppConnection> {
  const connection = await dial(job);
  await connection.open();
  await scram(connection, account);
  await bind(connection, resource);
  return connection;
}

/** A session that has bound its resource. */
export async function login(job: XmppJob, account: Login, resource: string): Promise<XmppConnection> {
  const connection = await dial(job);
  await connection.open();
  const plain = Buffer.from(`\0${account.user}\0${account.password}`).toString("base64");
  await connection.ask(`<auth ${sasl} mechanism="PLAIN">${plain}</auth>`, "<success");
  await bind(connection, resource);
  return connection;
}

export async function bind(connection: XmppConnection, resource: string): Promise<void> {
  await connection.open();
  await connection.ask(
    `<iq xmlns="jabber:client" type="set" id="b"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>${resource}</resource></bind></iq>`,
    "</jid>",
  );
}

/** RFC 5802, with SHA-1 as all servers have it. What the client computes once for a salt it keeps. */
export async function scram(connection: XmppConnection, { user, password }: Login): Promise<void> {
  const nonce = randomBytes(12).toString("base64url");
  const first = `n=${user},r=${nonce}`;
  const challenge = await connection.ask(
    `<auth ${sasl} mechanism="SCRAM-SHA-1">${Buffer.from(`n,,${first}`).toString("base64")}</auth>`,
    "</challenge>",
  );
  const said = Buffer.from(/<challenge[^>]*>([^<]+)</.exec(challenge)![1]!, "base64").toString();
  const { r, s, i } = Object.fromEntries(said.split(",").map((part) => [part[0], part.slice(2)]));
  const salted = saltedPassword(password, s, Number(i));
  const clientKey = hmac(salted, "Client Key");
  const bare = `c=biws,r=${r}`;
  const signature = hmac(createHash("sha1").update(clientKey).digest(), `${first},${said},${bare}`);
  const proof = Buffer.from(clientKey.map((byte, at) => byte ^ signature[at]!)).toString("base64");
  const last = Buffer.from(`${bare},p=${proof}`).toString("base64");
  await connection.ask(`<response ${sasl}>${last}</response>`, "<success");
}

const salteds = new Map<string, Buffer>();

function saltedPassword(password: string, salt: string, iterations: number): Buffer {
  const key = `${salt} ${iterations} ${password}`;
  let salted = salteds.get(key);
  if (salted === undefined) {
    salted = pbkdf2Sync(password, Buffer.from(salt, "base64"), iterations, 20, "sha1");
    salteds.set(key, salted);
  }
  return salted;
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha1", key).update(text).digest();
}

class WebSocketClient implements XmppConnection {
  readonly #socket: RawWebSocket;
  readonly #domain: string;

  private constructor(socket: RawWebSocket, domain: string) {
    this.#socket = socket;
    this.#domain = domain;
  }

  static async dial({ url, domain }: XmppJob): Promise<WebSocketClient> {
    return new WebSocketClient(await RawWebSocket.dial(url, "xmpp"), domain);
  }

  bytesOf(stanza: string): Buffer {
    return frameOf(stanza);
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  ask(text: string, ...expected: readonly string[]): Promise<string> {
    return this.#socket.ask(text, ...expected);
  }

  open(): Promise<string> {
    return this.ask(`<open xmlns="${framing}" to="${this.#domain}" version="1.0"/>`, "features");
  }

  listen(onMessage = nothing, onChunk = nothing): void {
    this.#socket.onFrame = (bytes, from, to) => {
      if (bytes.compare(messageStart, 0, messageStart.length, from, from + messageStart.length) === 0) onMessage();
      else if (bytes.indexOf(pingSpace, from) !== -1) this.#pong(bytes.toString("utf8", from, to));
    };
    this.#socket.onChunk = onChunk;
  }

  end(): void {
    this.#socket.end();
  }

  /** A server asks those who have long been silent. */
  #pong(ping: string): void {
    const id = /id=['"]([^'"]*)['"]/.exec(ping)?.[1];
    if (id !== undefined) this.write(frameOf(`<iq xmlns="jabber:client" type="result" id="${id}"/>`));
  }
}

class TcpClient implements XmppConnection {
  readonly #socket: Socket;
  readonly #domain: string;
  #heard = "";
  #hear: () => void = nothing;
  #ended = false;

  private constructor(socket: Socket, domain: string) {
    this.#socket = socket;
    this.#domain = domain;
    socket.on("data", (chunk: Buffer) => {
      this.#heard += chunk.toString();
      this.#hear();
    });
    socket.on("close", () => this.#ended || fatal("the server closed a connection"));
    socket.on("error", (error) => this.#ended || fatal(error.message));
  }

  static async dial({ url, domain }: XmppJob): Promise<TcpClient> {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await new Promise<void>((resolve) => socket.once("connect", resolve));
    return new TcpClient(socket, domain);
  }

  bytesOf(stanza: string): Buffer {
    return Buffer.from(stanza);
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  ask(text: string, ...expected: readonly string[]): Promise<string> {
    this.#heard = "";
    return new Promise((resolve) => {
      this.#hear = () => {
        if (/<failure|type=['"]error['"]|<stream:error/.test(this.#heard)) fatal(`refused: ${this.#heard}`);
        if (expected.some((one) => this.#heard.includes(one))) resolve(this.#heard);
      };
      if (text !== "") this.#socket.write(text);
    });
  }

  open(): Promise<string> {
    return this.ask(
      `<?xml version="1.0"?><stream:stream xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams" to="${this.#domain}" version="1.0">`,
      "</stream:features>",
    );
  }

  listen(onMessage = nothing, onChunk = nothing): void {
    this.#socket.removeAllListeners("data");
    let rest: Buffer = Buffer.alloc(0);
    this.#socket.on("data", (chunk: Buffer) => {
      // The start of a message may stand in two chunks.
      const seam = Buffer.concat([rest, chunk.subarray(0, messageStart.length - 1)]);
      if (seam.includes(messageStart)) onMessage();
      for (let at = chunk.indexOf(messageStart); at !== -1; at = chunk.indexOf(messageStart, at + 1)) onMessage();
      const tail = chunk.length >= messageStart.length ? chunk : Buffer.concat([rest, chunk]);
      rest = tail.subarray(-(messageStart.length - 1));
      onChunk();
    });
  }

  end(): void {
    this.#ended = true;
    this.#socket.destroy();
  }
}
