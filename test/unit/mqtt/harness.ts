// A core over memory with the MQTT front-end on it, and clients that speak packets to it over a link without a socket.
import { createMemoryStore, startCore } from "#testing";
import {
  generate,
  type IConnackPacket,
  type IConnectPacket,
  type IPublishPacket,
  type Packet,
  parser,
} from "mqtt-packet";
import type { Frontend, Link, LinkHandler } from "../../../src/index.ts";
import { createMqtt, type MqttOptions } from "../../../protocols/mqtt/index.ts";
import type { CoreOptions } from "../../../src/create-core.ts";
import type { Clock } from "../../../src/ops/clock.ts";
import type { OutboxBounds } from "../../../src/sessions/outbox.ts";
import type { Store } from "../../../src/store/store.ts";

type Running = Awaited<ReturnType<typeof startCore>>;
type Version = 3 | 4 | 5;

export class World implements AsyncDisposable {
  readonly core: Running;
  readonly front: Frontend;
  readonly store: Store;
  readonly clock: TestClock | undefined;

  constructor(core: Running, front: Frontend, store: Store, clock: TestClock | undefined) {
    this.core = core;
    this.front = front;
    this.store = store;
    this.clock = clock;
  }

  static async start(
    options: Partial<MqttOptions> = {},
    setup: {
      readonly clock?: TestClock;
      readonly store?: Store;
      readonly outbox?: OutboxBounds;
      readonly core?: Partial<CoreOptions>;
    } = {},
  ): Promise<World> {
    const { clock, store = createMemoryStore(), outbox } = setup;
    const core = await startCore(["alice", "bob", "carol"], {
      store,
      ...(clock && { clock }),
      ...(outbox && { outbox }),
      ...setup.core,
    });
    return new World(core, createMqtt(core, options), store, clock);
  }

  /** The server is killed, and started again over what it had stored. */
  async killed(clock?: TestClock): Promise<World> {
    this.clock?.stop(); // the dead have no timers
    const core = await startCore([], { store: this.store, alone: true, ...(clock && { clock }) });
    return new World(core, createMqtt(core), this.store, clock);
  }

  /** A client that has not said anything. */
  open(version: Version = 5, link: Partial<Pick<Link, "secure" | "remote" | "tls">> = {}): TestClient {
    return new TestClient(this.front, version, link);
  }

  /** A client whose CONNECT was accepted. */
  async connect(name: string, options: Partial<IConnectPacket> = {}): Promise<TestClient> {
    const client = this.open(options.protocolVersion ?? 5);
    await client.connect(name, options);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.front.drain(1000);
    await this.core[Symbol.asyncDispose]();
  }
}

/** One end of a link without a socket, which reads and writes packets. */
export class TestClient implements Link {
  readonly name = "test:1";
  readonly remote: string;
  readonly secure: boolean;
  readonly subprotocol = "";
  readonly tls: Link["tls"];
  readonly startTls = undefined;
  buffered = 0;
  readonly version: Version;
  /** What the server sent and nobody awaited yet. */
  readonly inbox: Packet[] = [];
  /** Everything it sent, as bytes. */
  readonly raw: Buffer[] = [];
  closed = false;
  closeCode: number | undefined;
  paused = false;
  /** Publishes are acknowledged as they come. */
  acking = false;
  connack: IConnackPacket | undefined;
  readonly #handler: LinkHandler;
  readonly #parser;
  #waiting: (() => void)[] = [];

