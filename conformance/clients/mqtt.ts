// A raw MQTT client: one connection, bytes in and out, and acknowledgements only when asked for or plainly due.
import { connect as connectTcp, type Socket } from "node:net";
import { Arrivals, patienceMs } from "./arrivals.ts";
import { Reader } from "./mqtt-bytes.ts";
import {
  ack,
  decode,
  pingreq,
  publish,
  subscribe,
  unsubscribe,
  type Filter,
  type Packet,
  type Publish,
  type Version,
} from "./mqtt-packets.ts";
import type { Properties } from "./mqtt-properties.ts";

export interface MqttAddress {
  readonly host: string;
  readonly port: number;
}

export async function openMqtt(address: MqttAddress, version: Version): Promise<MqttClient> {
  const socket = connectTcp({ ...address, noDelay: true });
  await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  return new MqttClient(socket, version);
}

export class MqttClient {
  readonly version: Version;
  /** Set by whoever connected it. */
  connack!: Packet;
  /** Answers PUBLISH and PUBREL as the standard asks of a client; off for checks that look at the handshake itself. */
  acknowledges = true;
  readonly #stream: Socket;
  readonly #arrivals = new Arrivals<Packet>(
    (packet) => `${packet.kind}${packet.kind === "publish" ? ` ${packet.topic}` : ` 0x${packet.code.toString(16)}`}`,
  );
  #pending = Buffer.alloc(0);
  #nextId = 1;
  readonly #closed: Promise<void>;

  constructor(stream: Socket, version: Version) {
    this.#stream = stream;
    this.version = version;
    stream.on("data", (bytes: Buffer) => this.#read(bytes));
    // A reset is one way for the other side to close; what matters is said by `closed`.
    stream.on("error", () => {});
    this.#closed = new Promise((resolve) => {
      const gone = (): void => {
        this.#arrivals.end(new Error("the connection was closed"));
        resolve();
      };
      stream.once("end", gone).once("close", gone);
    });
  }

  get waiting(): readonly Packet[] {
    return this.#arrivals.waiting;
  }

  send(...packets: readonly Buffer[]): void {
    this.#stream.write(Buffer.concat(packets));
  }

  /** The oldest packet of that kind that nobody took; packets of other kinds stay. */
  take(kind: Packet["kind"], matches: (packet: Packet) => boolean = () => true, withinMs?: number): Promise<Packet> {
    return this.#arrivals.take(kind.toUpperCase(), (packet) => packet.kind === kind && matches(packet), withinMs);
  }

  /** The next packet, whatever it is. */
  next(withinMs?: number): Promise<Packet> {
    return this.#arrivals.take("a packet", () => true, withinMs);
  }

  /** The next PUBLISH, its payload as text. */
  async message(): Promise<Packet & { readonly text: string }> {
    const packet = await this.take("publish");
    return { ...packet, text: packet.payload.toString() };
  }

  async subscribe(filter: string | readonly Filter[], options = 0, properties: Properties = {}): Promise<Packet> {
    const id = this.id();
    this.send(subscribe(this.version, id, typeof filter === "string" ? [[filter, options]] : filter, properties));
    return this.take("suback", (packet) => packet.id === id);
  }

  async unsubscribe(...filters: readonly string[]): Promise<Packet> {
    const id = this.id();
    this.send(unsubscribe(this.version, id, filters));
    return this.take("unsuback", (packet) => packet.id === id);
  }

  /** Publishes and goes through the whole handshake; resolves with the PUBACK or PUBCOMP (or a PUBREC that refuses). */
  async publish(packet: Publish): Promise<Packet | undefined> {
    const qos = packet.qos ?? 0;
    const id = qos === 0 ? undefined : (packet.id ?? this.id());
    this.send(publish(this.version, { ...packet, id }));
    if (qos === 0) return undefined;
    if (qos === 1) return this.take("puback", (answer) => answer.id === id);
    const received = await this.take("pubrec", (answer) => answer.id === id);
    if (received.code >= 0x80) return received;
    this.send(ack("pubrel", id!));
    return this.take("pubcomp", (answer) => answer.id === id);
  }

  /** Everything sent before has been read by the server, and everything it sent before its answer has come. */
  async ping(): Promise<void> {
    this.send(pingreq);
    await this.take("pingresp");
  }

  id(): number {
    return this.#nextId++;
  }

  /** Resolves when the server has closed the connection; fails when it does not. */
  async closed(withinMs = patienceMs): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`the server kept the connection open for ${withinMs} ms`)), withinMs);
    });
    await Promise.race([this.#closed, late]).finally(() => clearTimeout(timer));
  }

  /** Drops the connection as a failed network would: no DISCONNECT. */
  async drop(): Promise<void> {
    this.#stream.destroy();
    await this.#closed;
  }

  #read(bytes: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, bytes]);
    for (;;) {
      const packet = this.#cut();
      if (packet === undefined) return;
      if (this.acknowledges) this.#acknowledge(packet);
      this.#arrivals.push(packet);
    }
  }

  #cut(): Packet | undefined {
    const pending = this.#pending;
    let lengthBytes = 1;
    while (lengthBytes < pending.length && pending[lengthBytes]! >= 0x80 && lengthBytes < 5) lengthBytes++;
    if (lengthBytes >= pending.length) return undefined;
    try {
      const length = new Reader(pending.subarray(1)).varint();
      const end = 1 + lengthBytes + length;
      if (pending.length < end) return undefined;
      this.#pending = pending.subarray(end);
      return decode(this.version, pending[0]!, pending.subarray(1 + lengthBytes, end));
    } catch (error) {
      this.#arrivals.end(new Error(`the server sent a malformed packet: ${(error as Error).message}`));
      this.#stream.destroy();
      return undefined;
    }
  }

  #acknowledge(packet: Packet): void {
    if (packet.kind === "pubrel") this.send(ack("pubcomp", packet.id));
    if (packet.kind === "publish" && packet.qos > 0) this.send(ack(packet.qos === 1 ? "puback" : "pubrec", packet.id));
  }
}
