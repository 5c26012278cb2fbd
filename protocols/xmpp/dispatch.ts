// Finds who handles what: built once from the table of contents, asked for every stanza.
import type { UserId } from "#core";
import { type Jid, parseJid, userOfJid } from "./addressing.ts";
import { childrenOf, type Element, firstChildOf } from "./element.ts";
import { StanzaError, StreamError } from "./faults.ts";
import type {
  Addressee,
  Deliverers,
  ElementHandler,
  Feature,
  IqHandler,
  PayloadHandler,
  Phase,
  PreliminaryIq,
  Service,
} from "./feature.ts";
import { ns } from "./namespaces.ts";
import { serviceOf } from "./features/xep-0114-components.ts";
import type { XmppServer } from "./server.ts";
import type { XmppSession } from "./session.ts";
import type { Stream } from "./stream.ts";

const stanzas = new Set(["message", "presence", "iq"]);

/** What the features that own messages and presence do with them; everything else is in the table. */
export interface StanzaRoads {
  message(session: XmppSession, stanza: Element): void | Promise<void>;
  presence(session: XmppSession, stanza: Element): void | Promise<void>;
  /** An IQ to somebody's client. */
  iqToResource(session: XmppSession, stanza: Element, to: Jid): void;
  /** An IQ to another's account, which `answer` answers in its name. */
  iqToAccount(session: XmppSession, account: UserId, answer: () => void | Promise<void>): Promise<void>;
}

export class Dispatch {
  readonly features: readonly Feature[];
  readonly deliverers: Partial<Deliverers> = {};
  readonly #roads: StanzaRoads;
  readonly #elements = new Map<string, ElementHandler>();
  readonly #preliminaries = new Map<string, PreliminaryIq>();
  readonly #iqs = new Map<string, IqHandler>();
  readonly #payloads = new Map<string, PayloadHandler>();
  readonly #services: readonly Service[];

  constructor(features: readonly Feature[], roads: StanzaRoads) {
    this.features = features;
    this.#roads = roads;
    this.#services = features.flatMap((feature) => feature.service ?? []);
    for (const feature of features) {
      for (const handler of feature.elements ?? []) this.#elements.set(`${handler.xmlns} ${handler.name}`, handler);
      for (const handler of feature.preliminaries ?? [])
        this.#preliminaries.set(`${handler.phase} ${keyOf(handler)}`, handler);
      for (const handler of feature.iq ?? []) {
        for (const to of handler.to) this.#iqs.set(`${to} ${keyOf(handler)}`, handler);
      }
      for (const handler of feature.payloads ?? []) this.#payloads.set(handler.xmlns, handler);
      Object.assign(this.deliverers, feature.deliver);
    }
  }

  get services(): readonly Service[] {
    return this.#services;
  }

  serviceAt(server: XmppServer, domain: string): Service | undefined {
    for (const service of this.#services) if (service.domain(server) === domain) return service;
    const porter = server.components.none ? undefined : server.components.at(domain);
    return porter && serviceOf(porter);
  }

  payload(xmlns: string | undefined): PayloadHandler | undefined {
    return xmlns === undefined ? undefined : this.#payloads.get(xmlns);
  }

  iqHandler(to: Addressee, type: string, payload: Element): IqHandler | undefined {
    return this.#iqs.get(`${to} ${type} ${payload.getNS()} ${payload.getName()}`);
  }

  /** A top-level element of a stream. */
  element(stream: Stream, element: Element): void | Promise<void> {
    const name = element.getName();
    const xmlns = element.getNS();
    stream.guard?.(element);
    if (stanzas.has(name)) {
      if (xmlns !== ns.client) throw new StreamError("invalid-namespace", "a stanza of another namespace");
      if (stream.session !== undefined) return stream.session.receive(element);
      return this.#preliminary(stream, element);
    }
    const handler = this.#elements.get(`${xmlns} ${name}`);
    if (handler?.phases.includes(stream.phase)) return handler.handle(stream, element);
    throw new StreamError("unsupported-stanza-type", "an element nobody knows here");
  }

  /** A stanza of a bound session, its sender verified. */
  stanza(session: XmppSession, stanza: Element): void | Promise<void> {
    switch (stanza.getName()) {
      case "message":
        return this.#roads.message(session, stanza);
      case "presence":
        return this.#roads.presence(session, stanza);
      default:
        return this.#iq(session, stanza);
    }
  }

  #iq(session: XmppSession, stanza: Element): void | Promise<void> {
    const type = stanza.attrs["type"];
    const asks = type === "get" || type === "set";
    const to = stanza.attrs["to"] === undefined ? undefined : parseJid(stanza.attrs["to"]);
    if (stanza.attrs["to"] !== undefined && to === undefined) throw new StanzaError("jid-malformed", "to");
    if (!asks && type !== "result" && type !== "error") throw new StanzaError("bad-request", "an IQ of no type");
    if (stanza.attrs["id"] === undefined) throw new StanzaError("bad-request", "an IQ without an id"); // RFC 6120 §8.2.3
    const service = to === undefined ? undefined : this.serviceAt(session.server, to.domain);
    if (service !== undefined) return service.iq(session, stanza, to!);
    if (to !== undefined && to.domain !== session.server.host)
      throw new StanzaError("remote-server-not-found", "no federation");
    if (to !== undefined && to.local !== "" && to.resource !== "") return this.#roads.iqToResource(session, stanza, to);
    if (!asks) return this.features.forEach((feature) => feature.answered?.(session, stanza));
    const payload = firstChildOf(stanza);
    if (payload === undefined || childrenOf(stanza).length > 1)
      throw new StanzaError("bad-request", "an IQ asks one thing");
    const addressee = addresseeOf(session, to);
    const answer = (): void | Promise<void> => {
      const handler = this.iqHandler(addressee, type, payload);
      if (handler === undefined) throw new StanzaError("service-unavailable", "nobody answers such an IQ");
      return session.answer(stanza, handler.answer(session, { stanza, payload, to }));
    };
    return addressee === "account" ? this.#roads.iqToAccount(session, userOfJid(to!), answer) : answer();
  }

  #preliminary(stream: Stream, stanza: Element): void | Promise<void> {
    const payload = stanza.getName() === "iq" ? firstChildOf(stanza) : undefined;
    const key = payload === undefined ? "" : `${stanza.attrs["type"]} ${payload.getNS()} ${payload.getName()}`;
    const handler = this.#preliminaries.get(`${stream.phase satisfies Phase} ${key}`);
    // RFC 6120 §4.9.3.12, §7.1.
    if (handler === undefined || payload === undefined)
      throw new StreamError("not-authorized", "a stanza before authentication or binding");
    return stream.answer(stanza, () => handler.answer(stream, payload));
  }
}

function keyOf(handler: { readonly type: string; readonly xmlns: string; readonly name: string }): string {
  return `${handler.type} ${handler.xmlns} ${handler.name}`;
}

function addresseeOf(session: XmppSession, to: Jid | undefined): Addressee {
  if (to === undefined) return "own";
  if (to.local === "") return "server";
  return userOfJid(to) === session.user ? "own" : "account";
}
