// Debian's python3-paho-mqtt, in a process of its own.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Journal } from "../journal.ts";
import type { Arrival, Connect, Device, PublishOptions } from "./device.ts";

const program = fileURLToPath(new URL("../../../../test/support/devices/paho_device.py", import.meta.url));

interface Told {
  readonly event: "connected" | "message" | "begun" | "done" | "disconnected";
  readonly code?: number;
  readonly present?: boolean;
  readonly mid?: number;
}

export const paho: Connect = async (options) => {
  // The packaged library belongs to the packaged Python, not to another that may come first in the path.
  const child = spawn("/usr/bin/python3", [program], { stdio: ["pipe", "pipe", "pipe"] });
  const device = new Paho(child);
  child.stdin.write(`${JSON.stringify({ lasting: false, ...options })}\n`);
  const { code, present } = await device.told.find("connected", ({ event }) => event === "connected", 15_000);
  if (code !== 0) throw new Error(`refused with ${code}`);
  device.sessionPresent = present === true;
  return device;
};

class Paho implements Device {
  readonly arrivals = new Journal<Arrival>("arrivals at Paho");
  readonly told = new Journal<Told>("what Paho told");
  sessionPresent = false;
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #begun = 0;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#closed = once(child, "close");
    createInterface({ input: child.stdout! }).on("line", (line) => {
      const told = JSON.parse(line) as Told & Arrival;
      if (told.event !== "message") return this.told.add(told);
      const { topic, payload, qos, retain, properties } = told;
      this.arrivals.add({ topic, payload, qos, retain, properties });
    });
    let errors = "";
    child.stderr!.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    child.once("close", (code) => {
      if (code !== 0 && code !== null) console.error(`Paho ended with ${code}:\n${errors}`);
    });
  }

  subscribe(filter: string, qos: 0 | 1 | 2): Promise<void> {
    return this.#finish({ do: "subscribe", filter, qos });
  }

  publish(topic: string, payload: string, { qos, retain = false, properties }: PublishOptions): Promise<void> {
    return this.#finish({ do: "publish", topic, payload, qos, retain, properties });
  }

  async disconnect(): Promise<void> {
    this.#tell({ do: "disconnect" });
    await this.told.find("disconnected", ({ event }) => event === "disconnected");
    await this.cut();
  }

  async cut(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#closed;
  }

  async #finish(command: object): Promise<void> {
    const turn = this.#begun++;
    this.#tell(command);
    const begun = await this.told.find("begun", (told) => told.event === "begun" && this.#turnOf(told) === turn);
    await this.told.find("done", ({ event, mid }) => event === "done" && mid === begun.mid);
  }

  #turnOf(told: Told): number {
    return this.told.entries.filter(({ event }) => event === "begun").indexOf(told);
  }

  #tell(command: object): void {
    this.#child.stdin!.write(`${JSON.stringify(command)}\n`);
  }
}
