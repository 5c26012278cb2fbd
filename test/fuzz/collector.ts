// Loaded into a fuzzed server before anything else (`--expose-gc --import`), in each of its threads: collects all garbage when the
// fuzzer asks over IPC, and says what is left. The server itself knows nothing of it.
import { setImmediate as turn, setTimeout as after } from "node:timers/promises";
import { BroadcastChannel, isMainThread, threadId } from "node:worker_threads";
import { collected, type Memory } from "./drift.ts";

interface Word {
  readonly kind: "here" | "asked" | "left";
  readonly thread: number;
  readonly retained: number;
}

const channel = new BroadcastChannel("collector");
const patienceMs = 20_000;
/** What a collection frees is given back by another thread: up to 20 MB were seen to be on their way. */
const unmappedMs = 200;

if (isMainThread) answerTheFuzzer();
else answerTheMainThread();
(channel as unknown as { unref(): void }).unref(); // the server ends when it wants to

/** What is finalised by one collection is garbage for the next. */
async function left(): Promise<Memory> {
  collected();
  await turn();
  return collected();
}

function answerTheMainThread(): void {
  const say = (kind: Word["kind"], retained: number): void => channel.postMessage({ kind, thread: threadId, retained });
  hear(({ kind }) => {
    if (kind === "asked") void left().then(({ retained }) => say("left", retained));
  });
  say("here", 0);
}

function answerTheFuzzer(): void {
  const threads = new Set<number>();
  const leftIn = new Map<number, number>();
  let all = (): void => {};
  hear(({ kind, thread, retained }) => {
    if (kind === "here") threads.add(thread);
    if (kind === "left") leftIn.set(thread, retained);
    if (leftIn.size >= threads.size) all();
  });
  const answer = async (): Promise<void> => {
    leftIn.clear();
    const others = new Promise<void>((resolve) => (all = resolve));
    channel.postMessage({ kind: "asked", thread: threadId, retained: 0 } satisfies Word);
    // A thread that has ended does not answer.
    const late = setTimeout(all, patienceMs);
    if (threads.size > 0) await others;
    clearTimeout(late);
    const own = await left();
    const retained = [...leftIn.values()].reduce((sum, each) => sum + each, own.retained);
    await after(unmappedMs);
    process.send!({ retained, resident: process.memoryUsage.rss() } satisfies Memory);
  };
  process.on("message", () => void answer());
  process.channel?.unref();
}

function hear(word: (word: Word) => void): void {
  channel.addEventListener("message", (event) => word((event as MessageEvent).data as Word));
}
