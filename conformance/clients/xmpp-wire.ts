// How an XMPP client's bytes travel: what differs between WebSocket (RFC 7395) and TCP (RFC 6120).
import { readXml, type Xml } from "./xml.ts";
import { ns } from "./xmpp-namespaces.ts";
import WebSocket from "ws";

export interface XmppWireEvents {
  /** An element, the stream's header and its end among them. */
  element(xml: Xml): void;
  /** What came is not what the specification allows; nothing more is read. */
  broken(why: string): void;
  closed(code: number): void;
}

export interface XmppWire {
  /** Of a WebSocket; empty otherwise. */
  readonly subprotocol: string;
  readonly open: boolean;
  send(frame: string | Buffer): void;
  /** Opens a stream, the first or the next; `from`: who says so. */
  openStream(domain: string, from?: string): void;
  isHeader(xml: Xml): boolean;
  /** Closes our side of the stream. */
  closeStream(): void;
  isFooter(xml: Xml): boolean;
  /** Drops the connection as a failed network would. */
  drop(): void;
  /** Ends what a dropped connection left behind, where that is more than a connection. */
  bury?(): Promise<void>;
}

export async function openWebSocket(url: string): Promise<(events: XmppWireEvents) => XmppWire> {
  const socket = new WebSocket(url, "xmpp", { perMessageDeflate: false });
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  return (events) => {
    socket.on("message", (bytes: Buffer, binary: boolean) => {
      try {
        if (binary) throw new Error("a binary frame");
        events.element(readXml(bytes.toString()));
      } catch (error) {
        const shown = bytes.toString().slice(0, 300);
        events.broken(`the server sent what is no frame of RFC 7395: ${(error as Error).message}: ${shown}`);
      }
    });
    socket.on("error", () => {});
    socket.once("close", (code) => events.closed(code));
    return {
      get subprotocol() {
        return socket.protocol;
      },
      get open() {
        return socket.readyState === WebSocket.OPEN;
      },
      send: (frame) => socket.send(frame),
      openStream: (domain, from) => {
        const says = from === undefined ? "" : ` from="${from}"`;
        socket.send(`<open xmlns="${ns.framing}" to="${domain}"${says} version="1.0"/>`);
      },
      isHeader: (xml) => xml.is("open", ns.framing),
      closeStream: () => socket.send(`<close xmlns="${ns.framing}"/>`),
      isFooter: (xml) => xml.is("close", ns.framing),
      drop: () => socket.terminate(),
    };
  };
}
