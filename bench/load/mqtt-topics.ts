// Publishers that go round the topics of their own, and subscribers whose wildcard filters cover each topic once; QoS 0.
import { openMqtt, publishPacket, subscribe, type MqttConnection, type MqttJob } from "./mqtt-wire.ts";
import { jobOf, work, type Traffic } from "./worker.ts";

export interface TopicsJob extends MqttJob {
  readonly publishers: number;
  /** Of each publisher. */
  readonly inFlight: number;
  readonly topicsEach: number;
  readonly subscribers: number;
  /** Of each subscriber; `all`: one that covers everything. */
  readonly filters: number | "all";
  readonly payload: number;
}

/** A payload begins with the number of its publisher. */
const digits = 4;

class Publisher {
  #sent = 0;
  #heard = 0;
  #next = 0;
  readonly #connection: MqttConnection;
  readonly #inFlight: number;
  readonly #packets: readonly Buffer[];
  readonly #sentAt: Float64Array;

  constructor(connection: MqttConnection, inFlight: number, packets: readonly Buffer[]) {
    this.#connection = connection;
    this.#inFlight = inFlight;
    this.#packets = packets;
    this.#sentAt = new Float64Array(inFlight);
  }

  /** Returns when the message that was heard had been sent. */
  heard(): number {
    return this.#sentAt[this.#heard++ % this.#inFlight]!;
  }

  pump(): void {
    const room = this.#inFlight - (this.#sent - this.#heard);
    if (room <= 0) return;
    const packets: Buffer[] = [];
    const now = performance.now();
    for (let n = 0; n < room; n++) {
      packets.push(this.#packets[this.#next]!);
      this.#next = (this.#next + 1) % this.#packets.length;
      this.#sentAt[this.#sent++ % this.#inFlight] = now;
    }
    this.#connection.socket.write(packets.length === 1 ? packets[0]! : Buffer.concat(packets));
  }
}

async function connect(job: TopicsJob): Promise<Traffic> {
  const root = `bench/${process.pid}`;
  const groups = job.filters === "all" ? 1 : job.subscribers * job.filters;
  const publishers: Publisher[] = [];
  const latencies: number[] = [];
  let delivered = 0;

  for (let n = 0; n < job.subscribers; n++) {
    const subscriber = await openMqtt(job, true);
    const filters =
      job.filters === "all"
        ? [`${root}/#`]
        : Array.from({ length: job.filters }, (_, at) => `${root}/+/g${n * (job.filters as number) + at}/#`);
    for (const filter of filters) await subscribe(subscriber, filter, 0);
    const owed = new Set<Publisher>();
    subscriber.onPacket = (first, bytes, from) => {
      if (first >> 4 !== 3) return;
      const at = from + 2 + bytes.readUInt16BE(from);
      const publisher = publishers[Number(bytes.toString("latin1", at, at + digits))]!;
      const sentAt = publisher.heard();
      if (++delivered % 64 === 0) latencies.push(performance.now() - sentAt);
      owed.add(publisher);
    };
    subscriber.onChunk = () => {
      for (const publisher of owed) publisher.pump();
      owed.clear();
    };
  }
  for (let n = 0; n < job.publishers; n++) {
    const payload = Buffer.alloc(job.payload, 0x61);
    payload.write(String(n).padStart(digits, "0"));
    const packets = Array.from({ length: job.topicsEach }, (_, at) => {
      const topic = n * job.topicsEach + at;
      return publishPacket(`${root}/${topic}/g${topic % groups}/value`, payload, 0);
    });
    publishers.push(new Publisher(await openMqtt(job, true), job.inFlight, packets));
  }
  return {
    begin: () => publishers.forEach((publisher) => publisher.pump()),
    get delivered() {
      return delivered;
    },
    takeLatencies: () => latencies.splice(0),
  };
}

await work(connect(jobOf(process.argv) as TopicsJob));
