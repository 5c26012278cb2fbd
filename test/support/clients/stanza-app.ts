// An app on StanzaJS: receipts, markers, resumption and rejoining rooms are the library's own doing.
import { once, type EventEmitter } from "node:events";
import { createClient, type Agent, type AgentEvents } from "stanza";
import type { WebSocket } from "ws";
import { AppState, type App, type AppOptions, type Heard, type Target } from "./app.ts";
import { AckedByCount, domain, roomsDomain } from "./xmpp-words.ts";

type ReceivedMessage = AgentEvents["message"];

interface Unacknowledged {
  readonly submit: () => void;
  readonly stored: () => void;
}

/** The library prints what it meets on every broken socket; here they break by intent. */
const print = console.error;
console.error = (...said: readonly unknown[]): void => {
  const { constructor, code, message } = Object(said[0]) as Partial<Error & { code: string }>;
  const expected =
    constructor?.name === "ErrorEvent" || (code ?? "").startsWith("ERR_STREAM") || message === "Socket closed";
  if (!expected) print(...said);
};

export class StanzaApp extends AppState implements App {
  readonly protocol = "xmpp";
  readonly #agent: Agent;
  readonly #messages = new Map<string, ReceivedMessage>();
  readonly #unacknowledged = new Map<string, Unacknowledged>();
  readonly #failed = new Set<string>();
  /** Told when a stream is ready: whether it goes on with an old session. */
  #begun: (resumed: boolean) => void = () => {};
  readonly #heardCount = new AckedByCount((mid) => this.acknowledged.push(mid));
  /** The library does not tell of the acknowledgement of what it sent again when it resumed. */
  readonly #sentCount = new AckedByCount((id) => {
    this.#unacknowledged.get(id)?.stored();
    this.#unacknowledged.delete(id);
  });

  constructor(options: AppOptions) {
    super(options);
    this.#agent = createClient({
      jid: `${this.user}@${domain}`,
      password: this.password,
      resource: this.device,
      server: domain,
      autoReconnect: false, // the test says when
      transports: { websocket: this.server.webSocket("/xmpp-websocket"), bosh: false },
    });
    const agent = this.#agent;
    agent.on("sm", (sm) => {
      if (sm.type === "enabled") this.#begun(false);
    });
    agent.on("stream:management:resumed", () => this.#begun(true));
    agent.on("message", (message) => this.#hear(message));
    agent.on("message:failed", ({ id }) => this.#failed.add(id ?? ""));
    agent.on("receipt", (message) => this.#see("delivered", message, message.receipt.id));
    agent.on("marker:displayed", (message) => this.#see("read", message, message.marker?.id));
    agent.on("raw:outgoing", (frame) => this.#sent(frame));
    agent.on("raw:incoming", (frame) => this.#came(frame));
  }

  async connect(): Promise<void> {
    const agent = this.#agent;
    await this.broken; // it tells of a broken connection late, and would take a new one for that
    const rooms = [...agent.joinedRooms.keys()];
    this.broken = new Promise((resolve) => agent.once("disconnected", resolve));
    const begun = new Promise<boolean>((resolve) => (this.#begun = resolve));
    const inside = rooms.map((room) => this.#inside(room));
    agent.connect();
    this.#watchSocket();
    const old = await this.unlessBroken(begun);
    if (old) return;
    agent.sendPresence();
    await this.unlessBroken(Promise.all(inside));
    for (const [id, { submit }] of this.#unacknowledged) if (this.#failed.delete(id)) submit();
  }

  async join(room: string): Promise<void> {
    await this.#agent.joinRoom(`${room}@${roomsDomain}`, this.user);
  }

  send(target: Target, body: string, originId: string): Promise<void> {
    const message = {
      ...("user" in target
        ? { to: `${target.user}@${domain}`, type: "chat" as const }
        : { to: `${target.room}@${roomsDomain}`, type: "groupchat" as const }),
      id: originId,
      originId,
      body,
      receipt: { type: "request" as const },
      marker: { type: "markable" as const },
    };
    return new Promise((stored) => {
      const submit = (): void => void this.#agent.sendMessage(message);
      this.#unacknowledged.set(originId, { submit, stored });
      submit();
    });
  }

  async markRead(heard: Heard): Promise<void> {
    this.#agent.markDisplayed(this.#messages.get(heard.mid)!);
  }

  async prove(): Promise<void> {
    await this.unlessBroken(this.#agent.ping());
  }

  async disconnect(): Promise<void> {
    if (!this.#agent.sessionStarted) return;
    // The library answers what it hears by itself, and says on the console when the socket closes before it has.
    await this.#agent.ping().catch(() => {});
    const gone = once(this.#agent, "disconnected");
    this.#agent.disconnect();
    await gone;
  }

  cut(): void {
    this.#socket?.terminate();
  }

  get #socket(): WebSocket | undefined {
    return (this.#agent.transport as unknown as { readonly socket?: WebSocket } | undefined)?.socket;
  }

  /** When it was writing as the socket closed, the library does not notice that it is disconnected. */
  #watchSocket(): void {
    const agent = this.#agent;
    const { transport } = agent;
    this.#socket?.addEventListener("close", () =>
      setTimeout(() => {
        if (agent.transport === transport) (agent as EventEmitter).emit("--transport-disconnected");
      }, 100),
    );
  }

  #inside(room: string): Promise<void> {
    return new Promise((resolve) => {
      const look = (presence: { readonly from: string }): void => {
        if (!presence.from.startsWith(`${room}/`)) return;
        this.#agent.off("muc:join", look);
        resolve();
      };
      this.#agent.on("muc:join", look);
    });
  }

  #hear(message: ReceivedMessage): void {
    const heard = messageIn(message, this.user);
    if (heard === undefined) return;
    this.#messages.set(heard.mid, message);
    if (heard.from !== this.user) this.heard.add(heard);
  }

  #see(mark: "delivered" | "read", { from }: ReceivedMessage, originId: string | undefined): void {
    this.seen.add({ mark, by: from.split("@")[0]!, originId });
  }

  #came(frame: string): void {
    if (frame.startsWith("<enabled ")) this.#heardCount.start();
    if (isStanza(frame)) this.#heardCount.stanza(midIn(frame, this.user));
    const [, name, h] = /^<(a|resumed) [^>]*\bh=["'](\d+)/.exec(frame) ?? [];
    if (h === undefined) return;
    this.#sentCount.acknowledge(Number(h));
    if (name === "resumed") this.#sentCount.start(Number(h));
  }

  #sent(frame: string): void {
    if (frame.startsWith("<enable ")) this.#sentCount.start();
    if (isStanza(frame)) this.#sentCount.stanza(/^<message [^>]*\bid=["']([^"']+)/.exec(frame)?.[1]);
    // What the library says by itself. In a room a receipt acknowledges nothing (XEP-0184 §5.3).
    const handled = /^<a [^>]*\bh=["'](\d+)/.exec(frame)?.[1];
    if (handled !== undefined) this.#heardCount.acknowledge(Number(handled));
    if (!/^<message [^>]*\btype=["']chat["']/.test(frame)) return;
    const received = /<received [^>]*urn:xmpp:receipts[^>]*>/.exec(frame)?.[0];
    const id = /\bid=["']([^"']+)/.exec(received ?? "")?.[1];
    if (id === undefined) return;
    for (const [mid, message] of this.#messages) if (message.id === id) this.acknowledged.push(mid);
  }
}

function isStanza(frame: string): boolean {
  return /^<(message|presence|iq)\b/.test(frame);
}

/** The server's name of a message, read off the wire: the library counts a stanza later than it tells of it. */
function midIn(frame: string, user: string): string | undefined {
  for (const [tag] of frame.matchAll(/<stanza-id [^>]*>/g)) {
    const by = /\bby=["']([^"']+)/.exec(tag)?.[1] ?? "";
    if (by === `${user}@${domain}` || by.endsWith(`@${roomsDomain}`)) return /\bid=["']([^"']+)/.exec(tag)?.[1];
  }
  return undefined;
}

function messageIn(message: ReceivedMessage, user: string): Heard | undefined {
  const { body, type, id } = message;
  if (body === undefined || type === "error") return undefined;
  const [address, resource = ""] = message.from.split("/") as [string, string?];
  const [name, host] = address.split("@") as [string, string];
  const room = host === roomsDomain ? name : undefined;
  const by = room === undefined ? `${user}@${domain}` : address;
  const mid = message.stanzaIds?.find((one) => one.by === by)?.id ?? "";
  const from = room === undefined ? name : resource;
  return { from, room, body, mid, id, marked: message.delay !== undefined };
}
