// A publisher that says so many messages a second, and subscribers that time them: on bare sockets, so that what is
// measured is the server and not a library.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { generate, parser } from "mqtt-packet";
import { passwordOf, type Server } from "../support/server.ts";

const topic = "steady";
const tickMs = 10;
/** Sent as the payload: when, in microseconds of this process's clock. */
const stampBytes = 8;
/** So much that what a kernel takes for a reader that does not read is soon full. */
const padding = Buffer.alloc(1000);

export class Steady {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Logged in, with a clean session. Nothing that comes later is read unless somebody listens. */
  static async login(server: Server, user: string, clientId: string): Promise<Steady> {
    const socket = connect(server.mqtt, "127.0.0.1");
    socket.on("error", () => {}); // "close" follows
    await once(socket, "connect");
    socket.write(
      generate({ cmd: "connect", clientId, clean: true, keepalive: 0, username: user, password: Buffer.from(passwordOf(user)) }),
    ); // prettier-ignore
    await once(socket, "data");
    return new Steady(socket);
  }

  get closed(): boolean {
    return this.#socket.destroyed;
  }

  /** Publishes at QoS 0, evenly, for so long. */
  async publish(perSecond: number, forMs: number): Promise<void> {
    const began = performance.now();
    let sent = 0;
    while (performance.now() - began < forMs) {
      const due = Math.floor(((performance.now() - began) / 1000) * perSecond);
      const packets: Buffer[] = [];
      for (; sent < due; sent++) {
        const payload = Buffer.concat([stamp(), padding]);
        packets.push(generate({ cmd: "publish", topic, payload, qos: 0, dup: false, retain: false }));
      }
      if (packets.length > 0) this.#socket.write(Buffer.concat(packets));
      await new Promise((resolve) => setTimeout(resolve, tickMs));
    }
  }

  /** Subscribes, and tells how many milliseconds each message took. */
  async time(heard: (tookMs: number) => void): Promise<void> {
    const incoming = parser();
    const answered = new Promise<void>((resolve) => {
      incoming.on("packet", (packet) => {
        if (packet.cmd === "suback") resolve();
        if (packet.cmd !== "publish") return;
        heard((Number(now()) - Number((packet.payload as Buffer).readBigUInt64BE(0))) / 1000);
      });
    });
    this.#socket.on("data", (chunk) => incoming.parse(chunk));
    this.#subscribe();
    await answered;
  }

  /** Subscribes, and reads nothing any more. */
  async stall(): Promise<void> {
    this.#subscribe();
    await once(this.#socket, "data");
    this.#socket.pause();
  }

  close(): void {
    this.#socket.destroy();
  }

  #subscribe(): void {
    this.#socket.write(generate({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic, qos: 0 }] }));
  }
}

function now(): bigint {
  return process.hrtime.bigint() / 1000n;
}

function stamp(): Buffer {
  const bytes = Buffer.alloc(stampBytes);
  bytes.writeBigUInt64BE(now());
  return bytes;
}
