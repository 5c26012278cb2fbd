// MQTT by hand on a TCP socket: for what no client library would send.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { generate, parser, type IConnectPacket, type Packet } from "mqtt-packet";
import { Journal } from "./journal.ts";
import { passwordOf, type Server } from "./server.ts";

type Command = Packet["cmd"];

export class RawMqtt {
  readonly packets = new Journal<Packet>("packets from the server");
  readonly #socket: Socket;
  readonly #version: 4 | 5;
  readonly #closed: Promise<unknown>;
  #taken = 0;

  constructor(socket: Socket, version: 4 | 5) {
    this.#socket = socket;
    this.#version = version;
    const incoming = parser({ protocolVersion: version });
    incoming.on("packet", (packet) => this.packets.add(packet));
    socket.on("data", (chunk) => incoming.parse(chunk));
    socket.on("error", () => {}); // "close" follows
    this.#closed = once(socket, "close");
  }

  /** A connected socket, nothing said. */
  static async dial(server: Server, version: 4 | 5): Promise<RawMqtt> {
    const socket = connect(server.mqtt, "127.0.0.1");
    await once(socket, "connect");
    return new RawMqtt(socket, version);
  }

  /** Connected and welcomed. */
  static async login(
    server: Server,
    user: string,
    more: Partial<IConnectPacket> & { version: 4 | 5 },
  ): Promise<RawMqtt> {
    const { version, ...rest } = more;
    const raw = await RawMqtt.dial(server, version);
    raw.send({
      cmd: "connect",
      protocolId: "MQTT",
      protocolVersion: version,
      clientId: `raw-${user}`,
      clean: true,
      keepalive: 60,
      username: user,
      password: Buffer.from(passwordOf(user)),
      ...rest,
    });
    const connack = await raw.next("connack");
    const code = connack.reasonCode ?? connack.returnCode;
    if (code !== 0) throw new Error(`refused with ${code}`);
    return raw;
  }

  send(packet: Packet): void {
    this.#socket.write(generate(packet, { protocolVersion: this.#version }));
  }

  bytes(data: Uint8Array | readonly number[]): void {
    this.#socket.write(Uint8Array.from(data));
  }

  /** The next packet of that kind not yet taken; the others before it are passed over. */
  async next<C extends Command>(cmd: C, withinMs = 5000): Promise<Extract<Packet, { cmd: C }>> {
    const from = this.#taken;
    const fits = (packet: Packet): boolean => packet.cmd === cmd && this.packets.entries.indexOf(packet) >= from;
    const packet = await this.packets.find(cmd, fits, withinMs);
    this.#taken = this.packets.entries.indexOf(packet) + 1;
    return packet as Extract<Packet, { cmd: C }>;
  }

  /** Resolves when the server has closed the connection. */
  async closed(withinMs = 5000): Promise<void> {
    const late = new Promise<never>((_, reject) =>
      setTimeout(() => reject(new Error(`still open after ${withinMs} ms`)), withinMs).unref(),
    );
    await Promise.race([this.#closed, late]);
  }

  cut(): void {
    this.#socket.destroy();
  }
}
