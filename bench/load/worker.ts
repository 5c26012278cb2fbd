// The far side of a load process: it is told by its parent when to connect, to begin, to count and to end.

/** Traffic that keeps itself going once begun. */
export interface Traffic {
  begin(): void;
  /** Messages that have reached a recipient. */
  readonly delivered: number;
  /** From send to arrival, a sample, milliseconds; emptied by whoever reads it. */
  takeLatencies(): number[];
}

export interface Count {
  readonly delivered: number;
  readonly atMs: number;
  readonly latencies: readonly number[];
}

export type Order = "begin" | "count" | "end";

/** The job this process was started with; its parent wrote it in the type that the load reads. */
export function jobOf(argv: readonly string[]): unknown {
  return JSON.parse(argv[2]!);
}

/** Waits until all is connected, then serves orders until the end. */
export async function work(connecting: Promise<Traffic>): Promise<void> {
  const traffic = await connecting;
  process.on("message", (order: Order) => {
    if (order === "begin") traffic.begin();
    if (order === "end") process.exit();
    if (order !== "count") return;
    const count: Count = { delivered: traffic.delivered, atMs: performance.now(), latencies: traffic.takeLatencies() };
    process.send!(count);
  });
  // Whoever started us is gone: so are we.
  process.on("disconnect", () => process.exit());
  process.send!("ready");
}

/** Traffic that stops when it is told to, so that another server's can be measured beside it without connecting anew. */
export interface Bursts {
  /** Sends for so long; resolves when all that was sent has reached everybody. */
  burst(forMs: number): Promise<Omit<Count, "atMs">>;
}

export type BurstOrder = { readonly burst: number } | "end";

export interface Burst extends Count {
  readonly beganMs: number;
}

/** Waits until all is connected, then serves orders until the end. */
export async function workInBursts(connecting: Promise<Bursts>): Promise<void> {
  const traffic = await connecting;
  process.on("message", (order: BurstOrder) => {
    if (order === "end") process.exit();
    const beganMs = performance.now();
    void traffic.burst(order.burst).then((count) => {
      const burst: Burst = { ...count, beganMs, atMs: performance.now() };
      process.send!(burst);
    });
  });
  process.on("disconnect", () => process.exit());
  process.send!("ready");
}

/** Opens this many, numbered from `first`, `width` at a time. */
export async function openMany(
  { first = 0, count, width }: { readonly first?: number; readonly count: number; readonly width: number },
  open: (n: number) => Promise<void>,
): Promise<void> {
  let next = first;
  await Promise.all(
    Array.from({ length: width }, async () => {
      while (next < first + count) await open(next++);
    }),
  );
}

export interface IdleWork {
  /** Opened first; a server's growth for these is not counted. */
  readonly warm: number;
  /** Opened behind them, when told. */
  readonly connections: number;
}

/** Opens connections that then do nothing, `width` at a time, until the end. */
export async function idle(
  { warm, connections }: IdleWork,
  width: number,
  open: (n: number) => Promise<void>,
): Promise<void> {
  process.on("message", (order: "more" | "end") => {
    if (order === "end") process.exit();
    void openMany({ first: warm, count: connections, width }, open).then(() => process.send!("open"));
  });
  process.on("disconnect", () => process.exit());
  await openMany({ count: warm, width }, open);
  process.send!("open");
}

/** Send times of one pair's messages in flight, in order; one in `every` is kept as a latency. */
export class Stopwatch {
  readonly #sent: Float64Array;
  readonly #every: number;
  readonly #latencies: number[];
  #first = 0;
  #next = 0;
  #turn = 0;

  constructor(window: number, latencies: number[], every = 8) {
    this.#sent = new Float64Array(window);
    this.#latencies = latencies;
    this.#every = every;
  }

  sent(nowMs: number): void {
    this.#sent[this.#next++ % this.#sent.length] = nowMs;
  }

  arrived(nowMs: number): void {
    const at = this.#sent[this.#first++ % this.#sent.length]!;
    if (++this.#turn % this.#every === 0) this.#latencies.push(nowMs - at);
  }
}
