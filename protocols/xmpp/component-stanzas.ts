// What a component says, in the name of any address at its domain: to people of ours, to the server, to other components.
import { directOf, type Draft, Fault, faultFrom, type Sent, type Settler } from "#core";
import { addressOf, deviceOf, type Jid, parseJid, userOfJid } from "./addressing.ts";
import { ComponentOccupants } from "./component-occupants.ts";
import type { ComponentLink, Porter } from "./components.ts";
import { stanzaFor, stanzaOf } from "./component-xml.ts";
import { guestPresence } from "./component-presence.ts";
import { contentOf, isKept } from "./content.ts";
import { childrenOf, type Element } from "./element.ts";
import { StanzaError, stanzaErrorOf } from "./faults.ts";
import { attribute } from "./print.ts";
import { plainly } from "./relations.ts";
import type { XmppServer } from "./server.ts";
import { innerOf } from "./source.ts";
import { directNote, extensionsOf } from "./translate.ts";

/** A message that is being stored, as far as an error about it needs. */
interface Posted {
  readonly id: string | undefined;
  readonly from: string;
  readonly to: string;
}

/** One for each connection. Never throws what is about one stanza: its sender is told. */
export class ComponentStanzas implements Settler {
  readonly #server: XmppServer;
  readonly #porter: Porter;
  readonly #occupants: ComponentOccupants;
  readonly #eased: () => void;
  readonly #posted = new Map<number, Posted>();
  #ticket = 0;

  constructor(server: XmppServer, porter: Porter, link: ComponentLink, eased: () => void) {
    this.#server = server;
    this.#occupants = new ComponentOccupants(server, link);
    this.#porter = porter;
    this.#eased = eased;
  }

  /** Messages that are not stored yet. Bounded by the connection, which stops reading. */
  get unanswered(): number {
    return this.#posted.size;
  }

  /** The connection is gone. */
  stop(): void {
    this.#occupants.stop();
  }

  drained(): void {
    this.#occupants.drained();
  }

  async received(stanza: Element, from: Jid, written: string): Promise<void> {
    try {
      const to = parseJid(written);
      if (to === undefined) throw new StanzaError("jid-malformed", "to");
      await this.#route(stanza, from, to);
    } catch (error) {
      this.#refuse(stanza.getName(), stanza.attrs, faultFrom(error));
    }
  }

  settled(ticket: number, outcome: Sent | Fault): void {
    const posted = this.#posted.get(ticket)!;
    this.#posted.delete(ticket);
    if (outcome instanceof Fault) {
      // RFC 6121 §8.5.1: nobody learns from this who has an account.
      const hidden = outcome.code === "not-found" || outcome.code === "forbidden";
      const fault = hidden ? new StanzaError("service-unavailable", "nobody there") : outcome;
      this.#refuse("message", { ...posted, type: undefined }, fault);
    }
    this.#eased();
  }

  #route(stanza: Element, from: Jid, to: Jid): void | Promise<void> {
    const server = this.#server;
    const other = server.components.at(to.domain);
    if (other !== undefined) {
      if (other.send(stanzaFor(stanza, stanza.attrs["from"]!, stanza.attrs["to"]!))) return;
      throw new StanzaError("remote-server-timeout", "the other component is not connected");
    }
    if (to.domain === server.settings.roomsHost) return this.#occupants.received(stanza, from, to);
    if (server.dispatch.serviceAt(server, to.domain) !== undefined)
      throw new StanzaError("service-unavailable", "a service for accounts of this server");
    if (to.domain !== server.host) throw new StanzaError("remote-server-not-found", "no federation");
    switch (stanza.getName()) {
      case "message":
        return this.#message(stanza, from, to);
      case "presence":
        return to.local === "" ? undefined : guestPresence(server, this.#porter, { stanza, from, to });
      default:
        return this.#iq(stanza, from, to);
    }
  }

