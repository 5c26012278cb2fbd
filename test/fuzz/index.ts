// npm run fuzz -- --packets 10000000 --live 1000000 --xml 10000000 --xmpp 1000000 --seed 7
import { parseArgs } from "node:util";
import type { Change, Drift } from "./drift.ts";
import { fuzzCodec, readsTheCorpus } from "./mqtt-codec.ts";
import { fuzzLive } from "./mqtt-live.ts";
import { fuzzXml, readsTheXml } from "./xmpp-codec.ts";
import { fuzzedServer, fuzzXmpp, transports } from "./xmpp-live.ts";

const usage = `npm run fuzz -- [--packets N] [--live N] [--xml N] [--xmpp N] [--over T,T] [--minutes N] [--seed N]

  --packets  mutated MQTT packets for the codec (1000000); 0: none
  --live     mutated MQTT packets for a server process (100000); 0: none
  --xml      mutated XMPP elements for the codec (1000000); 0: none
  --xmpp     mutated XMPP elements for a server process over each transport (100000); 0: none
  --over     the transports (${transports.join(",")})
  --minutes  ends each run against a server when it takes longer
  --seed     the same seed, the same mutants (the time)`;

const { values } = parseArgs({
  options: {
    packets: { type: "string", default: "1000000" },
    live: { type: "string", default: "100000" },
    xml: { type: "string", default: "1000000" },
    xmpp: { type: "string", default: "100000" },
    over: { type: "string", default: transports.join(",") },
    minutes: { type: "string", default: "Infinity" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    help: { type: "boolean" },
  },
});
/** When more than this is kept at the end, memory is held to grow. */
const allowed = 0.05;
const minutes = Number(values.minutes) * 60_000;

if (values.help === true) console.log(usage);
else process.exitCode = (await run(Number(values.seed))) ? 0 : 1;

async function run(seed: number): Promise<boolean> {
  console.log(`seed ${seed}`);
  const found = [
    fuzzPackets(Number(values.packets), seed),
    await fuzzMqttServer(Number(values.live), seed),
    fuzzElements(Number(values.xml), seed),
    await fuzzXmppServer(Number(values.xmpp), seed),
  ];
  return found.every(Boolean);
}

function fuzzPackets(packets: number, seed: number): boolean {
  if (packets === 0) return true;
  readsTheCorpus();
  const began = Date.now();
  const found = fuzzCodec(packets, seed);
  console.log(
    `codec: ${found.packets} mutated packets, ${found.refused} refused, ${found.cut} read in pieces too, 0 crashes; ` +
      `${shown(found.memory)}; ${seconds(began)}`,
  );
  return steady(found.memory);
}

async function fuzzMqttServer(packets: number, seed: number): Promise<boolean> {
  if (packets === 0) return true;
  const began = Date.now();
  const found = await fuzzLive({ packets, seed, until: began + minutes });
  console.log(
    `live: ${found.packets} mutated packets on ${found.connections} connections, 0 crashes, 0 hangs; a bystander waited ` +
      `${Math.round(found.slowestMs)} ms at most; ${shown(found.memory)}; ${seconds(began)}`,
  );
  return steady(found.memory);
}

function fuzzElements(mutants: number, seed: number): boolean {
  if (mutants === 0) return true;
  readsTheXml();
  const began = Date.now();
  const found = fuzzXml(mutants, seed);
  console.log(
    `xml: ${found.mutants} mutated elements, ${found.refused} refused, ${found.cut} read in pieces too, 0 crashes; ` +
      `${shown(found.memory)}; ${seconds(began)}`,
  );
  return steady(found.memory);
}

async function fuzzXmppServer(mutants: number, seed: number): Promise<boolean> {
  if (mutants === 0) return true;
  let good = true;
  for (const transport of transports.filter((one) => values.over.split(",").includes(one))) {
    const server = await fuzzedServer();
    try {
      const began = Date.now();
      const found = await fuzzXmpp(server, {
        transport,
        mutants,
        seed,
        until: began + minutes,
        progress: telling(mutants),
      });
      console.log(
        `xmpp over ${transport}: ${found.mutants} mutated elements on ${found.streams} streams, 0 crashes, 0 hangs; a ` +
          `bystander waited ${Math.round(found.slowestMs)} ms at most; ${shown(found.memory)}; ${seconds(began)}`,
      );
      good = steady(found.memory) && good;
    } finally {
      await server.remove();
    }
  }
  return good;
}

/** Says how far a long run is. */
function telling(total: number): (done: number) => void {
  let next = total / 100;
  return (done) => {
    if (done < next) return;
    next = done + total / 100;
    console.error(`  ${done} of ${total}`);
  };
}

function steady(memory: Drift | undefined): boolean {
  if (memory === undefined || memory.retained.share < allowed) return true;
  console.error(`memory grew by ${(memory.retained.share * 100).toFixed(1)} %`);
  return false;
}

function shown(memory: Drift | undefined): string {
  if (memory === undefined) return "too short a run to measure memory";
  const mb = (bytes: number): string => (bytes / 1_048_576).toFixed(1);
  const change = ({ from, to, share }: Change): string => `${mb(from)} → ${mb(to)} MB (${(share * 100).toFixed(1)} %)`;
  return `retained ${change(memory.retained)}, resident ${change(memory.resident)}`;
}

function seconds(began: number): string {
  return `${((Date.now() - began) / 1000).toFixed(1)} s`;
}
