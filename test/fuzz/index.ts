// npm run fuzz -- --packets 10000000 --live 1000000 --seed 7
import { parseArgs } from "node:util";
import type { Drift } from "./drift.ts";
import { fuzzCodec, readsTheCorpus } from "./mqtt-codec.ts";
import { fuzzLive } from "./mqtt-live.ts";

const usage = `npm run fuzz -- [--packets N] [--live N] [--seed N]

  --packets  mutated packets for the codec (1000000); 0: none
  --live     mutated packets for a server process (100000); 0: none
  --seed     the same seed, the same packets (the time)`;

const { values } = parseArgs({
  options: {
    packets: { type: "string", default: "1000000" },
    live: { type: "string", default: "100000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    help: { type: "boolean" },
  },
});
/** More than this, and memory is held to grow. */
const allowed = 0.05;

if (values.help === true) console.log(usage);
else process.exitCode = (await run(Number(values.packets), Number(values.live), Number(values.seed))) ? 0 : 1;

async function run(packets: number, live: number, seed: number): Promise<boolean> {
  console.log(`seed ${seed}`);
  let good = true;
  if (packets > 0) {
    readsTheCorpus();
    const began = Date.now();
    const found = fuzzCodec(packets, seed);
    good = report(found.memory) && good;
    console.log(
      `codec: ${found.packets} mutated packets, ${found.refused} refused, ${found.cut} read in pieces too, 0 crashes; ` +
        `resident ${shown(found.memory)}; ${seconds(began)}`,
    );
  }
  if (live > 0) {
    const began = Date.now();
    const found = await fuzzLive({ packets: live, seed });
    good = report(found.memory) && good;
    console.log(
      `live: ${found.packets} mutated packets on ${found.connections} connections, 0 crashes, 0 hangs; a bystander waited ` +
        `${Math.round(found.slowestMs)} ms at most; resident ${shown(found.memory)}; ${seconds(began)}`,
    );
  }
  return good;
}

function report({ share }: Drift): boolean {
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
