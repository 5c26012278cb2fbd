// npm run bench [-- figure…]: what a delivered message costs the server, measured in turn with other servers.
import { cpus, loadavg, totalmem } from "node:os";
import { parseArgs } from "node:util";
import type { Figure } from "./figure.ts";
import { jsonOneToOne } from "./figures/json-one-to-one.ts";
import { mqttFanOut } from "./figures/mqtt-fan-out.ts";
import { mqttDurable, mqttQos0, mqttQos1, mqttQos2 } from "./figures/mqtt-pairs.ts";
import { xmppOneToOne } from "./figures/xmpp-one-to-one.ts";
import { measure, type Sample } from "./measure.ts";
import { Servers } from "./servers.ts";

/** In the order of the table. */
const figures: readonly Figure[] = [mqttQos0, mqttQos1, mqttQos2, mqttDurable, mqttFanOut, xmppOneToOne, jsonOneToOne];

/** Servers whose code gets faster for some seconds: what is measured is what a server costs that has been up for a while. */
const compiles: ReadonlySet<string> = new Set(["trivium", "aedes"]);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "1.5" },
    only: { type: "string" },
    profile: { type: "string" },
    budget: { type: "string", default: "220" },
  },
});
const unknown = positionals.find((name) => figures.every((figure) => figure.name !== name));
if (unknown !== undefined)
  throw new Error(`no figure ${unknown}; there are ${figures.map((figure) => figure.name).join(", ")}`);

console.log(
  `${cpus()[0]!.model}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}, load ${loadavg()[0]!.toFixed(1)} before; ${values.rounds} rounds of ${values.seconds} s`,
);
const servers = new Servers(values.profile);
try {
  const chosen = figures.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  for (const [index, figure] of chosen.entries()) {
    // A busy machine takes longer to start servers: what is left of the time is shared by the figures to come.
    const left = Number(values.budget) * 1_000 - performance.now();
    await run(figure, performance.now() + left / (chosen.length - index));
  }
} finally {
  await servers.stop();
}

/** Rounds are interleaved, so that a machine that slows down slows everybody. No round begins after `until`, but the first. */
async function run(figure: Figure, until: number): Promise<void> {
  const rows = new Map<string, Sample[]>();
  const chosen = figure.servers.filter((name) => values.only === undefined || values.only === name);
  for (let round = 0; round < Number(values.rounds); round++) {
    if (round > 0 && performance.now() > until) {
      console.log(`\n${figure.name}: time is up after ${round} of ${values.rounds} rounds`);
      break;
    }
    for (const name of chosen) {
      const server = await servers.get(name);
      if (server === undefined) continue;
      const samples = rows.get(name) ?? [];
      rows.set(name, samples);
      try {
        samples.push(
          await measure(figure.load, figure.job(server.target), server.pid, {
            warmUpMs: round > 0 ? 500 : compiles.has(name) ? 4_000 : 1_000,
            measureMs: Number(values.seconds) * 1_000,
          }),
        );
      } catch (error) {
        console.log(`${name}: ${(error as Error).message}`);
      }
    }
  }
  print(figure, rows);
}

function print(figure: Figure, rows: ReadonlyMap<string, readonly Sample[]>): void {
  console.log(`\n${figure.title}`);
  console.log(
    `  ${"server".padEnd(10)} ${"µs CPU/message".padStart(16)} ${"(least–most)".padEnd(16)} ${"messages/s".padStart(11)} ${"p50 ms".padStart(8)} ${"p99 ms".padStart(8)}   ours is`,
  );
  const ours = median(rows.get("trivium"), (sample) => sample.micros);
  for (const [name, samples] of rows) {
    if (samples.length === 0) continue;
    const micros = samples.map((sample) => sample.micros);
    const middle = median(samples, (sample) => sample.micros);
    const range = `(${Math.min(...micros).toFixed(1)}–${Math.max(...micros).toFixed(1)})`;
    const rate = Math.round(median(samples, (sample) => sample.perSecond)).toLocaleString("en");
    const times = [median(samples, (sample) => sample.p50), median(samples, (sample) => sample.p99)].map((ms) =>
      ms.toFixed(1).padStart(8),
    );
    const ratio = name === "trivium" ? "" : `${(ours / middle).toFixed(2)} × ${name}`;
    console.log(
      `  ${name.padEnd(10)} ${middle.toFixed(1).padStart(16)} ${range.padEnd(16)} ${rate.padStart(11)} ${times.join(" ")}   ${ratio}`,
    );
  }
}

function median(samples: readonly Sample[] | undefined, pick: (sample: Sample) => number): number {
  const sorted = (samples ?? []).map(pick).toSorted((a, b) => a - b);
  const middle = [sorted[Math.floor((sorted.length - 1) / 2)] ?? NaN, sorted[Math.floor(sorted.length / 2)] ?? NaN];
  return (middle[0]! + middle[1]!) / 2;
}
