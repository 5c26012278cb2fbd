// What a bridge stands between: a Trivium over memory, another broker, and clients that listen on both.
import { once } from "node:events";
import { createServer } from "node:net";
import { Aedes } from "aedes";
import { connectAsync, type IClientOptions, type IPublishPacket, type MqttClient } from "mqtt";
import { createMemoryStore, startCore } from "#testing";
import { type BridgeOptions, type Bridges, startBridges } from "../../protocols/mqtt/bridge/index.ts";
import { createMqtt } from "../../protocols/mqtt/index.ts";
import type { RunningCore } from "../../src/create-core.ts";
import type { Frontend } from "../../src/frontend.ts";
import { ConnectionLimits } from "../../src/net/connection-limits.ts";
import { listenTcp, type Listener } from "../../src/net/tcp-listener.ts";
import { silent } from "../../src/ops/log.ts";
import { localUser } from "../../src/testing/core.ts";
import { until } from "../../src/testing/until.ts";

export type Topic = Partial<BridgeOptions["topics"][number]>;

export function bridgeTo(url: string, topics: readonly Topic[], over: Partial<BridgeOptions> = {}): BridgeOptions {
  return {
    name: "b1",
    url,
    account: "bridge",
    clientId: "trivium-b1",
    version: 5,
    clean: false,
    keepaliveS: 30,
    tls: {},
    topics: topics.map((one) => ({
      filter: "#",
      direction: "both" as const,
      qos: 1 as const,
      localPrefix: "",
      remotePrefix: "",
      ...one,
    })),
    ...over,
  };
}

/** A Trivium on a port of its own, over a store that outlives it. */
export class Here implements AsyncDisposable {
  readonly core: RunningCore;
  readonly port: number;
  bridges: Bridges | undefined;
  readonly #front: Frontend;
  readonly #listener: Listener;

  private constructor(core: RunningCore, front: Frontend, listener: Listener) {
    this.core = core;
    this.#front = front;
    this.#listener = listener;
    this.port = listener.port;
  }

  static async start(store = createMemoryStore()): Promise<Here> {
    const core = await startCore([], { store });
    for (const name of ["alice", "peer"])
      if (!(await core.accounts.exists(localUser(name)))) await core.accounts.create(localUser(name), `secret-${name}`);
    const front = createMqtt(core, {});
    const { accept } = front.tcp[0]!;
    const limits = new ConnectionLimits(100, 100);
    const listener = await listenTcp({ name: "mqtt", host: "127.0.0.1", port: 0, accept, limits, log: silent });
    return new Here(core, front, listener);
  }

  bridge(...all: BridgeOptions[]): void {
    this.bridges = startBridges(this.core, all, "chat");
  }

  /** What stands on `$SYS` of the bridge, asked as a client asks. */
  async connected(name = "b1"): Promise<void> {
    const client = await listen(this.port, { login: "alice", id: `state-${name}` });
    await client.subscribe(`$SYS/broker/connection/${name}/state`);
    await until(() => client.got.at(-1)?.text === "1", 15_000);
    await client.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bridges?.drain(5000);
    await this.#front.drain(1000);
    await this.#listener[Symbol.asyncDispose]();
    await this.core[Symbol.asyncDispose]();
  }
}

interface Got {
  readonly topic: string;
  readonly text: string;
  readonly retain: boolean;
  readonly packet: IPublishPacket;
}

export class Ear {
  readonly got: Got[] = [];
  readonly client: MqttClient;

  constructor(client: MqttClient) {
    this.client = client;
    client.on("message", (topic, payload, packet) =>
      this.got.push({ topic, text: payload.toString(), retain: packet.retain, packet }),
    );
  }

  texts(): readonly string[] {
    return this.got.map(({ text }) => text);
  }

  async subscribe(filter: string): Promise<void> {
    await this.client.subscribeAsync(filter, { qos: 1, rap: true });
  }

  async say(
    topic: string,
    text: string,
    options: { retain?: boolean; qos?: 0 | 1; properties?: object } = {},
  ): Promise<void> {
    await this.client.publishAsync(topic, text, { qos: 1, ...options });
  }

  async end(): Promise<void> {
    await this.client.endAsync(true);
  }
}

export async function listen(
  port: number,
  { login, id = login ?? "ear", ...options }: { login?: string; id?: string } & IClientOptions = {},
): Promise<Ear> {
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, {
    clientId: id,
    reconnectPeriod: 0,
    protocolVersion: 4,
    ...(login !== undefined && { username: login, password: `secret-${login}` }),
    ...options,
  });
  return new Ear(client);
}

export async function startAedes(): Promise<AsyncDisposable & { readonly port: number }> {
  const broker = await Aedes.createBroker();
  const server = createServer(broker.handle).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as { port: number }).port,
    [Symbol.asyncDispose]: () => new Promise((resolve) => broker.close(() => server.close(() => resolve()))),
  };
}
