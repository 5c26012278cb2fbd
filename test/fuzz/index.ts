// npm run fuzz -- --packets 10000000 --live 1000000 --xml 10000000 --xmpp 1000000 --seed 7
import { parseArgs } from "node:util";
import type { Drift } from "./drift.ts";
import { fuzzCodec, readsTheCorpus } from "./mqtt-codec.ts";
import { fuzzLive } from "./mqtt-live.ts";
import { fuzzXml, readsTheXml } from "./xmpp-codec.ts";
import { fuzzedServer, fuzzXmpp, transports } from "./xmpp-live.ts";

const usage = `npm run fuzz -- [--packets N] [--live N] [--xml N] [--xmpp N] [--seed N]

  --packets  mutated MQTT packets for the codec (1000000); 0: none
  --live     mutated MQTT packets for a server process (100000); 0: none
  --xml      mutated XMPP elements for the codec (1000000); 0: none
  --xmpp     mutated XMPP elements for a server process over each of ${transports.join(", ")} (100000); 0: none
  --seed     the same seed, the same mutants (the time)`;

const { values } = parseArgs({
  options: {
    packets: { type: "string", default: "1000000" },
    live: { type: "string", default: "100000" },
    xml: { type: "string", default: "1000000" },
    xmpp: { type: "string", default: "100000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    help: { type: "boolean" },
  },
});
/** More than this, and memory is held to grow. */
const allowed = 0.05;

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
      `resident ${shown(found.memory)}; ${seconds(began)}`,
  );
  return steady(found.memory);
}

async function fuzzMqttServer(packets: number, seed: number): Promise<boolean> {
  if (packets === 0) return true;
  const began = Date.now();
  const found = await fuzzLive({ packets, seed });
  console.log(
    `live: ${found.packets} mutated packets on ${found.connections} connections, 0 crashes, 0 hangs; a bystander waited ` +
      `${Math.round(found.slowestMs)} ms at most; resident ${shown(found.memory)}; ${seconds(began)}`,
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
      `resident ${shown(found.memory)}; ${seconds(began)}`,
  );
  return steady(found.memory);
}

async function fuzzXmppServer(mutants: number, seed: number): Promise<boolean> {
  if (mutants === 0) return true;
  let good = true;
  for (const transport of transports) {
    const server = await fuzzedServer();
    try {
      const began = Date.now();
      const found = await fuzzXmpp(server, { transport, mutants, seed });
      console.log(
        `xmpp over ${transport}: ${found.mutants} mutated elements on ${found.streams} streams, 0 crashes, 0 hangs; a ` +
          `bystander waited ${Math.round(found.slowestMs)} ms at most; resident ${shown(found.memory)}; ${seconds(began)}`,
      );
      good = steady(found.memory) && good;
    } finally {
      await server.remove();
    }
  }
  return good;
}

function steady({ share }: Drift): boolean {
  if (share < allowed) return true;
  console.error(`memory grew by ${(share * 100).toFixed(1)} %`);
  return false;
}

function shown({ from, to, share }: Drift): string {
  const mb = (bytes: number): string => (bytes / 1_048_576).toFixed(1);
  return `${mb(from)} → ${mb(to)} MB (${(share * 100).toFixed(1)} %)`;
}

function seconds(began: number): string {
  return `${((Date.now() - began) / 1000).toFixed(1)} s`;
}