  constructor(
    front: Frontend,
    version: Version,
    { secure = true, remote = "127.0.0.1", tls }: Partial<Pick<Link, "secure" | "remote" | "tls">>,
  ) {
    this.version = version;
    this.secure = secure;
    this.remote = remote;
    this.tls = tls;
    this.#parser = parser({ protocolVersion: version });
    this.#parser.on("packet", (packet) => this.#received(packet));
    this.#parser.on("error", (error: Error) => {
      throw error;
    });
    this.#handler = front.tcp[0]!.accept(this);
  }

  send(data: string | Uint8Array): void {
    if (this.closed) return;
    const bytes = Buffer.from(data as Uint8Array);
    this.raw.push(bytes);
    this.#parser.parse(bytes);
  }

  close(code?: number): void {
    if (this.closed) return;
    this.closed = true;
    this.closeCode = code;
    queueMicrotask(() => this.#handler.closed());
    this.#wake();
  }

  destroy(): void {
    this.close();
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  /** The kernel took everything. */
  drain(): void {
    this.buffered = 0;
    this.#handler.drained?.();
  }

  write(bytes: Uint8Array): void {
    this.#handler.bytes?.(Buffer.from(bytes));
  }

  text(frame: string): void {
    this.#handler.text?.(frame);
  }

  packet(...packets: Packet[]): void {
    this.write(Buffer.concat(packets.map((packet) => generate(packet, { protocolVersion: this.version }))));
  }

  /** The socket breaks. */
  cut(): void {
    if (this.closed) return;
    this.closed = true;
    this.#handler.closed();
  }

  async connect(name: string, options: Partial<IConnectPacket> = {}): Promise<IConnackPacket> {
    this.packet({
      cmd: "connect",
      protocolId: this.version === 3 ? "MQIsdp" : "MQTT",
      protocolVersion: this.version,
      clean: true,
      keepalive: 0,
      clientId: `${name}-1`,
      username: name,
      password: Buffer.from(`secret-${name}`),
      ...options,
    });
    const connack = (await this.receive("connack")) as IConnackPacket;
    this.connack = connack;
    const code = this.version === 5 ? connack.reasonCode : connack.returnCode;
    if (code !== 0) throw new Error(`refused: ${code}`);
    return connack;
  }

  async subscribe(
    ...topics: (string | { topic: string; qos: 0 | 1 | 2; nl?: boolean; rap?: boolean; rh?: number })[]
  ): Promise<readonly number[]> {
    const subscriptions = topics.map((topic) => (typeof topic === "string" ? { topic, qos: 1 as const } : topic));
    this.packet({ cmd: "subscribe", messageId: 77, subscriptions });
    return ((await this.receive("suback")) as { granted: number[] }).granted;
  }

  publish(topic: string, payload: string | Buffer, options: Partial<IPublishPacket> = {}): void {
    this.packet({ cmd: "publish", topic, payload, qos: 0, dup: false, retain: false, ...options });
  }

  /** The next packet of this kind; others stay. */
  async receive(cmd: Packet["cmd"]): Promise<Packet> {
    for (let patience = 0; ; patience++) {
      const at = this.inbox.findIndex((packet) => packet.cmd === cmd);
      if (at >= 0) return this.inbox.splice(at, 1)[0]!;
      if (this.closed)
        throw new Error(`closed while waiting for ${cmd}; came: ${this.inbox.map((packet) => packet.cmd).join(" ")}`);
      await this.#next(cmd);
    }
  }

  async message(): Promise<IPublishPacket> {
    return (await this.receive("publish")) as IPublishPacket;
  }

  async event(): Promise<Record<string, unknown>> {
    return JSON.parse((await this.message()).payload.toString()) as Record<string, unknown>;
  }

  /** Resolves when the server closed. */
  async end(): Promise<void> {
    while (!this.closed) await this.#next("close");
  }

  #received(packet: Packet): void {
    this.inbox.push({ ...packet });
    if (this.acking && packet.cmd === "publish" && packet.qos === 1)
      queueMicrotask(() => this.packet({ cmd: "puback", messageId: packet.messageId!, reasonCode: 0 }));
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  #next(what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`no ${what} within 2 s; came: ${this.inbox.map((packet) => packet.cmd).join(" ")}`)),
        2000,
      );
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

/** Time that a test advances. */
export class TestClock implements Clock {
  #now = Date.UTC(2026, 0, 1);
  #timers: { at: number; call: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, call: () => void): () => void {
    const timer = { at: this.#now + ms, call };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Nothing that was to come happens. */
  stop(): void {
    this.#timers = [];
  }

  /** In steps, so that what a timer starts has its turn before the next. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      const next = this.#timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#timers.splice(this.#timers.indexOf(next), 1);
      this.#now = Math.max(this.#now, next.at);
      next.call();
      await turn();
    }
    this.#now = until;
    await turn();
  }
}

/** Lets everything that is ready happen. */
export async function turn(times = 3): Promise<void> {
  for (let i = 0; i < times; i++) await new Promise((resolve) => setImmediate(resolve));
}
