// What an MQTT check works with: fresh names, clients that connect by the book, and tidying up behind them.
import { openMqtt, type MqttClient } from "./clients/mqtt.ts";
import { connect, disconnect, publish, type Connect, type Packet, type Version } from "./clients/mqtt-packets.ts";
import type { Kit } from "./requirement.ts";
import type { Target } from "./target.ts";

export type ConnectOptions = Partial<Omit<Connect, "version">> & {
  /** Which of the target's logins; the first when not said. */
  readonly as?: number;
};

let runs = 0;

export class MqttKit implements Kit {
  readonly version: Version;
  readonly target: Target;
  readonly #clients: MqttClient[] = [];
  readonly #kept = new Map<string, number>();
  readonly #retained = new Set<string>();
  readonly #run = `${process.pid.toString(36)}${(++runs).toString(36)}`;
  #names = 0;

  constructor(target: Target, version: Version) {
    this.target = target;
    this.version = version;
  }

  /** A topic no other check uses. */
  topic(rest = "t"): string {
    return `conformance/${this.#run}/${rest}`;
  }

  /** A client id no other check uses, of the letters and length that every server must take. */
  name(): string {
    return `c${this.#run}x${++this.#names}`;
  }

  /** Of a session that outlives its connection, with a client id of its own. */
  lasting(): ConnectOptions {
    return { clientId: this.name(), clean: false, properties: { sessionExpiry: 60 } };
  }

  /** A network connection on which nothing was said. */
  async open(version: Version = this.version): Promise<MqttClient> {
    const client = await openMqtt(this.target.mqtt!, version);
    this.#clients.push(client);
    return client;
  }

  /** The bytes of a CONNECT that should be welcome, unless `options` spoil it. */
  hello(options: ConnectOptions = {}): Buffer {
    const { as = 0, ...fields } = options;
    const login = this.target.logins[as];
    const clientId = fields.clientId ?? this.name();
    if (fields.clean === false || (fields.properties?.sessionExpiry ?? 0) > 0) this.#kept.set(clientId, as);
    return connect({ version: this.version, user: login?.user, password: login?.password, ...fields, clientId });
  }

  /** Sends CONNECT and takes the CONNACK, whatever it says. */
  async answer(options: ConnectOptions = {}, version: Version = this.version): Promise<MqttClient> {
    const client = await this.open(version);
    client.send(
      version === this.version
        ? this.hello(options)
        : connect({
            version,
            clientId: this.name(),
            user: this.target.logins[0]?.user,
            password: this.target.logins[0]?.password,
          }),
    );
    client.connack = await client.take("connack");
    return client;
  }

  /** A connected client; fails when the server refuses. */
  async connect(options: ConnectOptions = {}): Promise<MqttClient> {
    const client = await this.answer(options);
    if (client.connack.code !== 0) throw new Error(`CONNECT was refused with 0x${client.connack.code.toString(16)}`);
    return client;
  }

  /** A publisher and a subscriber to `filter`. */
  async pair(filter: string, options = 0): Promise<[publisher: MqttClient, subscriber: MqttClient]> {
    const [publisher, subscriber] = await Promise.all([this.connect(), this.connect()]);
    await subscriber.subscribe(filter, options);
    return [publisher, subscriber];
  }

  /** Sets a topic's retained message; cleared after the check. */
  async retain(client: MqttClient, topic: string, payload: string, qos = 0): Promise<void> {
    this.#retained.add(topic);
    await client.publish({ topic, payload, qos, retain: true });
    await client.ping();
  }

  /**
   * Fails unless the server ends the connection. With MQTT 5 a DISCONNECT may say why (§4.13.1), and then must say one of
   * these; a server that keeps our own policy says the first.
   */
  async refuses(client: MqttClient, ...codes: readonly number[]): Promise<void> {
    await client.closed();
    const last = client.waiting.find((packet) => packet.kind === "disconnect");
    if (client.version === 4 || (last === undefined && !this.target.abilities.has("policy"))) return;
    if (last === undefined) throw new Error(`closed without a DISCONNECT that says ${codes.map(hex).join(" or ")}`);
    const allowed = this.target.abilities.has("policy") ? codes.slice(0, 1) : codes;
    if (!allowed.includes(last.code))
      throw new Error(`DISCONNECT says ${hex(last.code)} instead of ${allowed.map(hex).join(" or ")}`);
  }

  /** The next packet of that kind, or `undefined` when the server closed the connection instead. */
  async answered(client: MqttClient, kind: Packet["kind"]): Promise<Packet | undefined> {
    const packet = client.take(kind).catch((error: unknown) => error);
    const first = await Promise.race([packet, client.closed().then(() => undefined)]);
    // What came before the end is there, whichever of the two was seen first.
    const outcome = first ?? (await packet);
    if (!(outcome instanceof Error)) return outcome as Packet;
    await client.closed();
    return undefined;
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.drop()));
    if (this.#kept.size === 0 && this.#retained.size === 0) return;
    for (const [clientId, as] of this.#kept.size > 0 ? this.#kept : [[this.name(), 0] as const]) {
      const client = await this.answer({ clientId, as, clean: true, properties: {} });
      for (const topic of this.#retained) client.send(publish(this.version, { topic, retain: true }));
      this.#retained.clear();
      if (client.connack.code === 0) await client.ping();
      client.send(disconnect(this.version));
      await client.closed();
    }
  }
}

function hex(code: number): string {
  return `0x${code.toString(16).padStart(2, "0")}`;
}
