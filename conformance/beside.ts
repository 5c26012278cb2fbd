// Other servers, judged by the same suites in processes of their own, a few beside each other.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Judged, PeerVerdict } from "./report.ts";
import type { Suite } from "./suites.ts";
import { transports } from "./target.ts";

/** Checks wait more than they work; with more at a time a server might be late for want of a processor. */
const atATime = 3;

/** Its suites stop themselves long before. */
const processMs = 11 * 60_000;

interface Task {
  readonly peer: string;
  readonly options: readonly string[];
  found?: Judged;
}

/** What came of each, by those of the suites that say something about it. */
export async function judgedBeside(
  peers: readonly string[],
  suites: readonly Suite[],
  grep: string | undefined,
): Promise<readonly Judged[]> {
  const tasks = peers.flatMap((peer) => tasksOf(peer, suites, grep));
  const left = [...tasks];
  const worker = async (): Promise<void> => {
    for (let task = left.shift(); task !== undefined; task = left.shift()) task.found = await judged(task);
  };
  await Promise.all(Array.from({ length: atATime }, worker));
  return peers.flatMap((name) => {
    const parts = tasks.filter((task) => task.peer === name).map((task) => task.found!);
    const verdicts = parts.flatMap((part) => part.verdicts);
    if (parts.length > 0 && verdicts.length === 0) throw new Error(`${name} could not be judged`);
    return parts.length === 0 ? [] : [{ name, version: parts[0]!.version, verdicts }];
  });
}

/** A server that speaks XMPP is started once for each transport. */
function tasksOf(peer: string, suites: readonly Suite[], grep: string | undefined): Task[] {
  const speaks = ["prosody", "ejabberd"].includes(peer) ? "xmpp" : "mqtt";
  const options = suites.flatMap((suite) => (suite.startsWith(speaks) ? ["--suite", suite] : []));
  if (options.length === 0) return [];
  if (grep !== undefined) options.push("--grep", grep);
  if (speaks === "mqtt") return [{ peer, options }];
  return transports.map((over) => ({ peer, options: [...options, "--over", over] }));
}

async function judged({ peer, options }: Task): Promise<Judged> {
  console.log(`Judging ${peer} to compare: ${options.join(" ")}`);
  const child = spawn(process.execPath, [process.argv[1]!, "--peer", peer, "--list", "--tries", "2", ...options], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const late = setTimeout(() => child.kill("SIGKILL"), processMs);
  const verdicts: PeerVerdict[] = [];
  let version: string | undefined;
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line.startsWith('{"suite":')) verdicts.push(JSON.parse(line) as PeerVerdict);
    version ??= /^Judging \S+ (.+)$/.exec(line)?.[1];
  });
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  clearTimeout(late);
  // It ends with 1 when it broke anything, which is what is asked.
  console.log(`Judged ${peer} to compare: ${options.join(" ")}: ${verdicts.length} checks (${code ?? signal})`);
  return { name: peer, version, verdicts };
}
