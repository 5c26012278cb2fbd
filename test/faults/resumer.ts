// A client that keeps the books of XEP-0198 strictly, and knows nothing else: it counts, it resumes, it sends again what was
// not counted, and it has no other way to tell what arrived.
import assert from "node:assert/strict";
import { openTcp } from "../../conformance/clients/xmpp-tcp.ts";
import { openWebSocket, type XmppWire } from "../../conformance/clients/xmpp-wire.ts";
import { plain } from "../../conformance/clients/sasl.ts";
import { ns } from "../../conformance/clients/xmpp-namespaces.ts";
import type { Xml } from "../../conformance/clients/xml.ts";

const modulus = 2 ** 32;
const patienceMs = 20_000;

export interface ResumerOptions {
  readonly user: string;
  readonly password: string;
  /** `xmpp://…` or `ws://…`. */
  readonly url: string;
}

export class Resumer {
  readonly user: string;
  /** Bodies, in the order they came: `ann>crowd 7`. */
  readonly heard: string[] = [];
  readonly #options: ResumerOptions;
  #wire: XmppWire | undefined;
  #id = "";
  /** Sent, and not acknowledged. */
  #unacked: string[] = [];
  /** Stanzas of ours that the server has acknowledged, and its own that we have got. */
  #acked = 0;
  #handled = 0;
  #counting = false;
  #online = false;
  #look: ((xml: Xml | undefined) => void) | undefined;
  #lost: (() => void) | undefined;
  resumed = 0;
  /** Connections that broke before their stream was resumed. */
  brokenEarly = 0;

  constructor(options: ResumerOptions) {
    this.#options = options;
    this.user = options.user;
  }

  get unacked(): number {
    return this.#unacked.length;
  }

  get online(): boolean {
    return this.#online;
  }

