// An app made of Mosquitto's command line clients: one process listens, one is run for each message sent.
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { AppState, type App, type AppOptions, type Heard, type Target } from "./app.ts";
import { chatPayload, hearChat } from "./mqtt-words.ts";

const run = promisify(execFile);

export class MosquittoApp extends AppState implements App {
  readonly protocol = "mqtt";
  #listener: ChildProcess | undefined;
  readonly #topics = ["chat/dm/+", "chat/receipt/#"];

  constructor(options: AppOptions) {
    super(options);
  }

  async connect(): Promise<void> {
    const topics = this.#topics.flatMap((topic) => ["-t", topic]);
    // Line-buffered, or what it prints to a pipe waits in its buffer.
    const args = [
      "-oL",
      "mosquitto_sub",
      ...this.#login(this.device),
      "-c",
      "-q",
      "1",
      ...topics,
      "-d",
      "-F",
      "heard %t %p",
    ];
    const child = spawn("stdbuf", args, { stdio: ["ignore", "pipe", "inherit"] });
    this.#listener = child;
    const subscribed = new Promise<void>((resolve, reject) => {
      let marked = false;
      createInterface({ input: child.stdout }).on("line", (line) => {
        const dup = /received PUBLISH \(d([01])/.exec(line)?.[1];
        if (dup !== undefined) marked = dup === "1";
        else if (line.startsWith("heard ")) this.#hear(line.slice("heard ".length), marked);
        else if (line.startsWith("Subscribed")) resolve();
      });
      child.once("error", reject);
      child.once("close", (code) => reject(new Error(`mosquitto_sub ended with ${code}`)));
    });
    await subscribed;
  }

  async join(room: string): Promise<void> {
    this.#topics.push(`chat/room/${room}`);
    if (this.#listener === undefined) return;
    await this.disconnect();
    await this.connect();
  }

  async send(target: Target, body: string, originId: string): Promise<void> {
    const topic = "user" in target ? `chat/dm/${target.user}` : `chat/room/${target.room}`;
    await this.#publish(topic, body, ["-V", "5", "-D", "PUBLISH", "user-property", "origin-id", originId]);
  }

  async markRead({ from, room, seq }: Heard): Promise<void> {
    const topic = room === undefined ? `chat/receipt/dm/${from}` : `chat/receipt/room/${room}`;
    await this.#publish(topic, chatPayload({ s: seq, mark: "read" }), []);
  }

  prove(): Promise<void> {
    return Promise.reject(new Error("mosquitto_sub cannot ping when asked"));
  }

  async disconnect(): Promise<void> {
    await this.#end("SIGINT"); // it says DISCONNECT
  }

  cut(): void {
    void this.#end("SIGKILL");
  }

  /** Exits with 0 only once the PUBACK is there. */
  async #publish(topic: string, payload: string, more: readonly string[]): Promise<void> {
    const { stderr } = await run("mosquitto_pub", [
      ...this.#login(`${this.device}-out`),
      "-q",
      "1",
      "-t",
      topic,
      "-m",
      payload,
      ...more,
    ]);
    if (stderr !== "") throw new Error(`mosquitto_pub: ${stderr}`);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#listener;
    this.#listener = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const closed = once(child, "close");
    child.kill(signal);
    await closed;
  }

  #login(clientId: string): string[] {
    return ["-h", "127.0.0.1", "-p", String(this.server.mqtt), "-u", this.user, "-P", this.password, "-i", clientId];
  }

  #hear(line: string, marked: boolean): void {
    const cut = line.indexOf(" ");
    const payload = Buffer.from(line.slice(cut + 1));
    const { heard, seen } = hearChat(line.slice(0, cut), payload, this.user, marked);
    if (heard !== undefined) this.acknowledged.push(heard.mid);
    if (heard !== undefined && heard.from !== this.user) this.heard.add(heard);
    if (seen !== undefined && seen.by !== this.user) this.seen.add(seen);
  }
}
