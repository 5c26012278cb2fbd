// Connections that have logged in, subscribed to a topic of their own, and say nothing more.
import { fatal, loginPacket, openMqtt, subscribe, subscribePacket, type MqttJob } from "./mqtt-wire.ts";
import { frameOf, RawWebSocket } from "./websocket.ts";
import { idle, type IdleWork, jobOf } from "./worker.ts";

export interface IdleJob extends MqttJob, IdleWork {
  readonly transport: "tcp" | "websocket";
  readonly webSocket: string | undefined;
}

/** Connecting at once. */
const width = 50;

const job = jobOf(process.argv) as IdleJob;

async function openOne(n: number): Promise<void> {
  const clientId = `idle${process.pid}n${n}`;
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

await idle(job, width, openOne);
