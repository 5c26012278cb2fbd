// npm run bench [-- figure…]: what a message or a connection costs the server, measured in turn with other servers.
import { cpus, loadavg, totalmem } from "node:os";
import { parseArgs } from "node:util";
import type { Target } from "../conformance/target.ts";
import type { Figure } from "./figure.ts";
import { jsonOneToOne } from "./figures/json-one-to-one.ts";
import { mqttFanIn } from "./figures/mqtt-fan-in.ts";
import { mqttFanOut } from "./figures/mqtt-fan-out.ts";
import { mqttIdle } from "./figures/mqtt-idle.ts";
import { mqttAlone, mqttDurable, mqttOneInFlight, mqttPairs } from "./figures/mqtt-pairs.ts";
import { mqttRetained } from "./figures/mqtt-retained.ts";
import { mqttTopics } from "./figures/mqtt-topics.ts";
import { xmppArchive } from "./figures/xmpp-archive.ts";
import { xmppIdle } from "./figures/xmpp-idle.ts";
import { xmppLogin } from "./figures/xmpp-login.ts";
import { xmppOneToOne } from "./figures/xmpp-one-to-one.ts";
import { xmppRooms } from "./figures/xmpp-rooms.ts";
import { measure, type Sample } from "./measure.ts";
import { BurstLoad } from "./measure-bursts.ts";
import { measureIdle } from "./measure-idle.ts";
import { printConnections, printMessages } from "./report.ts";
import { accounts, type ServerName, Servers } from "./servers.ts";

/** In the order of the table. */
const figures: readonly Figure[] = [
  ...mqttPairs,
  ...mqttOneInFlight,
  mqttAlone,
  mqttDurable,
  mqttFanOut,
  mqttFanIn,
  mqttTopics,
  mqttRetained,
  ...mqttIdle,
  ...xmppOneToOne,
  ...xmppRooms,
  xmppLogin,
  xmppArchive,
  xmppIdle,
  jsonOneToOne,
];

/** Servers whose code gets faster for some seconds: what is measured is what a server costs that has been up for a while. */
const compiles: ReadonlySet<string> = new Set(["trivium", "aedes"]);
/** A round of connections takes most of a minute a server, and varies little but where a collector has its own mind. */
const idleRounds = 1;
const ourIdleRounds = 3;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "1.5" },
    only: { type: "string" },
    profile: { type: "string" },
    budget: { type: "string", default: "660" },
  },
});
const chosen = figures.filter(
  (figure) => positionals.length === 0 || positionals.some((name) => isNamed(figure, name)),
);
const unknown = positionals.find((name) => !figures.some((figure) => isNamed(figure, name)));
if (unknown !== undefined)
  throw new Error(`no figure ${unknown}; there are ${figures.map((figure) => figure.name).join(", ")}`);

console.log(
  `${cpus()[0]!.model}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}, load ${loadavg()[0]!.toFixed(1)} before; ${values.rounds} rounds of ${values.seconds} s`,
);
const servers = new Servers(values.profile, Math.max(...chosen.map(accountsOf)));
const verdicts: string[] = [];
try {
  for (const [index, figure] of chosen.entries()) {
    // A busy machine takes longer to start servers: what is left of the time is shared by the figures to come.
    const left = Number(values.budget) * 1_000 - performance.now();
    const until = performance.now() + left / (chosen.length - index);
    verdicts.push(await measured(figure, until));
  }
} finally {
  await servers.stop();
}
console.log(`\nours, and the goals; load ${loadavg()[0]!.toFixed(1)} behind`);
for (const verdict of verdicts) if (verdict !== "") console.log(`  ${verdict}`);

/** A figure by its name, or all that begin with it: `mqtt`. */
function isNamed({ name }: Figure, asked: string): boolean {
  return name === asked || (name.startsWith(`${asked}-`) && !figures.some((figure) => figure.name === asked));
}

function accountsOf(figure: Figure): number {
  return figure.accounts ?? 1;
}

