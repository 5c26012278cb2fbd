// Front-ends that note what happens to them, and clients that speak raw sockets.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Accept, Link, LinkHandler } from "#core";
import { ConnectionLimits } from "../../../src/net/connection-limits.ts";
import type { DoorOptions, Listener } from "../../../src/net/door.ts";
import { listenHttp, type HttpHostOptions } from "../../../src/net/http-host.ts";
import { listenTcp, type TcpListenerOptions } from "../../../src/net/tcp-listener.ts";
import { silent } from "../../../src/ops/log.ts";

/** A front-end's side of one link, with all that was called on it. */
export class Noted implements LinkHandler {
  readonly link: Link;
  readonly heard: (string | Buffer)[] = [];
  drains = 0;
  secures = 0;
  closes = 0;
  readonly #onEvent: () => void;

  constructor(link: Link, onEvent: () => void) {
    this.link = link;
    this.#onEvent = onEvent;
  }

  text(frame: string): void {
    this.heard.push(frame);
    this.#onEvent();
  }

  bytes(chunk: Buffer): void {
    this.heard.push(Buffer.from(chunk));
    this.#onEvent();
  }

  drained(): void {
    this.drains += 1;
    this.#onEvent();
  }

  secured(): void {
    this.secures += 1;
    this.#onEvent();
  }

  closed(): void {
    this.closes += 1;
    this.#onEvent();
  }
}

/** Accepts links and lets a test wait for what happens on them. */
export class Notebook {
  readonly links: Noted[] = [];
  #waiting: (() => void)[] = [];

  readonly accept: Accept = (link) => {
    const noted = new Noted(link, () => this.#look());
    this.links.push(noted);
    this.#look();
    return noted;
  };

  /** Resolves with the first link once `fact` holds for it. */
  async until(fact: (noted: Noted) => boolean = () => true, at = 0): Promise<Noted> {
    for (;;) {
      const noted = this.links[at];
      if (noted !== undefined && fact(noted)) return noted;
      await new Promise<void>((again) => this.#waiting.push(again));
    }
  }

  #look(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const again of waiting) again();
  }
}

export const roomy = (): ConnectionLimits => new ConnectionLimits(1_000, 1_000);

export function tcpFor(
  accept: Accept,
  limits = roomy(),
  port = 0,
  more: Partial<TcpListenerOptions> = {},
): Promise<Listener> {
  return listenTcp({ name: "test", host: "127.0.0.1", port, accept, limits, log: silent, ...more });
}

export function httpFor(options: Partial<HttpHostOptions & DoorOptions>): Promise<Listener> {
  return listenHttp({
    host: "127.0.0.1",
    port: 0,
    endpoints: [],
    pages: [],
    origins: [],
    limits: roomy(),
    readiness: async () => ({ ready: true, parts: {} }),
    log: silent,
    ...options,
  });
}

export async function dial(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

/** Everything the server says until it closes. */
export async function conversation(port: number, request: string): Promise<string> {
  const socket = await dial(port);
  let answer = "";
  socket.setEncoding("latin1").on("data", (text) => (answer += text));
  socket.write(request);
  await once(socket, "close");
  return answer;
}
