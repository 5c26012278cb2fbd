// How many announcements two nodes exchange over a real Redis, and what one costs in CPU on each side.
//   npm run build && node dist/bench/bus.js
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { createRedisBus } from "../src/bus/redis/bus.ts";
import type { Envelope } from "../src/model/event.ts";
import type { ConversationId, DeviceId, MessageId, UserId } from "../src/model/ids.ts";
import { silent } from "../src/ops/log.ts";
import { startRedis } from "../src/testing/redis-server.ts";

const key = "room:bench@h";
/** A sender is paced, as a node is by its clients: it is never further ahead of the hearer than the window. */
const reportEvery = 500;
const windowSize = 4000;
const [mode, url] = process.argv.slice(2);

if (mode === "hearer") await hear(url!);
else await announce();

/** The other process: says when it has heard as many as it was told to expect, and what that cost. */
async function hear(redis: string): Promise<void> {
  let expected = 0;
  let heard = 0;
  let gaps = 0;
  let before = process.cpuUsage();
  const bus = createRedisBus({ url: redis, log: silent });
  await bus.start({
    heard() {
      heard += 1;
      if (heard % reportEvery === 0 && heard < expected) process.send!({ heard });
      if (heard !== expected) return;
      const { user, system } = process.cpuUsage(before);
      process.send!({ heard, gaps, cpu: user + system });
    },
    gap: () => gaps++,
    nodeUp() {}, // not measured
    nodeDown() {}, // not measured
  });
  await bus.watch(key);
  process.on("message", (message: { expect: number }) => {
    expected = message.expect;
    heard = 0;
    before = process.cpuUsage();
    process.send!({ ready: true });
  });
  process.once("disconnect", () => process.exit());
  process.send!({ ready: true });
}

async function announce(): Promise<void> {
  const redis = await startRedis();
  const hearer = fork(fileURLToPath(import.meta.url), ["hearer", redis.url]);
  await once(hearer, "message");
  const bus = createRedisBus({ url: redis.url, log: silent });
  const ignore = (): void => {}; // nobody else announces
  await bus.start({ heard: ignore, gap: ignore, nodeUp: ignore, nodeDown: ignore });

  console.log(
    `${cpus().length} x ${cpus()[0]?.model ?? "cpu"}, Node ${process.version}, envelope of ${JSON.stringify(envelope(1)).length} bytes`,
  );
  console.log("per tick   announcements/s   CPU µs, announcing   CPU µs, hearing   p50 ms alone");
  for (const perTick of [1, 10, 100, 250]) {
    await round(perTick * 100, perTick, bus, hearer); // warm
    const { perSecond, cpuHere, cpuThere } = await round(Math.min(200_000, perTick * 4000), perTick, bus, hearer);
    const alone = perTick === 1 ? (await latency(bus, hearer)).toFixed(2) : "";
    console.log(
      `${String(perTick).padStart(8)}   ${perSecond.toFixed(0).padStart(15)}   ${cpuHere.toFixed(2).padStart(18)}   ${cpuThere.toFixed(2).padStart(15)}   ${alone.padStart(12)}`,
    );
  }
  await bus[Symbol.asyncDispose]();
  hearer.disconnect();
  await redis.stop();
}

async function round(
  count: number,
  perTick: number,
  bus: ReturnType<typeof createRedisBus>,
  hearer: ChildProcess,
): Promise<{ perSecond: number; cpuHere: number; cpuThere: number }> {
  hearer.send({ expect: count });
  await once(hearer, "message");
  let last: { heard: number; gaps: number; cpu: number } = { heard: 0, gaps: 0, cpu: 0 };
  const listen = (message: typeof last): void => void (last = message);
  hearer.on("message", listen);
  const before = process.cpuUsage();
  const began = performance.now();
  for (let n = 1; n <= count; n++) {
    bus.announce([key], envelope(n));
    if (n % perTick === 0) await new Promise((resolve) => setImmediate(resolve));
    while (n - last.heard >= windowSize) await once(hearer, "message");
  }
  while (last.heard < count) await once(hearer, "message");
  hearer.off("message", listen);
  const { gaps, cpu } = last;
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(before);
  if (gaps > 0) throw new Error(`${gaps} gaps: the figures would be of drops`);
  return { perSecond: count / seconds, cpuHere: (user + system) / count, cpuThere: cpu / count };
}

/** From announce here to heard there and the word of it back, one at a time. */
async function latency(bus: ReturnType<typeof createRedisBus>, hearer: ChildProcess): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < 200; n++) {
    hearer.send({ expect: 1 });
    await once(hearer, "message");
    const began = performance.now();
    bus.announce([key], envelope(n));
    await once(hearer, "message");
    times.push(performance.now() - began);
  }
  return times.sort((one, other) => one - other)[100]!;
}

function envelope(seq: number): Envelope {
  return {
    type: "entry",
    conversation: "room:bench@h" as ConversationId,
    seq,
    kind: "message",
    mid: "0190163d-8694-739b-aea5-966c26f8ad90" as MessageId,
    at: 1_700_000_000_000,
    author: "alice@h" as UserId,
    device: "json:pixel-7" as DeviceId,
    body: "The quick brown fox jumps over the lazy dog.",
  };
}
