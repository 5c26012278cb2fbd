// XMPP over BOSH (XEP-0124, XEP-0206): finds the session of a request, or begins one.
import { isLoopback, refusals, type Accept, type HttpExchange, type Link, type LinkHandler } from "#core";
import { domainpart } from "../addressing.ts";
import { StreamError, streamErrorOf } from "../faults.ts";
import type { XmppServer } from "../server.ts";
import { Stream } from "../stream.ts";
import { peekSid, printEnd, readBody, type BoshBody } from "./bosh-body.ts";
import { BoshSession } from "./bosh-session.ts";
import { termsOf, xmlType } from "./bosh-terms.ts";
import type { Transport } from "./transport.ts";

/** Sessions are no sockets, so the sockets' limits do not bound them. At this bound, or an address's, a new one is refused. */
const sessionsBound = 10_000;

export class Bosh {
  readonly #server: XmppServer;
  readonly #sessions = new Map<string, BoshSession>();
  readonly #from = new Map<string, number>();
  #beginning: BoshSession | undefined;

  constructor(server: XmppServer) {
    this.#server = server;
  }

  readonly handle = (exchange: HttpExchange, accept: Accept): void => {
    const known = this.#sessions.get(peekSid(exchange.body) ?? "");
    let body: BoshBody;
    try {
      // RFC 6120 §4.9.3.14, as a stanza too big is over the other transports.
      if (exchange.truncated) throw new StreamError("policy-violation", "the request is too large");
      body = readBody(exchange.body, known?.limits?.() ?? this.#server.limitsBefore);
    } catch (error) {
      this.#server.core.log.debug({ what: "bosh_refused", err: error }, "a request is no BOSH");
      // XEP-0124 §17.2; a stanza too big, and the like, is the client's own.
      const tooMuch = error instanceof StreamError && error.condition === "policy-violation";
      const condition = tooMuch ? "policy-violation" : "bad-request";
      // "These binding errors imply that the HTTP session is terminated": for who waits, too.
      if (known !== undefined && (exchange.secure || !known.secure)) known.cutOff(condition);
      return refuse(exchange, condition);
    }
    if (body.sid === undefined) return this.#begin(body, exchange, accept);
    const session = this.#sessions.get(body.sid);
    // A session of TLS is not gone on with in plain; to others it is unknown.
    if (session === undefined || (session.secure && !exchange.secure)) return refuse(exchange, "item-not-found");
    session.take(body, exchange.body, exchange);
  };

  /** For the session that begins; `link` may be it, or another before it. */
  readonly accept: Accept = (link) => {
    const session = this.#beginning!;
    const stream = new Stream(this.#server, transportOver(session, link));
    session.limits = () => stream.limits;
    return handlerOf(session, stream);
  };

  #begin(body: BoshBody, exchange: HttpExchange, accept: Accept): void {
    const { host, core, settings } = this.#server;
    if (body.to === undefined || body.to === "") return refuse(exchange, "improper-addressing");
    if (domainpart(body.to) !== host) return refuse(exchange, "host-unknown");
    const count = this.#from.get(exchange.remote) ?? 0;
    const many = count >= settings.boshPerAddress && !isLoopback(exchange.remote);
    if (many) refusals.connectionsPerAddress.add();
    if (many || this.#sessions.size >= sessionsBound) return refuse(exchange, "policy-violation");
    const terms = termsOf(body, host);
    this.#from.set(exchange.remote, count + 1);
    const session = new BoshSession(terms, body, exchange, core.clock, () => this.#forget(terms.sid, exchange.remote));
    this.#sessions.set(terms.sid, session);
    this.#beginning = session;
    session.serve(accept(session));
    this.#beginning = undefined;
    session.take(body, exchange.body, exchange);
  }

  #forget(sid: string, remote: string): void {
    if (!this.#sessions.delete(sid)) return;
    const left = (this.#from.get(remote) ?? 1) - 1;
    if (left > 0) this.#from.set(remote, left);
    else this.#from.delete(remote);
  }
}

function handlerOf(session: BoshSession, stream: Stream): LinkHandler {
  return {
    bytes: () => {
      const body = session.current!;
      stream.heard();
      // The first request opens the stream; XEP-0206 §5: and a restart opens the next.
      const begins = body.sid === undefined;
      if (begins || body.restarts) {
        const version = begins ? (body.version ?? "1.0") : "1.0";
        stream.open({ to: body.to ?? stream.server.host, from: body.from, version });
      }
      for (const payload of body.payloads) {
        stream.link.charge?.(1);
        stream.element(payload);
      }
      if (body.terminates) stream.footer();
    },
    drained: () => stream.drained(),
    tooFast: () => stream.broken(new StreamError("policy-violation", "too fast")),
    closed: () => stream.gone(),
  };
}

function transportOver(session: BoshSession, link: Link): Transport {
  return {
    link,
    // The features that follow say that the stream is open.
    open: () => undefined,
    send: (xml) => link.send(xml),
    fail: (fault) => session.fail(streamErrorOf(fault)),
    close: () => link.close(),
  };
}

function refuse(exchange: HttpExchange, condition: string): void {
  exchange.answer({ status: 200, contentType: xmlType, body: printEnd(condition, "") });
}
