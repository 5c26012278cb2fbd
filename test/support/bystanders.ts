// Three well-behaved clients, one a protocol, that talk in a circle while others misbehave.
import { setTimeout as pause } from "node:timers/promises";
import type { App, Protocol } from "./clients/app.ts";
import { clientsOf } from "./clients/clients.ts";
import type { Server } from "./server.ts";

const protocols: readonly Protocol[] = ["xmpp", "mqtt", "json"];

export const bystanderNames = protocols.map((protocol) => `by-${protocol}`);

export class Bystanders {
  readonly #apps: readonly App[];
  #talking: Promise<void> = Promise.resolve();
  readonly #pauseMs: number;
  readonly #patienceMs: number;
  /** What others before them on this server have said is not theirs. */
  readonly #run = Date.now().toString(36);
  #stopped = false;
  #said = 0;
  /** The longest that a message took from one to the next, milliseconds. */
  slowestMs = 0;
  /** Messages that went from one to the next. */
  arrived = 0;

  constructor(server: Server, { pauseMs = 20, patienceMs = 10_000 } = {}) {
    this.#pauseMs = pauseMs;
    this.#patienceMs = patienceMs;
    this.#apps = protocols.map((protocol) =>
      clientsOf[protocol].at(protocol === "mqtt" ? 1 : 0)!.open({ server, user: `by-${protocol}`, device: "by" }),
    );
  }

  async start(): Promise<void> {
    await Promise.all(this.#apps.map((app) => app.connect()));
    await this.round();
    this.#talking = this.#talk();
    this.#talking.catch(() => {}); // `stop` reports it
  }

  /** Each sends a message to the next, and each hears it. */
  async round(): Promise<void> {
    await Promise.all(
      this.#apps.map(async (from, at) => {
        const to = this.#apps[(at + 1) % this.#apps.length]!;
        const body = `from ${from.protocol} ${this.#run} ${++this.#said}`;
        const began = performance.now();
        const heard = to.heard.find(body, (message) => message.body === body, this.#patienceMs);
        await Promise.all([heard, from.send({ user: to.user }, body, body)]);
        this.slowestMs = Math.max(this.slowestMs, performance.now() - began);
        this.arrived++;
      }),
    );
  }

  /** Rejects when they could not talk all the time. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#talking;
    await Promise.all(this.#apps.map((app) => app.disconnect()));
  }

  async #talk(): Promise<void> {
    while (!this.#stopped) {
      await this.round();
      await pause(this.#pauseMs);
    }
  }
}
