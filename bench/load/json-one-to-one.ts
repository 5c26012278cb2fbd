// Pairs of users of the JSON dialect: one sends to the other, which acknowledges as a client does: once a frame.
import type { Login } from "../../conformance/target.ts";
import { frameOf, RawWebSocket } from "./websocket.ts";
import { jobOf, Stopwatch, work, type Traffic } from "./worker.ts";

export interface JsonJob {
  readonly url: string;
  readonly accounts: readonly Login[];
  readonly inFlight: number;
  readonly body: number;
}

async function login(job: JsonJob, index: number): Promise<RawWebSocket> {
  const { user, password } = job.accounts[index]!;
  const socket = await RawWebSocket.dial(job.url, "trivium.v1.json");
  await socket.ask("", '"hello"');
  await socket.ask(JSON.stringify({ id: 1, type: "auth", user, password, device: "load" }), '"re":1');
  return socket;
}

class Pair {
  delivered = 0;
  #sent = 0;
  #answered = 0;
  readonly #job: JsonJob;
  readonly #writer: RawWebSocket;
  readonly #to: string;
  readonly #body: string;
  readonly #watch: Stopwatch;

  constructor(job: JsonJob, writer: RawWebSocket, reader: RawWebSocket, to: string, latencies: number[]) {
    this.#job = job;
    this.#writer = writer;
    this.#to = to;
    this.#body = "a".repeat(job.body);
    this.#watch = new Stopwatch(job.inFlight, latencies);
    reader.onFrame = (bytes, from, to) => {
      const frame = bytes.toString("latin1", from, to);
      let last = -1;
      const now = performance.now();
      for (let at = frame.indexOf('"type":"message"'); at !== -1; at = frame.indexOf('"type":"message"', at + 1)) {
        last = at;
        this.delivered++;
        this.#watch.arrived(now);
      }
      if (last === -1) return;
      const c = /"c":"([^"]+)"/.exec(frame.slice(last))![1]!;
      const s = /"s":(\d+)/.exec(frame.slice(last))![1]!;
      reader.write(frameOf(`{"type":"ack","c":"${c}","s":${s},"mark":"delivered"}`));
    };
    reader.onChunk = () => this.pump();
    writer.onFrame = (bytes, from, to) => {
      const frame = bytes.toString("latin1", from, to);
      for (let at = frame.indexOf('"re":'); at !== -1; at = frame.indexOf('"re":', at + 1)) this.#answered++;
    };
    writer.onChunk = () => this.pump();
  }

  pump(): void {
    const room = this.#job.inFlight - (this.#sent - Math.min(this.delivered, this.#answered));
    if (room <= 0) return;
    const now = performance.now();
    const frames: Buffer[] = [];
    for (let n = 0; n < room; n++) {
      const id = ++this.#sent;
      frames.push(
        frameOf(`{"id":${id},"type":"send","to":"${this.#to}","cid":"${process.pid}-${id}","body":"${this.#body}"}`),
      );
      this.#watch.sent(now);
    }
    this.#writer.write(Buffer.concat(frames));
  }
}

async function connect(job: JsonJob): Promise<Traffic> {
  const latencies: number[] = [];
  const half = job.accounts.length / 2;
  const pairs: Pair[] = [];
  for (let n = 0; n < half; n++) {
    const [writer, reader] = [await login(job, n), await login(job, half + n)];
    pairs.push(new Pair(job, writer, reader, job.accounts[half + n]!.user, latencies));
  }
  return {
    begin: () => pairs.forEach((pair) => pair.pump()),
    get delivered() {
      return pairs.reduce((sum, pair) => sum + pair.delivered, 0);
    },
    takeLatencies: () => latencies.splice(0),
  };
}

await work(connect(jobOf(process.argv) as JsonJob));
