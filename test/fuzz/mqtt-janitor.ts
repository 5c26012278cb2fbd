// A bystander: it hears everything, clears what was retained (or a run would fill the server by right), and wants answers.
import { generate, parser, type Packet } from "mqtt-packet";
import type { Server } from "../support/server.ts";
import { connectOf, type Login } from "./mqtt-corpus.ts";
import { type Answer, MqttSocket, within } from "./mqtt-socket.ts";

const patienceMs = 300_000;

export class Janitor {
  readonly #socket: MqttSocket;
  /** Those who wait for a PINGRESP, in their order. */
  readonly #waiting: (() => void)[] = [];

  private constructor(socket: MqttSocket) {
    this.#socket = socket;
  }

  static async start(server: Server, login: Login): Promise<Janitor> {
    let hear: (answer: Answer) => void = () => {};
    const socket = await MqttSocket.dial(server.mqtt, (answer) => hear(answer));
    const janitor = new Janitor(socket);
    const ready = new Promise<void>((resolve) => {
      hear = (answer) => (answer.first === 0x90 ? resolve() : janitor.#hear(answer));
    });
    socket.write(connectOf(5, "janitor", login));
    socket.write(of({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "#", qos: 0, rap: true }] }));
    await within(patienceMs, "the janitor's SUBACK", ready);
    return janitor;
  }

  /** Milliseconds until the server has answered a PINGREQ. */
  async answers(): Promise<number> {
    const from = performance.now();
    const ponged = new Promise<void>((resolve) => void this.#waiting.push(resolve));
    const gone = this.#socket.closed.then(() => Promise.reject(new Error("the bystander was thrown out")));
    this.#socket.write(of({ cmd: "pingreq" }));
    await within(patienceMs, "the janitor's PINGRESP", Promise.race([ponged, gone]));
    return performance.now() - from;
  }

  stop(): Promise<void> {
    return this.#socket.cut();
  }

  #hear({ first, body }: Answer): void {
    if (first === 0xd0) this.#waiting.shift()?.();
    if (first >> 4 !== 3 || (first & 1) === 0) return;
    const incoming = parser({ protocolVersion: 5 });
    incoming.on("packet", (packet) => {
      if (packet.cmd !== "publish" || packet.payload.length === 0) return;
      const { topic } = packet;
      this.#socket.write(of({ cmd: "publish", topic, payload: "", retain: true, qos: 0, dup: false }));
    });
    incoming.parse(Buffer.concat([Buffer.from([first]), lengthOf(body), body]));
  }
}

function of(packet: Packet): Buffer {
  return generate(packet, { protocolVersion: 5 });
}

function lengthOf(body: Buffer): Buffer {
  const bytes: number[] = [];
  for (let rest = body.length; bytes.length === 0 || rest > 0; rest >>>= 7) {
    bytes.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
  }
  return Buffer.from(bytes);
}
