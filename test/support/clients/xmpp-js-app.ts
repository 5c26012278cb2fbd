// An app on @xmpp/client, with stream management as the library does it.
import { createHash } from "node:crypto";
import { client, xml, type Element, type XmppClient } from "@xmpp/client";
import { WebSocket } from "ws";
import { AppState, type App, type AppOptions, type Heard, type Target } from "./app.ts";
import { AckedByCount, domain, ns, roomsDomain } from "./xmpp-words.ts";

// The library wants the platform's WebSocket, which Node has only from version 22 on.
(globalThis as { WebSocket?: unknown }).WebSocket ??= WebSocket;

interface Unacknowledged {
  readonly stanza: () => Element;
  readonly stored: () => void;
}

export class XmppJsApp extends AppState implements App {
  readonly protocol = "xmpp";
  readonly #xmpp: XmppClient;
  readonly #rooms = new Set<string>();
  readonly #unacknowledged = new Map<string, Unacknowledged>();
  readonly #unwritten = new Set<string>();
  /** Told when a stream is ready: whether it goes on with an old session. */
  #begun: (resumed: boolean) => void = () => {};
  readonly #counted = new AckedByCount((mid) => this.acknowledged.push(mid));

  /** By default as the library chooses, which is SCRAM-SHA-1. */
  constructor(options: AppOptions & { readonly mechanism?: "PLAIN" }) {
    super(options);
    const { user: username, password } = this;
    const { mechanism } = options;
    // Which client this is, each time it comes back (XEP-0388): its resource stays the same.
    const agent = xml("user-agent", { id: uuidOf(`${username} ${this.device}`) });
    this.#xmpp = client({
      userAgent: agent,
      service: this.server.webSocket("/xmpp-websocket"),
      domain,
      resource: this.device,
      username,
      password,
      ...(mechanism && { credentials: (login) => login({ username, password }, mechanism, agent) }),
    });
    this.#xmpp.reconnect.stop(); // the test says when
    this.#xmpp.streamManagement.requestAckDebounce = 5;
    this.#xmpp.on("error", () => {}); // whoever waits for something sees that it does not come
    this.#xmpp.on("online", () => {
      // Bind 2 begins stream management, too (XEP-0386).
      this.#counted.start();
      this.#begun(false);
    });
    this.#xmpp.on("stanza", (stanza: Element) => this.#hear(stanza));
    this.#xmpp.on("send", (element: Element) => {
      if (element.is("a", ns.management)) this.#counted.acknowledge(Number(element.attrs["h"]));
    });
    this.#xmpp.streamManagement.on("resumed", () => this.#begun(true));
    this.#xmpp.streamManagement.on("ack", (stanza: Element) => {
      const originId = stanza.attrs["id"] ?? "";
      this.#unacknowledged.get(originId)?.stored();
      this.#unacknowledged.delete(originId);
    });
  }

  async connect(): Promise<void> {
    const xmpp = this.#xmpp;
    await this.broken; // the library knows of a cut socket only a while later
    this.broken = new Promise((resolve) => xmpp.once("disconnect", resolve));
    const begun = new Promise<boolean>((resolve) => (this.#begun = resolve));
    const asked = xmpp.status === "offline" ? xmpp.start() : xmpp.reconnect.reconnect();
    asked.catch(() => {});
    const old = await this.unlessBroken(begun);
    if (old) {
      // The library sends again what it wrote and saw no acknowledgement of; what it could not write is ours.
      for (const originId of this.#unwritten) await this.#write(originId);
      return;
    }
    await xmpp.send(xml("presence"));
    for (const room of this.#rooms) await this.join(room);
    for (const originId of this.#unacknowledged.keys()) await this.#write(originId);
  }

  async join(room: string): Promise<void> {
    this.#rooms.add(room);
    const inside = new Promise<void>((resolve, reject) => {
      const look = (stanza: Element): void => {
        if (!stanza.is("presence") || !stanza.attrs["from"]?.startsWith(`${room}@`)) return;
        const self = stanza
          .getChild("x", ns.mucUser)
          ?.getChildren("status")
          .some((status) => status.attrs["code"] === "110");
        if (self !== true && stanza.attrs["type"] !== "error") return;
        this.#xmpp.off("stanza", look);
        if (self === true) resolve();
        else reject(new Error(`cannot join ${room}: ${String(stanza)}`));
      };
      this.#xmpp.on("stanza", look);
    });
    const to = `${room}@${roomsDomain}/${this.user}`;
    await this.#xmpp.send(xml("presence", { to }, xml("x", { xmlns: ns.muc })));
    await this.unlessBroken(inside);
  }

  send(target: Target, body: string, originId: string): Promise<void> {
    const address =
      "user" in target
        ? { to: `${target.user}@${domain}`, type: "chat" }
        : { to: `${target.room}@${roomsDomain}`, type: "groupchat" };
    const stanza = (): Element =>
      xml(
        "message",
        { ...address, id: originId },
        xml("body", {}, body),
        xml("origin-id", { xmlns: ns.ids, id: originId }),
        xml("request", { xmlns: ns.receipts }),
        xml("markable", { xmlns: ns.markers }),
      );
    return new Promise((stored) => {
      this.#unacknowledged.set(originId, { stanza, stored });
      void this.#write(originId);
    });
  }

  /** Never rejects: without a socket the message waits for `connect`. */
  async #write(originId: string): Promise<void> {
    this.#unwritten.delete(originId);
    const waiting = this.#unacknowledged.get(originId);
    if (waiting === undefined) return;
    await this.#xmpp.send(waiting.stanza()).catch(() => this.#unwritten.add(originId));
  }

  async markRead({ from, room, id }: Heard): Promise<void> {
    const address =
      room === undefined
        ? { to: `${from}@${domain}`, type: "chat" }
        : { to: `${room}@${roomsDomain}`, type: "groupchat" };
    await this.#xmpp.send(xml("message", address, xml("displayed", { xmlns: ns.markers, id })));
  }

  async prove(): Promise<void> {
    const ping = xml("iq", { type: "get" }, xml("ping", { xmlns: ns.ping }));
    await this.unlessBroken(this.#xmpp.iqCaller.request(ping, 10_000));
  }

  async disconnect(): Promise<void> {
    await this.#xmpp.stop();
  }

  cut(): void {
    this.#xmpp.socket?.socket?.terminate();
  }

  #hear(stanza: Element): void {
    const heard = this.#messageIn(stanza);
    this.#counted.stanza(heard?.mid);
    if (!stanza.is("message") || stanza.attrs["type"] === "error") return;
    this.#receiptIn(stanza);
    if (heard === undefined) return;
    if (heard.from !== this.user) this.heard.add(heard);
    // XEP-0184 §5.1: what a client answers that asks for receipts to be honoured.
    const { from, id, type } = stanza.attrs;
    if (type === "groupchat" || stanza.getChild("request", ns.receipts) === undefined) return;
    const received = xml("received", { xmlns: ns.receipts, id });
    this.#xmpp
      .send(xml("message", { to: from, type: "chat" }, received))
      .then(() => this.acknowledged.push(heard.mid))
      .catch(() => {}); // the socket broke: the message will come again
  }

  #messageIn(stanza: Element): Heard | undefined {
    const body = stanza.getChildText("body");
    if (!stanza.is("message") || stanza.attrs["type"] === "error" || body === null) return undefined;
    const [address, resource] = splitAddress(stanza.attrs["from"] ?? "");
    const [name, host] = address.split("@") as [string, string];
    const room = host === roomsDomain ? name : undefined;
    const by = room === undefined ? `${this.user}@${domain}` : address;
    const named = stanza.getChildren("stanza-id", ns.ids).find((one) => one.attrs["by"] === by);
    const id = room === undefined ? stanza.attrs["id"] : (named?.attrs["id"] ?? stanza.attrs["id"]);
    const marked = stanza.getChild("delay", ns.delay) !== undefined;
    const from = room === undefined ? name : resource;
    return { from, room, body, mid: named?.attrs["id"] ?? "", id, marked };
  }

  #receiptIn(stanza: Element): void {
    const by = splitAddress(stanza.attrs["from"] ?? "")[0].split("@")[0]!;
    const received = stanza.getChild("received", ns.receipts);
    if (received) this.seen.add({ mark: "delivered", by, originId: received.attrs["id"] });
    const displayed = stanza.getChild("displayed", ns.markers);
    if (displayed) this.seen.add({ mark: "read", by, originId: displayed.attrs["id"] });
  }
}

function splitAddress(address: string): [bare: string, resource: string] {
  const cut = address.indexOf("/");
  return cut < 0 ? [address, ""] : [address.slice(0, cut), address.slice(cut + 1)];
}

/** A UUID of version 4, always the same for the same name. */
function uuidOf(name: string): string {
  const hex = createHash("sha256").update(name).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
