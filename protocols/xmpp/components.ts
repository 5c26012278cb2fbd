// External components (XEP-0114): for each that is configured a porter, which knows whether the component is connected, here
// or at another node, and carries stanzas to it.
import type { Delivery, Envelope, Session, UserId } from "#core";
import { deviceOf, type Jid, userOfJid } from "./addressing.ts";
import { frontendName } from "./deliver.ts";
import { forComponent } from "./component-xml.ts";
import { archivedDirect } from "./features/rfc6121-message.ts";
import type { ComponentOptions } from "./options.ts";
import { printRelay, type Relayed } from "./relay.ts";
import type { XmppServer } from "./server.ts";
import { ServiceSession } from "./service-session.ts";

/** What a porter needs of a connection. */
export interface ComponentLink {
  /** Bytes that the kernel has not taken yet. */
  readonly buffered: number;
  send(xml: string): void;
}

/** A component that takes nothing is sent no more than this; the rest waits in the outbox, which has its own bound. */
const highWater = 1 << 20;
const takenAtOnce = 128;
/** Conversations of which the last entry is known, so that one that is announced twice is told once. */
const placesBound = 10_000;

export class Components {
  readonly #porters = new Map<string, Porter>();

  constructor(server: XmppServer, configured: readonly ComponentOptions[]) {
    for (const options of configured) this.#porters.set(options.domain, new Porter(server, options));
  }

  /** Nobody is configured: nothing has to be asked. */
  get none(): boolean {
    return this.#porters.size === 0;
  }

  at(domain: string): Porter | undefined {
    return this.#porters.get(domain);
  }

  /** Those that are connected, here or elsewhere. */
  get present(): readonly Porter[] {
    return [...this.#porters.values()].filter((porter) => porter.present);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#porters.values()].map((porter) => porter.stop()));
  }
}

export class Porter {
  readonly domain: string;
  readonly secret: string;
  readonly name: string;
  readonly #server: XmppServer;
  readonly #places = new Map<string, number>();
  readonly #service: ServiceSession;
  #link: ComponentLink | undefined;

  constructor(server: XmppServer, { domain, secret, name }: ComponentOptions) {
    this.#server = server;
    this.domain = domain;
    this.secret = secret;
    this.name = name ?? domain;
    this.#service = new ServiceSession(server, {
      user: domain as UserId,
      wake: () => this.#drain(),
      attached: (session) => this.#attached(session),
      ended: () => this.#ended(),
    });
  }

  /** The core knows us: stanzas from other nodes find their way. */
  get ready(): Promise<void> {
    return this.#service.ready;
  }

  get #session(): Session | undefined {
    return this.#service.now;
  }

  /** The component is connected, here or at another node. */
  get present(): boolean {
    return this.#server.core.presence.of(this.domain as UserId).length > 0;
  }

  /** Speaks for the component in the core. */
  get session(): Session | undefined {
    return this.#session;
  }

  /** The component has authenticated; false when it is connected already. */
  async connected(link: ComponentLink): Promise<boolean> {
    await this.ready;
    if (this.present || this.#session === undefined) return false;
    this.#link = link;
    this.#server.core.presence.announce(this.#session, { available: true });
    return true;
  }

  gone(link: ComponentLink): void {
    if (this.#link !== link) return;
    this.#link = undefined;
    if (this.#session?.attached === true) this.#server.core.presence.announce(this.#session, { available: false });
  }

  /** All that was sent is with the kernel. */
  drained(): void {
    this.#drain();
  }

  /** A stanza for the component, wherever it is connected; false when it certainly does not get it. */
  send(xml: string): boolean {
    const { core } = this.#server;
    const [there] = core.presence.of(this.domain as UserId);
    if (there === undefined || this.#session === undefined) return false;
    return core.signals.relay(this.#session, frontendName, this.domain as UserId, there.device, xml);
  }

  /** From the component to an account, or to one of its clients; false when there is certainly nobody to hear it. */
  relay(to: Jid, relayed: Relayed, inner: string): boolean {
    if (this.#session === undefined) return false;
    const device = to.resource === "" ? undefined : deviceOf(to.resource);
    const { signals } = this.#server.core;
    return signals.relay(this.#session, frontendName, userOfJid(to), device, printRelay(relayed, inner));
  }

  stop(): Promise<void> {
    return this.#service.stop();
  }

  #attached(session: Session): void {
    const { presence } = this.#server.core;
    presence.watch(session, this.domain as UserId);
    if (this.#link !== undefined) presence.announce(session, { available: true });
  }

  /** The component took too little of what it was sent: what waits is gone, and it goes on with what comes. */
  #ended(): void {
    this.#server.core.log.warn({ what: "component_too_slow", component: this.domain }, "stanzas for it were dropped");
  }

  #drain(): void {
    const session = this.#session;
    while (session?.attached === true && (this.#link?.buffered ?? 0) < highWater) {
      const taken = session.take(takenAtOnce);
      if (taken.length === 0) return;
      for (const delivery of taken) this.#bring(delivery);
    }
  }

  #bring({ event }: Delivery): void {
    if (this.#link === undefined) return;
    if (event.type === "signal" && event.name === "relay" && event.frontend === frontendName)
      this.#link.send(event.payload);
    else if (event.type === "entry" && this.#isNew(event)) this.#link.send(forComponent(archivedDirect(event)));
  }

  #isNew({ conversation, seq }: Envelope): boolean {
    if (seq <= (this.#places.get(conversation) ?? 0)) return false;
    this.#places.delete(conversation);
    if (this.#places.size >= placesBound) this.#places.delete(this.#places.keys().next().value!);
    this.#places.set(conversation, seq);
    return true;
  }
}
