// One client that subscribes to thousands of retained messages, has them all, and subscribes anew.
import { openMqtt, packet, publishPacket, text, type MqttJob } from "./mqtt-wire.ts";
import { jobOf, work, type Traffic } from "./worker.ts";

export interface RetainedJob extends MqttJob {
  readonly topics: number;
  readonly payload: number;
}

// The same in every round: they replace those of the last one.
const root = "bench/retained";

async function connect(job: RetainedJob): Promise<Traffic> {
  await retain(job);
  const client = await openMqtt(job, true);
  const filter = text(`${root}/#`);
  const again = Buffer.concat([
    packet(0xa2, Buffer.from([0, 2]), filter),
    packet(0x82, Buffer.from([0, 1]), filter, Buffer.from([0])),
  ]);
  const latencies: number[] = [];
  let delivered = 0;
  let left = 0;
  let askedAt = 0;

  const ask = (): void => {
    left = job.topics;
    askedAt = performance.now();
    client.socket.write(again);
  };
  client.onPacket = (first) => {
    if (first >> 4 !== 3) return;
    delivered++;
    left--;
  };
  client.onChunk = () => {
    if (left > 0) return;
    latencies.push(performance.now() - askedAt);
    ask();
  };
  return {
    begin: ask,
    get delivered() {
      return delivered;
    },
    takeLatencies: () => latencies.splice(0),
  };
}

/** Resolves when the server has acknowledged them all. */
async function retain(job: RetainedJob): Promise<void> {
  const client = await openMqtt(job, true);
  let next = 0;
  let acknowledged = 0;
  await new Promise<void>((done) => {
    const pump = (): void => {
      for (; next < job.topics && next - acknowledged < 50; next++) {
        const bytes = publishPacket(`${root}/${next}`, Buffer.alloc(job.payload, 0x61), 1, true);
        bytes.writeUInt16BE(next + 1, bytes.length - job.payload - 2);
        client.socket.write(bytes);
      }
      if (acknowledged === job.topics) done();
    };
    client.onPacket = (first) => {
      if (first >> 4 === 4) acknowledged++;
    };
    client.onChunk = pump;
    pump();
  });
  client.onChunk = () => {};
}

await work(connect(jobOf(process.argv) as RetainedJob));
