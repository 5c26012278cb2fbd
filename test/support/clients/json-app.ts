// The bare WebSocket script as an app: what it lacks is only memory of what was sent and not yet answered.
import { AppState, type App, type AppOptions, type Heard, type Target } from "./app.ts";
import { openChat } from "./bare-json.ts";

type Chat = ReturnType<typeof openChat>;

interface Unanswered {
  readonly command: object;
  readonly stored: () => void;
  readonly refused: (error: Error) => void;
}

export class JsonApp extends AppState implements App {
  readonly protocol = "json";
  #chat: Chat | undefined;
  readonly #unanswered = new Set<Unanswered>();

  constructor(options: AppOptions) {
    super(options);
  }

  async connect(): Promise<void> {
    const { user, password, device } = this;
    const welcome = new Promise<Record<string, unknown>>((resolve) => {
      this.#chat = openChat(this.server.webSocket("/ws"), { user, password, device }, (event) => {
        if (event.re !== undefined) resolve(event);
        else this.#hear(event);
      });
    });
    const { socket } = this.#chat!;
    socket.on("error", () => {}); // "close" follows, and is what we look at
    this.broken = new Promise((resolve) => socket.once("close", resolve));
    const reply = await this.unlessBroken(welcome);
    if (reply["error"] !== undefined) throw new Error(`refused: ${JSON.stringify(reply["error"])}`);
    for (const one of this.#unanswered) this.#submit(one);
  }

  async join(room: string): Promise<void> {
    await this.ask({ type: "join", c: `room:${room}` });
  }

  send(target: Target, body: string, originId: string): Promise<void> {
    const where = "user" in target ? { to: target.user } : { c: `room:${target.room}` };
    return new Promise((resolve, reject) => {
      const one: Unanswered = {
        command: { type: "send", ...where, cid: originId, body },
        stored: () => {
          this.#unanswered.delete(one);
          resolve();
        },
        refused: reject,
      };
      this.#unanswered.add(one);
      this.#submit(one);
    });
  }

  async markRead(message: Heard): Promise<void> {
    const c = message.room === undefined ? directOf(this.user, message.from) : `room:${message.room}`;
    this.#chat!.socket.send(JSON.stringify({ type: "ack", c, s: message.seq, mark: "read" }));
  }

  async prove(): Promise<void> {
    await this.ask({ type: "ping" });
  }

  async disconnect(): Promise<void> {
    this.#chat!.socket.close(1000);
    await this.broken;
  }

  cut(): void {
    this.#chat!.socket.terminate();
  }

  /** Any command and its reply, for what no other app can do. */
  async ask(command: object): Promise<Record<string, any>> {
    const reply = await this.unlessBroken(this.#chat!.ask(command));
    if (reply.error !== undefined) throw new Error(`refused: ${JSON.stringify(reply.error)}`);
    return reply;
  }

  #submit(one: Unanswered): void {
    const { socket, ask } = this.#chat!;
    if (socket.readyState !== socket.OPEN) return; // connect submits it
    void ask(one.command).then((reply) => {
      if (reply.error === undefined) return one.stored();
      if (reply.error.retryable !== true) one.refused(new Error(JSON.stringify(reply.error)));
    });
  }

  #hear(event: any): void {
    if (event.type === "receipt" && event.user !== this.user) {
      this.seen.add({ mark: event.mark, by: event.user, seq: event.s });
    }
    if (event.type !== "message") return;
    this.acknowledged.push(event.mid); // the script acknowledges at once
    if (event.from === this.user) return;
    const room = event.c.startsWith("room:") ? event.c.slice("room:".length) : undefined;
    const { from, body, mid, s: seq } = event;
    this.heard.add({ from, room, body, mid, seq, marked: event.redelivered === true });
  }
}

export function directOf(one: string, other: string): string {
  return one < other ? `dm:${one}:${other}` : `dm:${other}:${one}`;
}