  async #message(stanza: Element, from: Jid, to: Jid): Promise<void> {
    const { core } = this.#server;
    const { type } = stanza.attrs;
    if (to.local === "") throw new StanzaError("service-unavailable", "nobody reads messages to the server");
    if (this.#server.dispatch.features.some((one) => one.toldFrom?.(this.#server, stanza, { from, to }) === true))
      return;
    const user = userOfJid(to);
    const [guest, written] = [addressOf(from), stanza.attrs["from"]!];
    // XEP-0191 §3.4: whoever is blocked might as well write to nobody.
    if (await core.blocks.blocks(user, guest)) throw new StanzaError("service-unavailable", "nobody there");
    const content = contentOf(stanza, this.#server, from.domain);
    const passes = type === "error" || type === "headline" || type === "groupchat";
    if (passes || !isKept(content)) {
      const bare = to.resource === "" ? (true as const) : undefined;
      const about = { kind: "message", type, id: stanza.attrs["id"], lang: stanza.attrs["xml:lang"], bare } as const;
      const told = this.#porter.relay(to, { ...about, from: written }, innerOf(stanza));
      if (!told && content.body !== undefined) throw new StanzaError("service-unavailable", "nobody there");
      return;
    }
    const { body, parts, relation } = plainly(content);
    this.#post(
      {
        conversation: directOf(guest, user),
        kind: "message",
        author: guest,
        device: deviceOf(from.resource),
        originId: content.originId,
        body,
        relation,
        extensions: extensionsOf(directNote(stanza, to, content), parts),
      },
      { id: stanza.attrs["id"], from: written, to: stanza.attrs["to"]! },
    );
  }

  #post(draft: Draft, posted: Posted): void {
    const ticket = this.#ticket++;
    this.#posted.set(ticket, posted);
    this.#server.core.router.send(draft, this, ticket);
  }

  async #iq(stanza: Element, from: Jid, to: Jid): Promise<void> {
    const { type, id } = stanza.attrs;
    const asks = type === "get" || type === "set";
    if ((!asks && type !== "result" && type !== "error") || id === undefined)
      throw new StanzaError("bad-request", "an IQ without type or id");
    if (to.local !== "" && to.resource !== "") {
      const about = { kind: "iq", type, id, from: stanza.attrs["from"]! } as const;
      const told = !(await this.#hidden(from, to)) && this.#porter.relay(to, about, innerOf(stanza));
      if (!told && asks) throw new StanzaError("service-unavailable", "no such resource");
      return;
    }
    if (!asks) return this.#answered(stanza, from, to);
    const [payload, ...more] = childrenOf(stanza);
    if (payload === undefined || more.length > 0) throw new StanzaError("bad-request", "an IQ asks one thing");
    const handler = this.#server.dispatch.iqHandler(to.local === "" ? "server" : "account", type, payload);
    if (handler?.stranger === undefined) throw new StanzaError("service-unavailable", "nobody answers such an IQ");
    const result = await handler.stranger(this.#server, { stanza, payload, to });
    const about = `${attribute("from", stanza.attrs["to"])}${attribute("to", stanza.attrs["from"])} type="result"${attribute("id", id)}`;
    this.#porter.send(stanzaOf("iq", about, result ?? ""));
  }

  /** An answer to a question that the server asked, for itself or for an account. */
  #answered(stanza: Element, from: Jid, to: Jid): void {
    for (const feature of this.#server.dispatch.features) feature.answeredFrom?.(this.#server, stanza, { from, to });
  }

  async #hidden(from: Jid, to: Jid): Promise<boolean> {
    return this.#server.core.blocks.blocks(userOfJid(to), addressOf(from));
  }

  #refuse(name: string, about: Element["attrs"] | (Posted & { readonly type: undefined }), fault: Fault): void {
    this.#server.note(fault);
    const { type, id, from, to } = about;
    if (type === "error" || type === "result") return; // RFC 6120 §8.3.1
    const attributes = ` type="error"${attribute("id", id)}${attribute("from", to)}${attribute("to", from)}`;
    this.#porter.send(stanzaOf(name, attributes, stanzaErrorOf(fault)));
  }
}