  /** All stanzas sent since stream management was enabled, modulo 2^32. */
  get sent(): number {
    return (this.#acked + this.#unacked.length) % modulus;
  }

  async connect(room: string): Promise<void> {
    await this.#authenticate();
    this.#wire!.send(
      `<iq xmlns="${ns.client}" type="set" id="b"><bind xmlns="${ns.bind}"><resource>cut</resource></bind></iq>`,
    );
    await this.#next((xml) => xml.attributes["id"] === "b");
    this.#wire!.send(`<enable xmlns="${ns.sm}" resume="true"/>`);
    this.#id = (await this.#next((xml) => xml.is("enabled", ns.sm))).attributes["id"]!;
    this.#online = true;
    this.#stanza(`<presence xmlns="${ns.client}"/>`);
    const joined = this.#next((xml) => xml.is("message") && xml.child("subject") !== undefined);
    this.#stanza(
      `<presence xmlns="${ns.client}" to="${room}/${this.user}"><x xmlns="${ns.muc}"><history maxstanzas="0"/></x></presence>`,
    );
    await joined;
  }

  say(type: "chat" | "groupchat", to: string, body: string): void {
    this.#stanza(`<message xmlns="${ns.client}" type="${type}" to="${to}"><body>${body}</body></message>`);
    if (!this.#online) return;
    if (Math.random() < 0.2) this.#wire!.send(`<r xmlns="${ns.sm}"/>`);
    if (Math.random() < 0.1) this.#acknowledgeTheirs(); // unasked, as XEP-0198 §4 allows
  }

  /** Resolves when the connection is gone. */
  lost(): Promise<void> {
    return this.#online ? new Promise((resolve) => (this.#lost = resolve)) : Promise.resolve();
  }

  /** Goes on where it was; rejects when the connection breaks before it does. */
  async resume(): Promise<void> {
    try {
      await this.#authenticate();
      this.#wire!.send(`<resume xmlns="${ns.sm}" previd="${this.#id}" h="${this.#handled}"/>`);
      const answer = await this.#next((xml) => xml.is("resumed", ns.sm) || xml.is("failed", ns.sm));
      assert.ok(answer.is("resumed"), `${this.user} was refused: ${answer.toString()}`);
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      this.brokenEarly++;
      throw new Broken((error as Error).message, { cause: error });
    }
    this.resumed++;
  }

  /** What the server says that it has handled. */
  async counted(): Promise<number> {
    const answer = this.#next((xml) => xml.is("a", ns.sm));
    this.#wire!.send(`<r xmlns="${ns.sm}"/>`);
    return Number((await answer).attributes["h"]);
  }

  async close(): Promise<void> {
    this.#acknowledgeTheirs();
    const wire = this.#wire!;
    const closed = this.#next((xml) => wire.isFooter(xml));
    wire.closeStream();
    await closed;
    wire.drop();
  }

  #stanza(xml: string): void {
    this.#unacked.push(xml);
    if (this.#online) this.#wire!.send(xml);
  }

  async #authenticate(): Promise<void> {
    const { url, user, password } = this.#options;
    const open = await (url.startsWith("ws") ? openWebSocket(url) : openTcp(url));
    const wire: XmppWire = open({
      element: (xml) => wire === this.#wire && this.#take(xml),
      broken: () => this.#gone(wire),
      closed: () => this.#gone(wire),
    });
    this.#wire = wire;
    const features = (): Promise<Xml> => this.#next((xml) => xml.is("features", ns.streams));
    wire.openStream("localhost");
    await features();
    wire.send(`<auth xmlns="${ns.sasl}" mechanism="PLAIN">${plain({ user, password })}</auth>`);
    await this.#next((xml) => xml.is("success", ns.sasl));
    wire.openStream("localhost");
    await features();
  }

  #take(xml: Xml): void {
    if (xml.is("enabled", ns.sm)) this.#counting = true;
    else if (xml.is("resumed", ns.sm)) this.#goOn(Number(xml.attributes["h"]));
    else if (xml.is("r", ns.sm)) this.#acknowledgeTheirs();
    else if (xml.is("a", ns.sm)) this.#acknowledged(Number(xml.attributes["h"]));
    else if (this.#counting && xml.xmlns === ns.client) {
      this.#handled = (this.#handled + 1) % modulus;
      const body = xml.is("message") ? xml.childText("body") : undefined;
      if (xml.attributes["type"] === "error") throw new Error(`${this.user} got an error: ${xml.toString()}`);
      if (body !== undefined) this.heard.push(body);
    }
    this.#look?.(xml);
  }

  #goOn(h: number): void {
    this.#acknowledged(h);
    for (const stanza of this.#unacked) this.#wire!.send(stanza);
    this.#counting = true;
    this.#online = true;
  }

  #acknowledgeTheirs(): void {
    if (this.#online) this.#wire!.send(`<a xmlns="${ns.sm}" h="${this.#handled}"/>`);
  }

  #acknowledged(h: number): void {
    const count = (h - this.#acked + modulus) % modulus;
    assert.ok(count <= this.#unacked.length, `h=${h} after ${this.#acked}, with ${this.#unacked.length} sent since`);
    this.#unacked = this.#unacked.slice(count);
    this.#acked = h;
  }

  #gone(wire: XmppWire): void {
    if (wire !== this.#wire) return;
    this.#wire = undefined;
    this.#online = this.#counting = false;
    this.#look?.(undefined);
    this.#lost?.();
    wire.drop();
  }

  #next(fits: (xml: Xml) => boolean): Promise<Xml> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(
        () => reject(new assert.AssertionError({ message: `${this.user} waits too long` })),
        patienceMs,
      );
      const done = (end: () => void): void => {
        clearTimeout(late);
        this.#look = undefined;
        end();
      };
      if (this.#wire === undefined) return done(() => reject(new Error("the connection broke")));
      this.#look = (xml) => {
        if (xml === undefined) done(() => reject(new Error("the connection broke")));
        else if (fits(xml)) done(() => resolve(xml));
      };
    });
  }
}

/** The connection broke before the stream was resumed. */
export class Broken extends Error {}
