// The wire of XMPP over BOSH (XEP-0206): as many requests as the server allows, one of them held open while nothing is said.
import { within } from "./arrivals.ts";
import { BoshSession, type BoshAnswer } from "./bosh.ts";
import { Xml } from "./xml.ts";
import { ns } from "./xmpp-namespaces.ts";
import type { XmppWire, XmppWireEvents } from "./xmpp-wire.ts";

const header = new Xml("start of stream", ns.httpBind, {});
const footer = new Xml("end of stream", ns.httpBind, {});

export function openBosh(url: string): (events: XmppWireEvents) => XmppWire {
  return (events) => new BoshWire(new BoshSession(url), events);
}

const buryingMs = 1_000;

/** For the answers that are due before the one that ends the session. */
const outstandingMs = 300;

interface Turn {
  readonly attributes: string;
  readonly payloads: string[];
}

class BoshWire implements XmppWire {
  readonly subprotocol = "";
  open = true;
  readonly #session: BoshSession;
  readonly #events: XmppWireEvents;
  /** To be sent, in this order. */
  readonly #turns: Turn[] = [];
  /** Answers are read in the order of their requests (XEP-0124 §14.2). */
  #reading: Promise<void> = Promise.resolve();
  #waiting = 0;
  #requests = 1;
  #begun = false;
  #pumping = false;
  /** Cut and not ended. */
  #left = false;

  constructor(session: BoshSession, events: XmppWireEvents) {
    this.#session = session;
    this.#events = events;
  }

  send(frame: string | Buffer): void {
    const last = this.#turns.at(-1);
    if (last?.attributes === "") last.payloads.push(String(frame));
    else this.#turns.push({ attributes: "", payloads: [String(frame)] });
    this.#pumpSoon();
  }

  openStream(domain: string, from?: string): void {
    const says = from === undefined ? "" : ` from='${from}'`;
    if (this.#begun) {
      // XEP-0206 §5: the body of a restart is empty.
      this.#turns.push({ attributes: `to='${domain}'${says} xmpp:restart='true'`, payloads: [] });
      this.#pumpSoon();
      return this.#events.element(header);
    }
    this.#begun = true;
    this.#waiting++;
    this.#read(this.#session.create(domain, `hold='1' wait='60'${says}`), ({ attributes }) => {
      this.#requests = Number(attributes["requests"] ?? 2);
      this.#events.element(header);
    });
  }

  isHeader(xml: Xml): boolean {
    return xml === header;
  }

  closeStream(): void {
    this.#turns.push({ attributes: "type='terminate'", payloads: [] });
    this.#pumpSoon();
  }

  isFooter(xml: Xml): boolean {
    return xml === footer;
  }

  drop(): void {
    this.#left ||= this.open && this.#session.sid !== "";
    this.#session.cut();
    this.#close();
  }

  async bury(): Promise<void> {
    if (!this.#left) return;
    this.#left = false;
    await within(this.#session.request("type='terminate'"), buryingMs, "the session did not end").catch(() => {});
    this.#session.cut();
  }

  #pumpSoon(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    setImmediate(() => {
      this.#pumping = false;
      this.#pump();
    });
  }

  #pump(): void {
    while (this.open && this.#session.sid !== "") {
      const next = this.#turns[0];
      // §11: one more for the end.
      const allowed = this.#requests + (next?.attributes.startsWith("type") === true ? 1 : 0);
      if (next === undefined ? this.#waiting > 0 : this.#waiting >= allowed) return;
      this.#turns.shift();
      this.#waiting++;
      this.#read(this.#session.request(next?.attributes, next?.payloads.join("")));
    }
  }

  #read(answer: Promise<BoshAnswer>, first?: (body: Xml) => void): void {
    answer.then(
      ({ body }) => body.attributes["type"] === "terminate" && this.#endSoon(() => this.#take(body)),
      (error: Error) => this.#endSoon(() => this.#fail(error)),
    );
    this.#reading = this.#reading.then(async () => {
      try {
        const { body } = await answer;
        // What is answered behind the end says the same again.
        if (!this.open) return;
        this.#waiting--;
        first?.(body);
        this.#take(body);
        this.#pumpSoon();
      } catch (error) {
        if (this.open) this.#fail(error as Error);
      }
    });
  }

  /** What ends the session ends it though an answer before it never comes (XEP-0124 §17.2). */
  #endSoon(end: () => void): void {
    setTimeout(() => this.open && end(), outstandingMs);
  }

  #fail(error: Error): void {
    this.#events.broken(`a BOSH request failed: ${error.message}`);
    this.#close();
  }

  #take(body: Xml): void {
    const { type, condition } = body.attributes;
    const payloads = body.elements.map(asStanza);
    if (type !== "terminate") return payloads.forEach((each) => this.#events.element(each));
    if (condition !== undefined) this.#events.element(errorOf(condition, payloads));
    else payloads.forEach((each) => this.#events.element(each));
    this.#events.element(footer);
    this.#session.cut();
    this.#close();
  }

  #close(): void {
    if (!this.open) return;
    this.open = false;
    this.#events.closed(0);
  }
}

/** XEP-0206 §2: many take the client namespace for a part of BOSH's. */
function asStanza(xml: Xml): Xml {
  if (xml.xmlns !== ns.httpBind) return xml;
  const same = new Xml(xml.name, ns.client, xml.attributes);
  same.children.push(...xml.children.map((child) => (typeof child === "string" ? child : asStanza(child))));
  return same;
}

/** XEP-0206 §6; a condition of BOSH's own stands in BOSH's namespace. */
function errorOf(condition: string, payloads: readonly Xml[]): Xml {
  const given = payloads.find((each) => each.is("error", ns.streams));
  if (given !== undefined) return given;
  const error = new Xml("error", ns.streams, {});
  if (condition === "remote-stream-error") error.children.push(...payloads);
  else error.children.push(new Xml(condition, ns.httpBind, {}));
  return error;
}
