// Pairs of XMPP users over WebSocket: one writes chat messages to the other, with a window of them in flight.
import { frameOf, RawWebSocket } from "./websocket.ts";
import { jobOf, Stopwatch, work, type Traffic } from "./worker.ts";

export interface ChatJob {
  readonly url: string;
  readonly domain: string;
  /** The first half writes to the second. */
  readonly accounts: readonly { readonly user: string; readonly password: string }[];
  readonly inFlight: number;
  readonly body: number;
}

const framing = "urn:ietf:params:xml:ns:xmpp-framing";

async function login(job: ChatJob, index: number): Promise<RawWebSocket> {
  const { user, password } = job.accounts[index]!;
  const open = `<open xmlns="${framing}" to="${job.domain}" version="1.0"/>`;
  const plain = Buffer.from(`\0${user}\0${password}`).toString("base64");
  const socket = await RawWebSocket.dial(job.url, "xmpp");
  await socket.ask(open, "features");
  await socket.ask(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">${plain}</auth>`, "<success");
  await socket.ask(open, "features");
  await socket.ask(
    `<iq xmlns="jabber:client" type="set" id="b"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>load</resource></bind></iq>`,
    "<jid>",
  );
  await socket.ask(`<presence xmlns="jabber:client"/>`, "<presence");
  return socket;
}

const digits = 9;
const messageStart = Buffer.from("<message");

class Pair {
  delivered = 0;
  #sent = 0;
  readonly #job: ChatJob;
  readonly #writer: RawWebSocket;
  readonly #template: Buffer;
  readonly #idAt: number;
  readonly #watch: Stopwatch;

  constructor(job: ChatJob, writer: RawWebSocket, reader: RawWebSocket, to: string, latencies: number[]) {
    this.#job = job;
    this.#writer = writer;
    this.#template = frameOf(
      `<message xmlns="jabber:client" type="chat" to="${to}" id="${"0".repeat(digits)}"><body>${"a".repeat(job.body)}</body></message>`,
    );
    this.#idAt = this.#template.indexOf("0".repeat(digits));
    this.#watch = new Stopwatch(job.inFlight, latencies);
    let now = 0;
    reader.onFrame = (bytes, from) => {
      if (bytes.compare(messageStart, 0, messageStart.length, from, from + messageStart.length) !== 0) return;
      this.delivered++;
      this.#watch.arrived((now ||= performance.now()));
    };
    reader.onChunk = () => {
      now = 0;
      this.pump();
    };
    writer.onFrame = () => {};
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

async function connect(job: ChatJob): Promise<Traffic> {
  const latencies: number[] = [];
  const half = job.accounts.length / 2;
  const pairs: Pair[] = [];
  for (let n = 0; n < half; n++) {
    const [writer, reader] = [await login(job, n), await login(job, half + n)];
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
