// Addresses of a component in this server's rooms: to the rooms each is a client like any, whose stream is the component's.
import type { Fault, Spliced } from "#core";
import { addressOf, deviceOf, type Jid, roomOfJid } from "./addressing.ts";
import type { ComponentLink } from "./components.ts";
import { forComponent } from "./component-xml.ts";
import type { Element } from "./element.ts";
import { StanzaError } from "./faults.ts";
import { occupancies } from "./muc-rooms.ts";
import { ns } from "./namespaces.ts";
import type { XmppServer } from "./server.ts";
import { XmppSession } from "./session.ts";
import type { SessionStream } from "./session-stream.ts";

/** Addresses of one component that are in rooms, or are asking about them. */
const mostOccupants = 1000;

/** One for each connection of a component. */
export class ComponentOccupants {
  readonly #server: XmppServer;
  readonly #link: ComponentLink;
  readonly #sessions = new Map<string, Promise<XmppSession>>();
  #over = false;

  constructor(server: XmppServer, link: ComponentLink) {
    this.#server = server;
    this.#link = link;
  }

  /** For the rooms' service, or a room. */
  async received(stanza: Element, from: Jid, to: Jid): Promise<void> {
    // Under the bare name of a host somebody speaks for all of it: that is no person.
    if (from.local === "") throw new StanzaError("forbidden", "a domain is nobody");
    await this.#checkRoom(stanza, to);
    const written = stanza.attrs["from"]!;
    const session = await this.#sessionOf(written, from);
    await session.receive(stanza);
    if (occupancies(session).size === 0 && session.inbound.unanswered === 0) this.#drop(written, session);
  }

  /** The component is gone, and all of it with it. */
  stop(): void {
    this.#over = true;
    for (const session of this.#sessions.values()) void session.then((each) => each.drop()).catch(() => undefined); // not attached
    this.#sessions.clear();
  }

  /** The component took nothing for a while, and does again. */
  drained(): void {
    for (const session of this.#sessions.values())
      void session.then((each) => each.out.flushed()).catch(() => undefined); // as above
  }

  /** §10.1.1 of XEP-0045: rooms are made by accounts, and owned by them. */
  async #checkRoom(stanza: Element, to: Jid): Promise<void> {
    const enters = stanza.getName() === "presence" && stanza.attrs["type"] === undefined && to.local !== "";
    if (enters && (await this.#server.core.rooms.find(roomOfJid(to, this.#server.host))) === undefined)
      throw new StanzaError("not-allowed", "only accounts of the host make rooms");
    if (stanza.getName() === "iq" && stanza.getChild("query", ns.register) !== undefined)
      throw new StanzaError("not-allowed", "only accounts of the host are members");
  }

  #sessionOf(written: string, from: Jid): Promise<XmppSession> {
    const known = this.#sessions.get(written);
    if (known !== undefined) return known;
    if (this.#sessions.size >= mostOccupants) throw new StanzaError("resource-constraint", "too many are in rooms");
    const begun = this.#begin(written, from);
    this.#sessions.set(written, begun);
    begun.catch(() => this.#sessions.delete(written));
    return begun;
  }

  async #begin(written: string, from: Jid): Promise<XmppSession> {
    const server = this.#server;
    let session: XmppSession | undefined;
    const attached = await server.core.sessions.attach({
      user: addressOf(from),
      device: deviceOf(from.resource),
      echo: "rooms",
      durable: false,
      rememberMs: 0,
      wake: () => session?.out.wake(),
      ended: (fault) => session?.ended(fault),
    });
    const stream = new OccupantStream(this.#link, () => this.#sessions.delete(written));
    session = new XmppSession(server, attached, stream, false);
    server.sessions.delete(session); // those are clients of ours
    if (this.#over) session.drop();
    return session;
  }

  #drop(written: string, session: XmppSession): void {
    this.#sessions.delete(written);
    session.drop();
  }
}

class OccupantStream implements SessionStream {
  readonly link: SessionStream["link"];
  readonly lang = undefined;
  readonly #link: ComponentLink;
  readonly #ended: () => void;

  constructor(link: ComponentLink, ended: () => void) {
    this.link = {
      get buffered() {
        return link.buffered;
      },
      remote: "",
    };
    this.#link = link;
    this.#ended = ended;
  }

  send(xml: string | Spliced): void {
    this.#link.send(forComponent(xml.toString()));
  }

  end(_fault?: Fault): void {
    this.#ended();
  }

  bound(): void {}

  abandon(): void {}

  eased(): void {}
}
