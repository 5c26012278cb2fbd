// Numbers for /metrics. A counter is a plain field that the hot path adds to; prom-client reads it when scraped.
import prom from "prom-client";

export type Labels = Readonly<Record<string, string>>;

/** Only grows. */
export interface Counter {
  readonly value: number;
  add(count?: number): void;
}

/** Goes up and down. Each part of the process that declares it adds its own share. */
export interface Gauge {
  readonly value: number;
  add(count: number): void;
}

/** Costs a search for the bucket: for what happens once a batch or once a connection, not once a message. */
export interface Histogram {
  observe(value: number): void;
}

class Cell implements Counter, Gauge {
  value = 0;

  add(count = 1): void {
    this.value += count;
  }
}

type Series = Map<string, { readonly labels: Labels; readonly cell: Cell }>;

const series = new Map<string, Series>();
const histograms = new Map<string, prom.Histogram>();

/**
 * Declares a counter, in the file that moves it: `trivium_<what>_<unit>_total`. Declared again with the same name and
 * labels it is the same counter; every declaration of one name has the same label names, with few values.
 */
export function counter(name: string, help: string, labels: Labels = {}): Counter {
  return cellOf(name, labels, () => declared(prom.Counter, name, help, labels));
}

/** As `counter`, for what goes up and down. */
export function gauge(name: string, help: string, labels: Labels = {}): Gauge {
  return cellOf(name, labels, () => declared(prom.Gauge, name, help, labels));
}

/** `buckets` are upper bounds, ascending. */
export function histogram(name: string, help: string, buckets: readonly number[]): Histogram {
  const known = histograms.get(name);
  if (known !== undefined) return known;
  const made = new prom.Histogram({ name, help, buckets: [...buckets] });
  histograms.set(name, made);
  return made;
}

/** Everything declared so far, and the process's own figures, in Prometheus' text format. */
export async function exposition(): Promise<{ readonly contentType: string; readonly body: string }> {
  startProcessMetrics();
  return { contentType: prom.register.contentType, body: await prom.register.metrics() };
}

let processMetrics = false;

/** Event loop delay, memory, garbage collection, file descriptors; begins measuring at the first call. */
export function startProcessMetrics(): void {
  if (processMetrics) return;
  processMetrics = true;
  prom.collectDefaultMetrics();
}

function cellOf(name: string, labels: Labels, declare: () => prom.Metric): Cell {
  let cells = series.get(name);
  if (cells === undefined) {
    cells = new Map();
    series.set(name, cells);
    declare();
  }
  const key = JSON.stringify(Object.entries(labels).toSorted(([one], [other]) => (one < other ? -1 : 1)));
  let one = cells.get(key);
  if (one === undefined) {
    one = { labels, cell: new Cell() };
    cells.set(key, one);
  }
  return one.cell;
}

function declared(
  kind: typeof prom.Counter | typeof prom.Gauge,
  name: string,
  help: string,
  labels: Labels,
): prom.Metric {
  return new kind({
    name,
    help,
    labelNames: Object.keys(labels),
    collect() {
      this.reset();
      for (const { labels: of, cell } of series.get(name)?.values() ?? []) this.inc(of, cell.value);
    },
  });
}
