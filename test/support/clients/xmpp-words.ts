// What both XMPP apps need of the protocol's words.

export const domain = "localhost";
export const roomsDomain = `rooms.${domain}`;

export const ns = {
  management: "urn:xmpp:sm:3",
  muc: "http://jabber.org/protocol/muc",
  mucUser: "http://jabber.org/protocol/muc#user",
  ids: "urn:xmpp:sid:0",
  receipts: "urn:xmpp:receipts",
  markers: "urn:xmpp:chat-markers:0",
  ping: "urn:xmpp:ping",
  delay: "urn:xmpp:delay",
} as const;

/** Which messages an `<a h="…"/>` acknowledges (XEP-0198 §4): it counts all stanzas since stream management was enabled. */
export class AckedByCount {
  readonly #acknowledged: (name: string) => void;
  #counted = 0;
  #open: { readonly count: number; readonly name: string }[] = [];

  constructor(acknowledged: (name: string) => void) {
    this.#acknowledged = acknowledged;
  }

  /** `from`: so many were counted before, on the stream that is resumed. */
  start(from = 0): void {
    this.#counted = from;
    this.#open = [];
  }

  /** A stanza passed; `name` is that of the message in it, if it is one. */
  stanza(name: string | undefined): void {
    this.#counted++;
    if (name !== undefined && name !== "") this.#open.push({ count: this.#counted, name });
  }

  acknowledge(h: number): void {
    while (this.#open.length > 0 && this.#open[0]!.count <= h) {
      this.#acknowledged(this.#open.shift()!.name);
    }
  }
}
