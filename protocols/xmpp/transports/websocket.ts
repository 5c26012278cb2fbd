// XMPP over WebSocket (RFC 7395): a frame is an element, and the stream's tags are elements too.
import type { Link, LinkHandler } from "#core";
import { parseFrame } from "../codec.ts";
import type { Element } from "../element.ts";
import { StreamError } from "../faults.ts";
import { ns } from "../namespaces.ts";
import type { XmppServer } from "../server.ts";
import { Stream } from "../stream.ts";
import { refuseBlank, type Transport } from "./transport.ts";

/** Larger frames are refused by the listener; between the limit and this, with a stream error. */
export function maxFrameFor(stanzaBytes: number): number {
  return 2 * stanzaBytes;
}

/** Serves one connection. Without a `bytes` handler, a binary frame closes it with 1003 (RFC 7395 §3.2). */
export function acceptWebSocket(server: XmppServer, link: Link): LinkHandler {
  const stream = new Stream(server, transportOver(link));
  return {
    text: (frame) => {
      stream.heard();
      let element: Element | undefined;
      try {
        element = parseFrame(frame, stream.limits);
        if (element === undefined) refuseBlank(stream);
      } catch (error) {
        return stream.broken(error);
      }
      if (element !== undefined) receive(stream, ofClient(element));
    },
    drained: () => stream.drained(),
    tooFast: () => stream.broken(new StreamError("policy-violation", "too fast")),
    closed: () => stream.gone(),
  };
}

/**
 * RFC 7395 §3.3.3: a frame is a document, and declares its namespaces. Clients made for TCP leave it out of their stanzas, where
 * the stream's header declared it; they mean what they meant there.
 */
export function ofClient(element: Element): Element {
  if (stanzas.has(element.name)) element.attrs["xmlns"] ??= ns.client;
  return element;
}

const stanzas: ReadonlySet<string> = new Set(["message", "presence", "iq"]);

function receive(stream: Stream, element: Element): void {
  const name = element.name;
  if (name === "open" && element.attrs["xmlns"] === ns.framing) {
    const { to, from, version, "xml:lang": lang } = element.attrs;
    stream.open({ to, from, version, lang });
  } else if (name === "close" && element.attrs["xmlns"] === ns.framing) {
    stream.footer();
  } else if (name === "open" || name === "stream:stream") {
    // RFC 7395 §3.3.2; and a client that frames as on TCP.
    stream.broken(new StreamError("invalid-namespace", "not a framed stream"));
  } else {
    stream.element(element);
  }
}

function transportOver(link: Link): Transport {
  return {
    link,
    open: (attributes) => link.send(`<open xmlns="${ns.framing}"${attributes}/>`),
    send: (xml) => link.send(xml),
    sendSpliced: link.sendSpliced && ((xml) => link.sendSpliced!(xml)),
    close: () => {
      link.send(`<close xmlns="${ns.framing}"/>`);
      link.close(1000);
    },
  };
}
