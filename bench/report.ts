// What a figure's rounds come to: medians, ratios, and whether the goal holds.
import type { Figure, Goal } from "./figure.ts";
import type { Sample } from "./measure.ts";

/** By server, in the order of the figure. */
export type Rows<T> = ReadonlyMap<string, readonly T[]>;

export function printMessages(figure: Figure, rows: Rows<Sample>): string {
  console.log(`\n${figure.name}: ${figure.title}`);
  console.log(
    `  ${"server".padEnd(10)} ${"µs CPU/message".padStart(16)} ${"(least–most)".padEnd(16)} ${"messages/s".padStart(11)} ${"p50 ms".padStart(8)} ${"p99 ms".padStart(8)}   ours is`,
  );
  const micros = (name: string): number => median(rows.get(name), (sample) => sample.micros);
  for (const [name, samples] of rows) {
    if (samples.length === 0) continue;
    const all = samples.map((sample) => sample.micros);
    const range = `(${Math.min(...all).toFixed(1)}–${Math.max(...all).toFixed(1)})`;
    const rate = Math.round(median(samples, (sample) => sample.perSecond)).toLocaleString("en");
    const times = [median(samples, (sample) => sample.p50), median(samples, (sample) => sample.p99)].map((ms) =>
      ms.toFixed(1).padStart(8),
    );
    console.log(
      `  ${name.padEnd(10)} ${micros(name).toFixed(1).padStart(16)} ${range.padEnd(16)} ${rate.padStart(11)} ${times.join(" ")}   ${ratioTo(name, micros)}`,
    );
  }
  return verdict(figure, micros);
}

export function printConnections(figure: Figure, rows: Rows<number>): string {
  console.log(`\n${figure.name}: ${figure.title}`);
  console.log(`  ${"server".padEnd(10)} ${"bytes/connection".padStart(16)} ${"(least–most)".padEnd(16)}   ours is`);
  const bytes = (name: string): number => median(rows.get(name), (sample) => sample);
  for (const [name, samples] of rows) {
    if (samples.length === 0) continue;
    const range = `(${Math.round(Math.min(...samples))}–${Math.round(Math.max(...samples))})`;
    console.log(
      `  ${name.padEnd(10)} ${String(Math.round(bytes(name))).padStart(16)} ${range.padEnd(16)}   ${ratioTo(name, bytes)}`,
    );
  }
  return verdict(figure, bytes);
}

function ratioTo(name: string, of: (name: string) => number): string {
  const ratio = of("trivium") / of(name);
  return name === "trivium" || Number.isNaN(ratio) ? "" : `${ratio.toFixed(2)} × ${name}`;
}

/** A line for the end; empty when there is no goal. */
function verdict({ name, goal }: Figure, of: (name: string) => number): string {
  if (goal === undefined) return "";
  const [got, wanted] = "bytes" in goal ? [of("trivium"), goal.bytes] : [of("trivium") / of(goal.times), goal.most];
  const word = Number.isNaN(got) ? "not measured" : got <= wanted ? "met" : "MISSED";
  const line = `${name.padEnd(18)} ${said(got, goal).padStart(18)}   goal ≤ ${said(wanted, goal).padEnd(18)} ${word}`;
  console.log(`  ${line}`);
  return line;
}

function said(value: number, goal: Goal): string {
  if (Number.isNaN(value)) return "–";
  return "bytes" in goal ? `${Math.round(value)} bytes` : `${value.toFixed(2)} × ${goal.times}`;
}

function median<T>(samples: readonly T[] | undefined, pick: (sample: T) => number): number {
  const sorted = (samples ?? []).map(pick).toSorted((a, b) => a - b);
  const middle = [sorted[Math.floor((sorted.length - 1) / 2)] ?? NaN, sorted[Math.floor(sorted.length / 2)] ?? NaN];
  return (middle[0]! + middle[1]!) / 2;
}
