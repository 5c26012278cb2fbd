// What an XMPP check works with: streams at every stage of their beginning, and names no other check uses.
import { ns, openXmpp, type XmppClient } from "./clients/xmpp.ts";
import { ComponentClient } from "./clients/xmpp-component.ts";
import { escape, type Xml } from "./clients/xml.ts";
import { type Kit, NotOffered } from "./requirement.ts";
import type { ComponentAddress, Login, Target, XmppAddress } from "./target.ts";

let runs = 0;

export class XmppKit implements Kit {
  readonly target: Target;
  readonly address: XmppAddress;
  readonly #clients: Pick<XmppClient, "end">[] = [];
  readonly #run = `${process.pid.toString(36)}${(++runs).toString(36)}`;
  #names = 0;

  constructor(target: Target, address: XmppAddress) {
    this.target = target;
    this.address = address;
  }

  get domain(): string {
    return this.address.domain;
  }

  /** Of the component that the server is configured for; NotOffered without one. */
  get componentAddress(): ComponentAddress {
    const address = this.target.component;
    if (address === undefined) throw new NotOffered("no component is configured (--component …)");
    return address;
  }

  get overBosh(): boolean {
    return this.address.url.startsWith("http");
  }

  credentials(index: number): Login {
    return this.target.logins[index]!;
  }

  bare(index: number): string {
    return `${this.credentials(index).user}@${this.domain}`;
  }

  /** A word no other check says. */
  word(): string {
    return `w${this.#run}x${++this.#names}`;
  }

  room(): string {
    return `${this.word()}@${this.address.rooms ?? `rooms.${this.domain}`}`;
  }

  /** A WebSocket on which nothing was said. */
  async socket(): Promise<XmppClient> {
    const client = await openXmpp(this.address.url);
    this.#clients.push(client);
    return client;
  }

  /** A stream that is open, and not authenticated. */
  async stream(): Promise<XmppClient> {
    const client = await this.socket();
    await client.open(this.domain);
    return client;
  }

  /** The same, in TLS where that can be had on the way. */
  async secured(from?: string): Promise<XmppClient> {
    const client = await this.socket();
    await client.open(this.domain, from);
    if (!client.overTcp || client.features.child("starttls", ns.tls) === undefined) return client;
    await client.startTls(this.domain, from);
    return client;
  }

  /** An authenticated stream without a resource. */
  async authenticated(index = 0): Promise<XmppClient> {
    const client = await this.socket();
    await client.login(this.domain, this.credentials(index));
    return client;
  }

  /** A bound session that has said nothing yet. */
  async bound(index = 0, resource = this.word()): Promise<XmppClient> {
    const client = await this.authenticated(index);
    await client.bind(resource);
    if (client.jid === "") throw new Error("no resource was bound");
    return client;
  }

  /** An available session, with or without a priority. */
  async available(index = 0, priority?: number): Promise<XmppClient> {
    const client = await this.bound(index);
    client.send(
      `<presence xmlns="jabber:client">${priority === undefined ? "" : `<priority>${priority}</priority>`}</presence>`,
    );
    await client.presence(client.jid);
    return client;
  }

  /** Romeo and Juliet: available sessions of the first two accounts. */
  async couple(): Promise<[romeo: XmppClient, juliet: XmppClient]> {
    return [await this.available(0), await this.available(1)];
  }

  /** Whatever the one said before has come to the other. */
  async settled(from: XmppClient, to: XmppClient): Promise<void> {
    const marker = this.word();
    from.send(`<message xmlns="jabber:client" type="chat" to="${to.jid}"><body>${marker}</body></message>`);
    await to.message(marker);
  }

  /** A component's connection on which nothing was said. */
  async unproven(): Promise<ComponentClient> {
    const component = await ComponentClient.connect(this.componentAddress.url);
    this.#clients.push(component);
    return component;
  }

  /** The component that the server is configured for, connected. */
  async component(): Promise<ComponentClient> {
    for (let tries = 0; ; tries++) {
      const component = await this.unproven();
      const { domain, secret } = this.componentAddress;
      const id = (await component.open(domain)).attributes["id"] ?? "";
      const answer = await component.handshake(id, secret).catch((error: Error) => error);
      if (!(answer instanceof Error) && answer.is("handshake")) return component;
      // The one before may not be quite gone.
      if (tries === 20) throw new Error(`the component was refused: ${String(answer)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Makes both see each other's presence, whatever was before. */
  async befriend(one: XmppClient, two: XmppClient): Promise<void> {
    const say = (from: XmppClient, to: XmppClient, type: string): void =>
      from.send(`<presence xmlns="jabber:client" to="${to.bare}" type="${type}"/>`);
    for (const [asker, owner] of [
      [one, two],
      [two, one],
    ] as const) {
      if (await subscribed(asker, owner.bare)) continue;
      say(asker, owner, "subscribe");
      // Not every server keeps an answer for the question (RFC 6121 §3.4), and one that was asked before may not ask again.
      await owner.take("a request", (xml) => isRequest(xml, asker.bare), requestMs).catch(() => {});
      for (let tries = 0; tries === 0 || !(await subscribed(asker, owner.bare)); tries++) {
        if (tries > 50) throw new Error(`the subscription of ${asker.bare} was never granted`);
        say(owner, asker, "subscribed");
        await owner.ping();
      }
    }
  }

  /** Removes each from the other's roster, and thereby every subscription (RFC 6121 §2.5). */
  async estrange(one: XmppClient, two: XmppClient): Promise<void> {
    for (const [owner, other] of [
      [one, two],
      [two, one],
    ] as const) {
      await owner.iq(
        "set",
        `<query xmlns="${ns.roster}"><item jid="${escape(other.bare)}" subscription="remove"/></query>`,
      );
    }
  }

  /** Enters the room and takes the own presence; an instant room is opened for others (XEP-0045 §10.1.2). */
  async enter(client: XmppClient, room: string, nick: string, extra = ""): Promise<void> {
    client.send(
      `<presence xmlns="jabber:client" to="${room}/${escape(nick)}"><x xmlns="${ns.muc}">${extra}</x></presence>`,
    );
    const own = await client.presence(`${room}/${nick}`);
    const created = own
      .child("x", ns.mucUser)
      ?.elements.some((child) => child.is("status") && child.attributes["code"] === "201");
    if (created === true)
      await client.iq("set", `<query xmlns="${ns.mucOwner}"><x xmlns="jabber:x:data" type="submit"/></query>`, room);
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.end()));
  }
}

/** For a server to show a request for a subscription. */
const requestMs = 1_000;

function isRequest(xml: Xml, from: string): boolean {
  return xml.is("presence") && xml.attributes["type"] === "subscribe" && xml.attributes["from"] === from;
}

async function subscribed(asker: XmppClient, to: string): Promise<boolean> {
  const roster = (await asker.iq("get", `<query xmlns="${ns.roster}"/>`)).child("query");
  const item = roster?.elements.find((entry) => entry.attributes["jid"] === to);
  return ["to", "both"].includes(item?.attributes["subscription"] ?? "");
}
