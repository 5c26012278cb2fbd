// The wire of XMPP over TCP (RFC 6120 §4): one document for each stream, begun anew after TLS and SASL.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";
import { StreamReader, Xml } from "./xml.ts";
import { ns } from "./xmpp-namespaces.ts";
import type { XmppWire, XmppWireEvents } from "./xmpp-wire.ts";

/** What stands for the end of the server's document. */
const footer = new Xml("end of stream", ns.streams, {});

/** `xmpp://host:port`, or `xmpps://` in TLS from the first byte (XEP-0368). Certificates are not judged here. */
export async function openTcp(url: string): Promise<(events: XmppWireEvents) => TcpXmppWire> {
  const { hostname: host, port, protocol } = new URL(url);
  const direct = protocol === "xmpps:";
  const socket = direct
    ? connectTls({ host, port: Number(port), ALPNProtocols: ["xmpp-client"], rejectUnauthorized: false })
    : connect({ host, port: Number(port), noDelay: true });
  await once(socket, direct ? "secureConnect" : "connect");
  return (events) => new TcpXmppWire(socket, events);
}

export class TcpXmppWire implements XmppWire {
  readonly subprotocol = "";
  readonly #events: XmppWireEvents;
  #socket: Socket;
  #reader: StreamReader;
  #certificate: Buffer | undefined;
  #closing = false;
  /** What the server said in all its streams. */
  heard = "";

  constructor(socket: Socket, events: XmppWireEvents) {
    this.#socket = socket;
    this.#events = events;
    this.#reader = this.#newReader();
    this.#listen();
    socket.once("close", () => events.closed(0));
  }

  get open(): boolean {
    return this.#socket.writable;
  }

  send(bytes: string | Buffer): void {
    this.#socket.write(bytes);
  }

  openStream(domain: string, from?: string): void {
    this.restart();
    this.send(streamHeader(`to="${domain}"${from === undefined ? "" : ` from="${from}"`} version="1.0"`));
  }

  /** What may be bound to (RFC 9266, RFC 5929), as this end sees it; undefined outside of TLS. */
  channel(type: string): Buffer | undefined {
    if (!(this.#socket instanceof TLSSocket)) return undefined;
    if (type === "tls-exporter")
      return this.#socket.exportKeyingMaterial(32, "EXPORTER-Channel-Binding", Buffer.alloc(0));
    if (type !== "tls-server-end-point") return undefined;
    this.#certificate ??= this.#socket.getPeerX509Certificate()?.raw; // Node gives it once
    return this.#certificate && createHash(endPointHash(this.#certificate)).update(this.#certificate).digest();
  }

  /** The server's next stream is another document. */
  restart(): void {
    this.#reader = this.#newReader();
  }

  isHeader(xml: Xml): boolean {
    return xml.is("stream", ns.streams);
  }

  closeStream(): void {
    this.#closing = true;
    this.send("</stream:stream>");
  }

  isFooter(xml: Xml): boolean {
    return xml === footer;
  }

  drop(): void {
    this.#socket.destroy();
  }

  /** RFC 6120 §5.4.3: the handshake, after the server said to proceed. */
  async startTls(servername: string): Promise<void> {
    this.#socket.removeAllListeners("data");
    const socket = connectTls({ socket: this.#socket, servername, rejectUnauthorized: false });
    await once(socket, "secureConnect");
    this.#socket = socket;
    this.#listen();
  }

  #listen(): void {
    this.#socket.on("error", () => {});
    this.#socket.on("data", (chunk: Buffer) => {
      try {
        const text = chunk.toString();
        this.heard += text;
        this.#reader.read(text);
      } catch (error) {
        this.#events.broken(`the server sent what is no stream of RFC 6120: ${(error as Error).message}`);
      }
    });
  }

  #newReader(): StreamReader {
    return new StreamReader({
      element: (xml) => this.#events.element(xml),
      end: () => {
        this.#events.element(footer);
        // RFC 6120 §4.4: who sent the first closing tag MUST terminate the connection after the other's.
        if (this.#closing) this.#socket.end();
      },
    });
  }
}

/** By the algorithm the certificate is signed with; what is weaker than SHA-256 counts as SHA-256 (RFC 5929 §4.1). */
function endPointHash(certificate: Buffer): string {
  const has = (...oids: readonly string[]): boolean =>
    oids.some((oid) => certificate.includes(Buffer.from(oid, "hex")));
  if (has("2a864886f70d01010c", "2a8648ce3d040303")) return "sha384";
  return has("2a864886f70d01010d", "2a8648ce3d040304") ? "sha512" : "sha256";
}

/** RFC 6120 §4.2, with these attributes. */
export function streamHeader(attributes: string): string {
  return `<?xml version="1.0"?><stream:stream xmlns="${ns.client}" xmlns:stream="${ns.streams}" ${attributes}>`;
}
