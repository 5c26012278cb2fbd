// What a feature may be: what it advertises, which elements it answers, which events it brings to clients.
import type { Delivery } from "#core";
import type { Jid } from "./addressing.ts";
import type { Command } from "./ad-hoc.ts";
import type { DataForm } from "./data-form.ts";
import type { Element } from "./element.ts";
import type { XmppServer } from "./server.ts";
import type { XmppSession } from "./session.ts";
import type { Stream } from "./stream.ts";

export interface Spec {
  /** `XEP-0198` or `RFC 6121 §2`. */
  readonly id: string;
  readonly title: string;
  readonly version?: string;
  readonly status: "complete" | "partial";
  /** What is left out, when partial. */
  readonly note?: string;
}

/** How far a stream has come: not authenticated, authenticated but not bound, bound to a session. */
export type Phase = "fresh" | "authenticated" | "bound";

export interface Feature {
  readonly spec: Spec;
  /** For disco#info of the server and of its accounts. */
  readonly disco?: readonly string[];
  /** What it says in the server's disco#info beyond features (XEP-0128). */
  discoForm?(server: XmppServer): DataForm | undefined;
  /** Its line in `<stream:features/>`, if any, as things stand. */
  offer?(stream: Stream): string | undefined;
  /** Its line in SASL2's `<inline/>`: what may be asked for within `<authenticate/>` (XEP-0388 §2.1). */
  inline?(stream: Stream): string | undefined;
  /** What may be asked for within Bind 2's `<bind/>` (XEP-0386 §3.1). */
  readonly inBind?: BindFeature;
  /** Offered where TLS must come first. */
  readonly beforeTls?: boolean;
  /** Elements that are no stanzas. */
  readonly elements?: readonly ElementHandler[];
  /** IQs before a resource is bound. */
  readonly preliminaries?: readonly PreliminaryIq[];
  /** IQs to the server or to an account. */
  readonly iq?: readonly IqHandler[];
  /** What a message without a body may say to a person. */
  readonly payloads?: readonly PayloadHandler[];
  /** What the core brings. */
  readonly deliver?: Partial<Deliverers>;
  /** Commands of the server (XEP-0050). */
  readonly commands?: readonly Command[];
  /** A domain of its own under the host. */
  readonly service?: Service;
  /** A session has begun; one that is resumed does not begin again. */
  begun?(session: XmppSession): void;
  /** The session goes on over another stream. */
  resumed?(session: XmppSession): void;
  /** The client said that it is available, or in another way than before. */
  present?(session: XmppSession, stanza: Element): void;
  /** An answer to an IQ of the server. */
  answered?(session: XmppSession, stanza: Element): void;
  /** An answer of a component to an IQ of the server, or of an account. */
  answeredFrom?(server: XmppServer, stanza: Element, between: { readonly from: Jid; readonly to: Jid }): void;
  /** A message of a component to an account; true when it was for the server alone. */
  toldFrom?(server: XmppServer, stanza: Element, between: { readonly from: Jid; readonly to: Jid }): boolean;
  /** The client said that it is unavailable, perhaps with a last word, or is about to be gone. */
  unavailable?(session: XmppSession, saying?: string): void;
  /** The session is about to end for good; its core session is still attached, unless the core ended it. */
  ended?(session: XmppSession): void;
}

export interface BindFeature {
  /** Names the feature, and is the namespace of the element that asks for it. */
  readonly xmlns: string;
  /** The session is bound and has said nothing yet. Returns what stands in `<bound/>`. */
  begin(session: XmppSession, request: Element): string;
}

export interface ElementHandler {
  readonly name: string;
  readonly xmlns: string;
  readonly phases: readonly Phase[];
  handle(stream: Stream, element: Element): void | Promise<void>;
}

/** An IQ that asks; results and errors are only ever passed on. */
interface Question {
  readonly type: "get" | "set";
  readonly name: string;
  readonly xmlns: string;
}

export interface PreliminaryIq extends Question {
  readonly phase: Phase;
  /** The result's child, or undefined for an empty result. */
  answer(stream: Stream, payload: Element): string | undefined | Promise<string | undefined>;
}

export interface IqHandler extends Question {
  /**
   * `server`: to the host; `own`: to the sender's bare JID or to nobody; `account`: to another's bare JID; `room`: to a
   * room's.
   */
  readonly to: readonly Addressee[];
  answer(session: XmppSession, iq: IqRequest): string | undefined | Promise<string | undefined>;
  /** What it answers who has no session here: an external component. Without this method nothing. */
  stranger?(server: XmppServer, iq: IqRequest): string | undefined | Promise<string | undefined>;
}

export type Addressee = "server" | "own" | "account" | "room";

export interface IqRequest {
  readonly stanza: Element;
  readonly payload: Element;
  /** Undefined: to nobody, which is oneself (RFC 6120 §10.3.3). */
  readonly to: Jid | undefined;
}

/** Takes a body-less message's meaning out of one of its parts; false when the message is to travel on as it is. */
export interface PayloadHandler {
  readonly xmlns: string;
  heard(session: XmppSession, part: Element, to: Jid): boolean;
}

/** One for everything that may stand in an outbox. */
export interface Deliverers {
  direct(session: XmppSession, delivery: Delivery): void;
  room(session: XmppSession, delivery: Delivery): void;
  receipt(session: XmppSession, delivery: Delivery): void;
  typing(session: XmppSession, delivery: Delivery): void;
  presence(session: XmppSession, delivery: Delivery): void;
  occupant(session: XmppSession, delivery: Delivery): void;
  /** A room's settings, its members, its end. */
  roomNews(session: XmppSession, delivery: Delivery): void;
  relay(session: XmppSession, delivery: Delivery): void;
  contact(session: XmppSession, delivery: Delivery): void;
  blocking(session: XmppSession, delivery: Delivery): void;
  /** What of a conversation may ring. */
  attention(session: XmppSession, delivery: Delivery): void;
  /** A message on a plain topic. */
  publication(session: XmppSession, delivery: Delivery): void;
  /** What happened to a node. */
  node(session: XmppSession, delivery: Delivery): void;
}

/** What lives at a subdomain, and answers for itself. */
export interface Service {
  domain(server: XmppServer): string;
  readonly name: string;
  message(session: XmppSession, stanza: Element, to: Jid): void | Promise<void>;
  presence(session: XmppSession, stanza: Element, to: Jid): void | Promise<void>;
  iq(session: XmppSession, stanza: Element, to: Jid): void | Promise<void>;
}
