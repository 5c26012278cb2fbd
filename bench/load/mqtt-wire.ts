// Just enough MQTT 3.1.1 to load a server: bytes prepared once, packets cut without copying.
import { connect as dial, type Socket } from "node:net";

export interface MqttJob {
  readonly host: string;
  readonly port: number;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}

export function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

export function packet(first: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  if (body.length > 16_383) throw new Error("the load's packets are small");
  const length = body.length < 128 ? [body.length] : [(body.length & 0x7f) | 0x80, body.length >> 7];
  return Buffer.concat([Buffer.from([first, ...length]), body]);
}

export function publishPacket(topic: string, payload: Buffer, qos: number, retain = false): Buffer {
  return packet(0x30 | (qos << 1) | (retain ? 1 : 0), text(topic), Buffer.alloc(qos > 0 ? 2 : 0), payload);
}

/** Where the packet identifier of such a PUBLISH is. */
export function idOffset(topic: string, length: number): number {
  return (length < 130 ? 2 : 3) + 2 + Buffer.byteLength(topic);
}

export interface MqttConnection {
  readonly socket: Socket;
  /** Called for each packet: its first byte, and where its body begins and ends. */
  onPacket: (first: number, bytes: Buffer, from: number, to: number) => void;
  /** Called when all packets of one chunk have been handled. */
  onChunk: () => void;
}

let names = 0;

export async function openMqtt(
  job: MqttJob,
  clean: boolean,
  clientId = `load${process.pid}n${++names}`,
): Promise<MqttConnection> {
  const socket = dial({ host: job.host, port: job.port, noDelay: true });
  const connection: MqttConnection = { socket, onPacket: () => {}, onChunk: () => {} };
  let rest: Buffer | undefined;
  socket.on("data", (chunk: Buffer) => {
    const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    for (;;) {
      let from = at + 2;
      if (from > bytes.length) break;
      let length = bytes[at + 1]!;
      if (length >= 0x80) {
        if (++from > bytes.length) break;
        length = (length & 0x7f) | (bytes[at + 2]! << 7);
      }
      if (from + length > bytes.length) break;
      connection.onPacket(bytes[at]!, bytes, from, from + length);
      at = from + length;
    }
    rest = at === bytes.length ? undefined : bytes.subarray(at);
    connection.onChunk();
  });
  socket.on("close", () => fatal("the server closed a connection"));
  socket.on("error", (error) => fatal(error.message));
  await ask(connection, loginPacket(job, clean, clientId), 0x20);
  return connection;
}

export function loginPacket(job: MqttJob, clean: boolean, clientId: string): Buffer {
  const flags = (clean ? 2 : 0) | (job.user === undefined ? 0 : 0xc0);
  const login = job.user === undefined ? [] : [text(job.user), text(job.password ?? "")];
  return packet(0x10, text("MQTT"), Buffer.from([4, flags, 0, 0]), text(clientId), ...login);
}

export function subscribe(connection: MqttConnection, topic: string, qos: number): Promise<void> {
  return ask(connection, subscribePacket(topic, qos), 0x90);
}

export function subscribePacket(topic: string, qos: number): Buffer {
  return packet(0x82, Buffer.from([0, 1]), text(topic), Buffer.from([qos]));
}

function ask(connection: MqttConnection, bytes: Buffer, answer: number): Promise<void> {
  return new Promise((resolve) => {
    connection.onPacket = (first, body, _from, to) => {
      if ((first & 0xf0) !== answer) return;
      if (body[to - 1]! >= 3) fatal(`refused with ${body[to - 1]}`);
      resolve();
    };
    connection.socket.write(bytes);
  });
}

export function fatal(why: string): never {
  console.error(`load: ${why}`);
  process.exit(1);
}