function jobFor(figure: Figure, target: Target): object {
  return figure.job(target, accounts.slice(0, accountsOf(figure)));
}

function serversOf(figure: Figure): readonly ServerName[] {
  return figure.servers.filter((name) => values.only === undefined || values.only.split(",").includes(name));
}

function measured(figure: Figure, until: number): Promise<string> {
  if (figure.of === "connections") return connections(figure);
  return figure.inBursts === true ? bursts(figure, until) : messages(figure, until);
}

async function practised(load: BurstLoad, name: string): Promise<void> {
  await load.measure(compiles.has(name) ? 4_000 : 1);
}

/** The same with loads that stay connected. Each server has had a burst before the first that counts. */
async function bursts(figure: Figure, until: number): Promise<string> {
  const rows = new Map<string, Sample[]>();
  const loads = new Map<string, BurstLoad>();
  for (const name of serversOf(figure)) rows.set(name, []);
  // What connecting costs is no part of it: all at once.
  await Promise.all(
    serversOf(figure).map(async (name) => {
      const server = await servers.get(name);
      if (server === undefined) return;
      await note(rows, name, async () => {
        loads.set(name, await BurstLoad.start(figure.load, jobFor(figure, server.target), server.pid));
      });
    }),
  );
  for (const [name, load] of loads) await note(rows, name, () => practised(load, name));
  for (let round = 0; round < Number(values.rounds) && (round === 0 || performance.now() < until); round++) {
    for (const [name, load] of loads) await note(rows, name, () => load.measure(Number(values.seconds) * 1_000));
  }
  for (const load of loads.values()) await load.end();
  return printMessages(figure, rows);
}

/** Rounds are interleaved, so that a machine that slows down slows everybody. No round begins after `until`, but the first. */
async function messages(figure: Figure, until: number): Promise<string> {
  const rows = new Map<string, Sample[]>();
  for (let round = 0; round < Number(values.rounds); round++) {
    if (round > 0 && performance.now() > until) {
      console.log(`\n${figure.name}: time is up after ${round} of ${values.rounds} rounds`);
      break;
    }
    for (const name of serversOf(figure)) {
      const server = await servers.get(name);
      if (server === undefined) continue;
      await note(rows, name, async () => {
        if (round === 0 && compiles.has(name) && figure.practice !== undefined)
          await measure(figure.load, figure.practice(server.target), server.pid, { warmUpMs: 500, measureMs: 3_000 });
        return measure(figure.load, jobFor(figure, server.target), server.pid, {
          warmUpMs: round > 0 ? 500 : compiles.has(name) ? 4_000 : 1_000,
          measureMs: Number(values.seconds) * 1_000,
          warmUpDeliveries: round === 0 && compiles.has(name) ? figure.warmUp : undefined,
        });
      });
    }
  }
  return printMessages(figure, rows);
}

/** Each measured on a process of its own. */
async function connections(figure: Figure): Promise<string> {
  const rows = new Map<string, number[]>();
  for (let round = 0; round < Math.min(ourIdleRounds, Number(values.rounds)); round++) {
    for (const name of serversOf(figure)) {
      if (round >= idleRounds && name !== "trivium") continue;
      const server = await servers.fresh(name, accountsOf(figure));
      if (server === undefined) continue;
      const job = jobFor(figure, server.target) as { readonly connections: number };
      await note(rows, name, () => measureIdle(figure.load, job, server.pid));
      await server.stop();
    }
  }
  return printConnections(figure, rows);
}

/** A server that fails a round is said to have, and the others go on. */
async function note<T>(rows: Map<string, T[]>, name: string, take: () => Promise<T | void>): Promise<void> {
  const samples = rows.get(name) ?? [];
  rows.set(name, samples);
  try {
    const sample = await take();
    if (sample !== undefined) samples.push(sample);
  } catch (error) {
    console.log(`${name}: ${(error as Error).message}`);
  }
}
