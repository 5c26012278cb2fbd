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

/** Which messages an `<a h="…"/>` of ours has acknowledged (XEP-0198 §4): it counts all stanzas since `<enabled/>`. */
export class AckedByCount {
  readonly #acknowledged: (mid: string) => void;
  #counted = 0;
  #open: { readonly count: number; readonly mid: string }[] = [];

  constructor(acknowledged: (mid: string) => void) {
    this.#acknowledged = acknowledged;
  }

  start(): void {
    this.#counted = 0;
    this.#open = [];
  }

  /** A stanza came; `mid` names the message in it, if it is one. */
  stanza(mid: string | undefined): void {
    this.#counted++;
    if (mid !== undefined && mid !== "") this.#open.push({ count: this.#counted, mid });
  }

  acknowledge(h: number): void {
    while (this.#open.length > 0 && this.#open[0]!.count <= h) {
      this.#acknowledged(this.#open.shift()!.mid);
    }
  }
}
