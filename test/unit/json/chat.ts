// A JSON client for tests: pairs answers with commands, and keeps events until they are asked for.
import { once } from "node:events";
import { WebSocket } from "ws";

export class Chat {
  welcome: any;
  longestFrame = 0;
  readonly closed: Promise<number>;
  readonly #socket: WebSocket;
  readonly #answers: any[] = [];
  readonly #events: any[] = [];
  readonly #asked = new Map<number, (answer: any) => void>();
  readonly #looks: (() => void)[] = [];
  #next = 1000;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = once(socket, "close").then(([code]) => code as number);
    socket.on("message", (frame: Buffer) => this.#heard(frame));
  }

  static async open(port: number): Promise<Chat> {
    const chat = new Chat(new WebSocket(`ws://127.0.0.1:${port}/ws`, "trivium.v1.json"));
    await chat.hears("hello");
    return chat;
  }

  async login(fields: object): Promise<void> {
    this.welcome = await this.ask({ type: "auth", ...fields });
    if (this.welcome.error !== undefined) throw new Error(JSON.stringify(this.welcome.error));
  }

  raw(frame: string | Buffer): void {
    this.#socket.send(frame);
  }

  tell(command: object): void {
    this.raw(JSON.stringify(command));
  }

  ask(command: object): Promise<any> {
    const id = this.#next++;
    return new Promise((resolve) => {
      this.#asked.set(id, resolve);
      this.tell({ id, ...command });
    });
  }

  /** The next answer to a command that was told with an id of the test's own. */
  async answer(): Promise<any> {
    for (;;) {
      const answer = this.#answers.shift();
      if (answer !== undefined) return answer;
      await this.#look();
    }
  }

  /** The next event. */
  async next(): Promise<any> {
    return this.hears(undefined);
  }

  /** The first event of this type that was not taken yet. */
  async hears(type: string | undefined): Promise<any> {
    for (;;) {
      const at = this.#events.findIndex((event) => type === undefined || event.type === type);
      if (at !== -1) return this.#events.splice(at, 1)[0];
      await this.#look();
    }
  }

  /** Resolves when the server has read all that was sent so far: it answers pings of the protocol in order. */
  async arrived(): Promise<void> {
    this.#socket.ping();
    await once(this.#socket, "pong");
  }

  async leave(): Promise<void> {
    this.#socket.close();
    await this.closed;
  }

  #heard(frame: Buffer): void {
    this.longestFrame = Math.max(this.longestFrame, frame.length);
    for (const line of frame.toString().split("\n")) {
      const event = JSON.parse(line);
      if (!("re" in event)) this.#events.push(event);
      else if (this.#asked.has(event.re)) this.#asked.get(event.re)!(event);
      else this.#answers.push(event);
    }
    for (const look of this.#looks.splice(0)) look();
  }

  #look(): Promise<void> {
    return new Promise((resolve) => this.#looks.push(resolve));
  }
}
