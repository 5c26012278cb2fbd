// A clock to advance and a link to look at, for streams without sockets.
import type { Clock, Link, LinkHandler } from "#core";
import { startCore } from "../../../src/testing/core.ts";
import type { CoreOptions, RunningCore } from "../../../src/create-core.ts";
import { until } from "../../../src/testing/until.ts";
import { createXmpp, type XmppOptions } from "../../../protocols/xmpp/index.ts";
import { plain } from "./socket.ts";

export class ManualClock implements Clock {
  #now = 1_750_000_000_000;
  readonly #timers = new Set<{ readonly at: number; readonly call: () => void }>();

  now(): number {
    return this.#now;
  }

  after(ms: number, call: () => void): () => void {
    const timer = { at: this.#now + ms, call };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const next = [...this.#timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.call();
    }
    this.#now = until;
  }
}

export class FakeLink implements Link {
  readonly name = "ws:fake";
  readonly remote = "192.0.2.1";
  readonly subprotocol = "xmpp";
  tls: Link["tls"];
  startTls: (() => void) | undefined;
  secure: boolean;
  buffered = 0;
  readonly sent: string[] = [];
  closedWith: number | undefined;
  destroyed = false;
  paused = false;
  handler: LinkHandler | undefined;

  constructor(secure = true) {
    this.secure = secure;
  }

  send(data: string | Uint8Array): void {
    this.sent.push(String(data));
  }

  close(code = 1000): void {
    this.closedWith ??= code;
  }

  destroy(): void {
    this.destroyed = true;
    this.handler?.closed();
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  /** Bytes from the client, over TCP. */
  writes(bytes: string | Buffer): void {
    this.handler!.bytes!(Buffer.from(bytes as string));
  }

  /** A frame from the client. */
  says(frame: string): void {
    this.handler!.text!(frame);
  }

  /** Resolves with the first frame that has this in it; earlier ones are gone then. */
  async hears(part: string): Promise<string> {
    const has = (frame: string): boolean => frame.includes(part);
    await until(() => this.sent.some(has));
    return this.sent.splice(0, this.sent.findIndex(has) + 1).at(-1)!;
  }

  get all(): string {
    return this.sent.join("");
  }
}

export interface Desk extends AsyncDisposable {
  readonly core: RunningCore;
  readonly clock: ManualClock;
  connect(secure?: boolean, link?: FakeLink): FakeLink;
  /** Over TCP, as far as the front-end can tell. */
  dial(link?: FakeLink): FakeLink;
  /** To the port of external components. */
  call(): FakeLink;
  /** Logged in as alice, or another, and bound. */
  bound(resource?: string, name?: string): Promise<FakeLink>;
}

export async function desk(options: XmppOptions = {}, coreOptions: Partial<CoreOptions> = {}): Promise<Desk> {
  const clock = new ManualClock();
  const core = await startCore(["alice", "bob"], { ...coreOptions, clock });
  const xmpp = createXmpp(core, options);
  const connect = (secure = true, link = new FakeLink(secure)): FakeLink => {
    link.handler = xmpp.webSockets[0]!.accept(link);
    return link;
  };
  return {
    core,
    clock,
    connect,
    dial: (link = new FakeLink()) => {
      link.handler = xmpp.tcp[0]!.accept(link);
      return link;
    },
    call: () => {
      const link = new FakeLink();
      link.handler = xmpp.tcp.find(({ name }) => name === "component")!.accept(link);
      return link;
    },
    bound: async (resource = "desk", name = "alice") => {
      const link = connect();
      link.says(open);
      link.says(
        `<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">${plain(name, `secret-${name}`)}</auth>`,
      );
      await link.hears("<success");
      link.says(open);
      link.says(
        `<iq xmlns="jabber:client" type="set" id="b"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>${resource}</resource></bind></iq>`,
      );
      await link.hears('id="b"');
      return link;
    },
    [Symbol.asyncDispose]: async () => {
      const drained = xmpp.drain(0);
      clock.advance(100);
      await drained;
      const disposed = core[Symbol.asyncDispose]();
      clock.advance(100);
      await disposed;
    },
  };
}

export const open = `<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="localhost" version="1.0"/>`;

const sasl = "urn:ietf:params:xml:ns:xmpp-sasl";

export function auth(mechanism: string, data: string): string {
  return `<auth xmlns="${sasl}" mechanism="${mechanism}">${data}</auth>`;
}

/** Logged in as alice; the stream waits to be opened anew. */
export async function authenticated(at: Desk): Promise<FakeLink> {
  const link = at.connect();
  link.says(open);
  link.says(auth("PLAIN", plain("alice", "secret-alice")));
  await link.hears("<success");
  return link;
}
