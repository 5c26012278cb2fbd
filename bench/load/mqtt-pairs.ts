// Pairs of a publisher and a subscriber, each pair with its own topic and a window of messages in flight.
import { idOffset, openMqtt, publishPacket, subscribe, type MqttConnection, type MqttJob } from "./mqtt-wire.ts";
import { jobOf, Stopwatch, work, type Traffic } from "./worker.ts";

export interface PairsJob extends MqttJob {
  readonly pairs: number;
  readonly inFlight: number;
  readonly qos: 0 | 1 | 2;
  readonly payload: number;
  /** Whether subscribers have durable sessions. */
  readonly durable: boolean;
}

class Pair {
  delivered = 0;
  #acknowledged = 0;
  #sent = 0;
  #nextId = 1;
  readonly #job: PairsJob;
  readonly #publisher: MqttConnection;
  readonly #subscriber: MqttConnection;
  readonly #template: Buffer;
  readonly #idAt: number;
  readonly #watch: Stopwatch;

  constructor(
    job: PairsJob,
    topic: string,
    publisher: MqttConnection,
    subscriber: MqttConnection,
    latencies: number[],
  ) {
    this.#job = job;
    this.#publisher = publisher;
    this.#subscriber = subscriber;
    this.#template = publishPacket(topic, Buffer.alloc(job.payload, 0x61), job.qos);
    this.#idAt = idOffset(topic, this.#template.length);
    this.#watch = new Stopwatch(job.inFlight, latencies);
    this.#hear();
  }

  /** Fills the window; all that fits leaves in one write. */
  pump(): void {
    const { qos, inFlight } = this.#job;
    const floor = qos === 0 ? this.delivered : Math.min(this.delivered, this.#acknowledged);
    const room = inFlight - (this.#sent - floor);
    if (room <= 0) return;
    const length = this.#template.length;
    const bytes = Buffer.allocUnsafe(room * length);
    const now = performance.now();
    for (let n = 0; n < room; n++) {
      this.#template.copy(bytes, n * length);
      if (qos > 0) {
        bytes.writeUInt16BE(this.#nextId, n * length + this.#idAt);
        this.#nextId = this.#nextId === 65_535 ? 1 : this.#nextId + 1;
      }
      this.#watch.sent(now);
    }
    this.#sent += room;
    this.#publisher.socket.write(bytes);
  }

  #hear(): void {
    const [subscriber, publisher] = [this.#subscriber, this.#publisher];
    let answers: number[] = [];
    let now = 0;
    subscriber.onPacket = (first, bytes, from) => {
      const kind = first >> 4;
      if (kind === 3) {
        this.delivered++;
        this.#watch.arrived((now ||= performance.now()));
        const qos = (first >> 1) & 3;
        if (qos === 0) return;
        const at = from + 2 + bytes.readUInt16BE(from);
        answers.push(qos === 1 ? 0x40 : 0x50, 2, bytes[at]!, bytes[at + 1]!);
      } else if (kind === 6) {
        answers.push(0x70, 2, bytes[from]!, bytes[from + 1]!);
      }
    };
    subscriber.onChunk = () => {
      now = 0;
      if (answers.length > 0) subscriber.socket.write(Buffer.from(answers));
      answers = [];
      this.pump();
    };
    let releases: number[] = [];
    publisher.onPacket = (first, bytes, from) => {
      const kind = first >> 4;
      if (kind === 4 || kind === 7) this.#acknowledged++;
      else if (kind === 5) releases.push(0x62, 2, bytes[from]!, bytes[from + 1]!);
    };
    publisher.onChunk = () => {
      if (releases.length > 0) publisher.socket.write(Buffer.from(releases));
      releases = [];
      this.pump();
    };
  }
}

async function connect(job: PairsJob): Promise<Traffic> {
  const latencies: number[] = [];
  const pairs: Pair[] = [];
  for (let n = 0; n < job.pairs; n++) {
    const topic = `bench/${process.pid}/${n}`;
    const [publisher, subscriber] = [await openMqtt(job, true), await openMqtt(job, !job.durable)];
    await subscribe(subscriber, topic, job.qos);
    pairs.push(new Pair(job, topic, publisher, subscriber, latencies));
  }
  return {
    begin: () => pairs.forEach((pair) => pair.pump()),
    get delivered() {
      return pairs.reduce((sum, pair) => sum + pair.delivered, 0);
    },
    takeLatencies: () => latencies.splice(0),
  };
}

await work(connect(jobOf(process.argv) as PairsJob));
