// Traffic from all three protocols, in direct conversations and a room, that goes on whatever happens to the server.
import { setTimeout as pause } from "node:timers/promises";
import type { App, Target } from "../support/clients/app.ts";
import { directOf, JsonApp } from "../support/clients/json-app.ts";
import { MqttJsApp } from "../support/clients/mqtt-js-app.ts";
import { StanzaApp } from "../support/clients/stanza-app.ts";
import { XmppJsApp } from "../support/clients/xmpp-js-app.ts";
import type { Server } from "../support/server.ts";
import type { Ledger } from "./ledger.ts";

export const room = "crowd";
const roomConversation = `room:${room}`;
const inFlight = 8;

export const talkerNames = ["xena", "xaver", "mona", "milo", "jule", "jonas"];

/** Two clients of each protocol; `serverOf` says which node the nth of them connects to. */
export function openTalkers(ledger: Ledger, serverOf: (nth: number) => Server): readonly Talker[] {
  const open = [
    (at: number) => new XmppJsApp({ ...options(at), mechanism: "PLAIN" }),
    (at: number) => new StanzaApp(options(at)),
    (at: number) => new MqttJsApp({ ...options(at), version: 5, qos: 1 }),
    (at: number) => new MqttJsApp({ ...options(at), version: 4, qos: 2 }),
    (at: number) => new JsonApp(options(at)),
    (at: number) => new JsonApp(options(at)),
  ] as const;
  const options = (at: number) => ({ server: serverOf(at), user: talkerNames[at]!, device: `of-${talkerNames[at]}` });
  return open.map((make, at) => new Talker(make(at), ledger));
}

/** One app that talks to the others, and keeps the ledger of what it said and heard. */
export class Talker {
  readonly app: App;
  readonly #ledger: Ledger;
  #said = 0;
  #open = 0;
  #online = false;
  /** Counts connections: what was acknowledged over one, another proves nothing of. */
  #connection = 0;
  /** How many of the app's acknowledgements are proved heard, and stored. */
  #proved = 0;
  #settled = 0;

  constructor(app: App, ledger: Ledger) {
    this.app = app;
    this.#ledger = ledger;
    app.heard.watch((heard) => ledger.hear(app.user, heard));
  }

  /** Comes back, however often it takes. */
  async connect(): Promise<void> {
    this.#connection++;
    this.#proved = this.#settled = this.app.acknowledged.length;
    await this.app.connect();
    this.#online = true;
  }

  /** The server is gone; the app waits for `connect`. */
  pause(): void {
    this.#online = false;
  }

  /** Says things until told to stop. */
  async talk(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await pause(Math.random() * 20);
      if (this.#online && this.#open < inFlight) this.#say();
    }
  }

  /** Shows the ledger, again and again, which acknowledgements the server has heard. */
  async prove(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await pause(20);
      if (!this.#online) continue;
      const connection = this.#connection;
      const upTo = this.app.acknowledged.length;
      const proved = await this.app.prove().then(
        () => true,
        () => false,
      );
      if (!proved || connection !== this.#connection) continue;
      this.#ledger.prove(this.app.user, this.app.acknowledged.slice(this.#proved, upTo));
      this.#proved = Math.max(this.#proved, upTo);
    }
  }

  #say(): void {
    const { user } = this.app;
    const body = `${user} ${++this.#said}`;
    const others = talkerNames.filter((name) => name !== user);
    const peer = others[Math.floor(Math.random() * others.length)]!;
    const target: Target = Math.random() < 0.7 ? { user: peer } : { room };
    if ("user" in target) this.#ledger.send(body, directOf(user, peer), [peer]);
    else this.#ledger.send(body, roomConversation, others);
    this.#open++;
    const connection = this.#connection;
    const before = this.app.acknowledged.length;
    this.app.send(target, body, `origin-${body.replace(" ", "-")}`).then(
      () => {
        this.#open--;
        this.#ledger.acknowledge(body);
        if (connection !== this.#connection) return;
        // Acknowledgements ride along with the next commit, and this message is stored: so are those sent before it.
        this.#ledger.settle(user, this.app.acknowledged.slice(this.#settled, before));
        this.#settled = Math.max(this.#settled, before);
      },
      (error: unknown) => {
        this.#ledger.findings.push(`${body} was refused: ${String(error)}`);
      },
    );
  }
}
