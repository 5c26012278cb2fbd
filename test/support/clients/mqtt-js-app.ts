// An app on MQTT.js, protocol 3.1.1 or 5.0, with a persistent session; retries are the library's own doing.
import { connect, type IPublishPacket, type MqttClient, type Packet } from "mqtt";
import { AppState, type App, type AppOptions, type Heard, type Target } from "./app.ts";
import { chatPayload, hearChat } from "./mqtt-words.ts";

export interface MqttAppOptions extends AppOptions {
  readonly version: 4 | 5;
  /** Of chat messages sent and subscribed. */
  readonly qos?: 1 | 2;
}

export class MqttJsApp extends AppState implements App {
  readonly protocol = "mqtt";
  readonly #version: 4 | 5;
  readonly #qos: 1 | 2;
  #client: MqttClient | undefined;
  readonly #rooms = new Set<string>();
  #answered: () => void = () => {};
  /** Names of messages by the packet id they came under and are acknowledged by. */
  readonly #open = new Map<number, string>();

  constructor(options: MqttAppOptions) {
    super(options);
    this.#version = options.version;
    this.#qos = options.qos ?? 1;
  }

  async connect(): Promise<void> {
    if (this.#client !== undefined) {
      if (!this.#client.connected) await event(this.#client, "connect");
      return;
    }
    const client = connect(`mqtt://127.0.0.1:${this.server.mqtt}`, {
      protocolVersion: this.#version,
      clientId: this.device,
      clean: false,
      username: this.user,
      password: this.password,
      reconnectPeriod: 50,
      reconnectOnConnackError: true, // otherwise it gives up on a server that is not ready yet
      ...(this.#version === 5 ? { properties: { sessionExpiryInterval: 3600 } } : {}),
    });
    this.#client = client;
    // Before the first packet comes: a resumed session has its messages right behind the CONNACK.
    client.on("error", () => {}); // it tries again by itself
    client.on("connect", () => {
      this.broken = event(client, "close");
    });
    client.on("packetreceive", (packet) => this.#received(packet));
    client.on("packetsend", (packet) => this.#sent(packet));
    client.on("message", (topic, payload, packet) => this.#hear(topic, payload, packet));
    await event(client, "connect");
    const rooms = [...this.#rooms].map((room) => `chat/room/${room}`);
    await client.subscribeAsync(["chat/dm/+", "chat/receipt/#", ...rooms], { qos: this.#qos });
  }

  async join(room: string): Promise<void> {
    this.#rooms.add(room);
    const [granted] = await this.#client!.subscribeAsync(`chat/room/${room}`, { qos: this.#qos });
    if (granted?.qos === 128) throw new Error(`cannot join ${room}`);
  }

  async send(target: Target, body: string, originId: string): Promise<void> {
    const topic = "user" in target ? `chat/dm/${target.user}` : `chat/room/${target.room}`;
    const properties = this.#version === 5 ? { properties: { userProperties: { "origin-id": originId } } } : {};
    for (;;) {
      const client = this.#client!;
      try {
        await client.publishAsync(topic, body, { qos: this.#qos, ...properties });
        return;
      } catch (error) {
        if (client !== this.#client || !/^Connection closed$/.test((error as Error).message)) throw error;
        if (!client.connected) await event(client, "connect"); // what the library had not sent yet, it gives back
      }
    }
  }

  async markRead({ from, room, seq }: Heard): Promise<void> {
    const topic = room === undefined ? `chat/receipt/dm/${from}` : `chat/receipt/room/${room}`;
    await this.#client!.publishAsync(topic, chatPayload({ s: seq, mark: "read" }), { qos: 1 });
  }

  async prove(): Promise<void> {
    const answered = new Promise<void>((resolve) => (this.#answered = resolve));
    this.#client!.sendPing();
    await this.unlessBroken(answered);
  }

  async disconnect(): Promise<void> {
    await this.#client!.endAsync();
    this.#client = undefined;
  }

  cut(): void {
    this.#client!.stream.destroy();
  }

  #received(packet: Packet): void {
    if (packet.cmd === "pingresp") this.#answered();
    if (packet.cmd !== "publish" || packet.messageId === undefined) return;
    const mid = hearChat(packet.topic, packet.payload as Buffer, this.user).heard?.mid;
    if (mid !== undefined) this.#open.set(packet.messageId, mid);
    else this.#open.delete(packet.messageId);
  }

  #sent(packet: Packet): void {
    if (packet.cmd !== "puback" && packet.cmd !== "pubcomp") return;
    const mid = this.#open.get(packet.messageId!);
    if (mid !== undefined) this.acknowledged.push(mid);
    this.#open.delete(packet.messageId!);
  }

  #hear(topic: string, payload: Buffer, packet: IPublishPacket): void {
    const { heard, seen } = hearChat(topic, payload, this.user, packet.dup);
    if (heard !== undefined && heard.from !== this.user) this.heard.add(heard);
    if (seen !== undefined && seen.by !== this.user) this.seen.add(seen);
  }
}

function event(client: MqttClient, name: "connect" | "close"): Promise<void> {
  return new Promise((resolve) => client.once(name, () => resolve()));
}
