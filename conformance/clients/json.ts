// A raw client of the JSON dialect: lines in and out, replies paired with commands, and nothing done behind a check's back.
import WebSocket from "ws";
import { Arrivals, patienceMs } from "./arrivals.ts";

/** A line from the server; which fields it has depends on its type. */
// oxlint-disable-next-line typescript/no-explicit-any -- a check names the fields it expects, and fails where they are not
export type Line = Readonly<Record<string, any>>;

export async function openJson(url: string): Promise<JsonClient> {
  const socket = new WebSocket(url, "trivium.v1.json", { perMessageDeflate: false });
  const client = new JsonClient(socket);
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  return client;
}

export class JsonClient {
  readonly #socket: WebSocket;
  readonly #arrivals = new Arrivals<Line>((line) => JSON.stringify(line).slice(0, 200));
  readonly #closed: Promise<number>;
  #ids = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (bytes: Buffer, binary: boolean) => {
      try {
        if (binary) throw new Error("a binary frame");
        for (const line of bytes.toString().split("\n")) this.#arrivals.push(JSON.parse(line) as Line);
      } catch (error) {
        this.#arrivals.end(new Error(`the server sent what is no frame of the dialect: ${(error as Error).message}`));
      }
    });
    socket.on("error", () => {});
    this.#closed = new Promise((resolve) =>
      socket.once("close", (code) => {
        this.#arrivals.end(new Error(`the connection was closed (${code})`));
        resolve(code);
      }),
    );
  }

  get waiting(): readonly Line[] {
    return this.#arrivals.waiting;
  }

  send(frame: string | Buffer): void {
    this.#socket.send(frame);
  }

  tell(command: object): void {
    this.send(JSON.stringify(command));
  }

  /** Sends a command and takes its reply. */
  ask(command: object): Promise<Line> {
    const id = ++this.#ids;
    this.tell({ id, ...command });
    return this.take(`the reply to command ${id}`, (line) => line["re"] === id);
  }

  /** Sends a command that must be refused, and takes the word that says why. */
  async refused(command: object): Promise<string> {
    const reply = await this.ask(command);
    if (reply["error"] === undefined) throw new Error(`accepted: ${JSON.stringify(reply)}`);
    return reply["error"].code as string;
  }

  take(what: string, matches: (line: Line) => boolean, withinMs?: number): Promise<Line> {
    return this.#arrivals.take(what, matches, withinMs);
  }

  event(type: string, matches: (line: Line) => boolean = () => true): Promise<Line> {
    return this.take(`an event “${type}”`, (line) => line["type"] === type && matches(line));
  }

  message(body: string): Promise<Line> {
    return this.event("message", (line) => line["body"] === body);
  }

  /** The close code; fails when the server keeps the connection open. */
  async closed(withinMs = patienceMs): Promise<number> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`the server kept the connection open for ${withinMs} ms`)), withinMs);
    });
    return Promise.race([this.#closed, late]).finally(() => clearTimeout(timer));
  }

  async drop(): Promise<void> {
    this.#socket.terminate();
    await this.#closed;
  }
}
