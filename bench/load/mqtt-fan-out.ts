// One publisher, many subscribers to its topic, QoS 0; the window counts messages that not all have received.
import { openMqtt, publishPacket, subscribe, type MqttConnection, type MqttJob } from "./mqtt-wire.ts";
import { jobOf, work, type Traffic } from "./worker.ts";

export interface FanOutJob extends MqttJob {
  readonly subscribers: number;
  readonly inFlight: number;
  readonly payload: number;
}

async function connect(job: FanOutJob): Promise<Traffic> {
  const topic = `bench/${process.pid}/fan`;
  const publisher = await openMqtt(job, true);
  const template = publishPacket(topic, Buffer.alloc(job.payload, 0x61), 0);
  const got = new Uint32Array(job.subscribers);
  const sentAt: number[] = [];
  const latencies: number[] = [];
  let sent = 0;
  let delivered = 0;
  let slowest = 0;

  const pump = (): void => {
    const room = job.inFlight - (sent - slowest);
    if (room <= 0) return;
    for (let n = 0; n < room; n++) sentAt[(sent + n) % job.inFlight] = performance.now();
    sent += room;
    publisher.socket.write(Buffer.concat(Array<Buffer>(room).fill(template)));
  };
  const hear = (subscriber: MqttConnection, index: number): void => {
    subscriber.onPacket = (first) => {
      if (first >> 4 !== 3) return;
      delivered++;
      got[index]!++;
      if (delivered % 64 === 0) latencies.push(performance.now() - sentAt[(got[index]! - 1) % job.inFlight]!);
    };
    subscriber.onChunk = () => {
      if (index !== job.subscribers - 1 && got[index]! - slowest < job.inFlight) return;
      slowest = got.reduce((least, one) => Math.min(least, one), Infinity);
      pump();
    };
  };
  for (let n = 0; n < job.subscribers; n++) {
    const subscriber = await openMqtt(job, true);
    await subscribe(subscriber, topic, 0);
    hear(subscriber, n);
  }
  return {
    begin: pump,
    get delivered() {
      return delivered;
    },
    takeLatencies: () => latencies.splice(0),
  };
}

await work(connect(jobOf(process.argv) as FanOutJob));
