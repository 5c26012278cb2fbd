// Connections that have logged in, subscribed to a topic of their own, and say nothing more.
import { fatal, loginPacket, openMqtt, subscribe, subscribePacket, type MqttJob } from "./mqtt-wire.ts";
import { frameOf, RawWebSocket } from "./websocket.ts";
import { jobOf } from "./worker.ts";

export interface IdleJob extends MqttJob {
  readonly transport: "tcp" | "websocket";
  readonly webSocket: string | undefined;
  readonly warm: number;
  readonly connections: number;
}

/** Connecting at once. */
const width = 50;

const job = jobOf(process.argv) as IdleJob;
let names = 0;

async function openMany(count: number): Promise<void> {
  let left = count;
  await Promise.all(
    Array.from({ length: width }, async () => {
      while (left-- > 0) await openOne(`idle${process.pid}n${++names}`);
    }),
  );
}

async function openOne(clientId: string): Promise<void> {
  const topic = `bench/${clientId}/set`;
  if (job.transport === "tcp") return subscribe(await openMqtt(job, true, clientId), topic, 0);
  const socket = await RawWebSocket.dial(job.webSocket ?? fatal("no WebSocket"), "mqtt");
  await askFor(socket, loginPacket(job, true, clientId), 0x20);
  await askFor(socket, subscribePacket(topic, 0), 0x90);
}

function askFor(socket: RawWebSocket, bytes: Buffer, answer: number): Promise<void> {
  return new Promise((resolve) => {
    socket.onFrame = (frame, from) => {
      if (frame[from] === answer) resolve();
    };
    socket.write(frameOf(bytes, "binary"));
  });
}

process.on("disconnect", () => process.exit());
process.on("message", (order: "more" | "end") => {
  if (order === "end") process.exit();
  void openMany(job.connections).then(() => process.send!("open"));
});
await openMany(job.warm);
process.send!("open");
