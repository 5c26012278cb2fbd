// Pairs of XMPP users, over WebSocket or TCP: one writes chat messages to the other, with a window of them in flight.
import { jobOf, Stopwatch, work, type Traffic } from "./worker.ts";
import { login, type XmppConnection, type XmppJob } from "./xmpp-client.ts";

/** The first half of the accounts writes to the second. */
export interface ChatJob extends XmppJob {
  readonly inFlight: number;
  readonly body: number;
}

const digits = 9;

class Pair {
  delivered = 0;
  #sent = 0;
  readonly #job: ChatJob;
  readonly #writer: XmppConnection;
  readonly #template: Buffer;
  readonly #idAt: number;
  readonly #watch: Stopwatch;

  constructor(job: ChatJob, writer: XmppConnection, reader: XmppConnection, to: string, latencies: number[]) {
    this.#job = job;
    this.#writer = writer;
    this.#template = writer.bytesOf(
      `<message xmlns="jabber:client" type="chat" to="${to}" id="${"0".repeat(digits)}"><body>${"a".repeat(job.body)}</body></message>`,
    );
    this.#idAt = this.#template.indexOf("0".repeat(digits));
    this.#watch = new Stopwatch(job.inFlight, latencies);
    let now = 0;
    reader.listen(
      () => {
        this.delivered++;
        this.#watch.arrived((now ||= performance.now()));
      },
      () => {
        now = 0;
        this.pump();
      },
    );
    writer.listen();
  }

  pump(): void {
    const room = this.#job.inFlight - (this.#sent - this.delivered);
    if (room <= 0) return;
    const length = this.#template.length;
    const bytes = Buffer.allocUnsafe(room * length);
    const now = performance.now();
    for (let n = 0; n < room; n++) {
      this.#template.copy(bytes, n * length);
      bytes.write(String(this.#sent++).padStart(digits, "0"), n * length + this.#idAt, "latin1");
      this.#watch.sent(now);
    }
    this.#writer.write(bytes);
  }
}

async function online(job: ChatJob, index: number): Promise<XmppConnection> {
  const connection = await login(job, job.accounts[index]!, "load");
  await connection.ask(`<presence xmlns="jabber:client"/>`, "<presence");
  return connection;
}

async function connect(job: ChatJob): Promise<Traffic> {
  const latencies: number[] = [];
  const half = job.accounts.length / 2;
  const pairs: Pair[] = [];
  for (let n = 0; n < half; n++) {
    const writer = await online(job, n);
    const reader = await online(job, half + n);
    pairs.push(new Pair(job, writer, reader, `${job.accounts[half + n]!.user}@${job.domain}`, latencies));
  }
  return {
    begin: () => pairs.forEach((pair) => pair.pump()),
    get delivered() {
      return pairs.reduce((sum, pair) => sum + pair.delivered, 0);
    },
    takeLatencies: () => latencies.splice(0),
  };
}

await work(connect(jobOf(process.argv) as ChatJob));
