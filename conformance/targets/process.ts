// A server process of ours or of another project, started for judging and gone with us, even when we are killed.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** The shell holds the server and reads a pipe that only we hold open; when we go, so do both, and the directory. */
const keeper = `
dir=$1; shift
"$@" </dev/null & pid=$!
echo "pid $pid"
while read -r signal; do kill -s "$signal" "$pid"; done
kill -s TERM "$pid" 2>/dev/null; ( sleep 5; kill -s KILL "$pid" ) >/dev/null 2>&1 & late=$!
wait "$pid"; kill "$late" 2>/dev/null
rm -rf "$dir"
`;

export interface ServerProcess {
  readonly pid: number;
  /** The first line of its output that matches; fails when it ends or stays silent for too long. */
  line(pattern: RegExp): Promise<RegExpMatchArray>;
  stop(): Promise<void>;
}

/** A directory of its own, removed with the process that is started on it. */
export function scratch(): Promise<string> {
  return mkdtemp(join(tmpdir(), "judged-"));
}

export async function startProcess(
  directory: string,
  command: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<ServerProcess> {
  const shell = spawn("sh", ["-c", keeper, "sh", directory, ...command], {
    cwd: directory,
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  const lines: string[] = [];
  const hear = new Set<() => void>();
  const note = (line: string): void => {
    lines.push(line);
    if (lines.length > 2_000) lines.shift();
    for (const wake of hear) wake();
  };
  createInterface({ input: shell.stdout }).on("line", note);
  createInterface({ input: shell.stderr }).on("line", note);
  const line = (pattern: RegExp): Promise<RegExpMatchArray> => firstMatch(shell, lines, hear, pattern);
  return { pid: Number((await line(/^pid (\d+)$/))[1]), line, stop: () => stop(shell, directory) };
}

function firstMatch(
  shell: ChildProcess,
  lines: readonly string[],
  hear: Set<() => void>,
  pattern: RegExp,
): Promise<RegExpMatchArray> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      clearTimeout(timer);
      hear.delete(look);
      shell.off("exit", fail);
    };
    const look = (): void => {
      const match = lines.map((line) => line.match(pattern)).find((found) => found !== null);
      if (match === undefined || match === null) return;
      done();
      resolve(match);
    };
    const fail = (): void => {
      done();
      reject(new Error(`no line like ${pattern} from the server:\n${lines.slice(-20).join("\n")}`));
    };
    const timer = setTimeout(fail, 30_000);
    hear.add(look);
    shell.once("exit", fail);
    look();
  });
}

async function stop(shell: ChildProcess, directory: string): Promise<void> {
  if (shell.exitCode === null && shell.signalCode === null) {
    const gone = once(shell, "exit");
    shell.stdin!.end();
    await gone;
  }
  await rm(directory, { recursive: true, force: true });
}

/** A TCP port on 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** Resolves when something listens there. */
export async function listening(port: number): Promise<void> {
  for (const until = Date.now() + 30_000; ;) {
    const open = await new Promise<boolean>((resolve) => {
      const probe = connect(port, "127.0.0.1");
      probe.once("connect", () => (probe.destroy(), resolve(true))).once("error", () => resolve(false));
    });
    if (open) return;
    if (Date.now() > until) throw new Error(`nothing listens on port ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Runs a program to its end. */
export async function run(command: readonly string[], env: NodeJS.ProcessEnv = {}, input = ""): Promise<string> {
  const child = spawn(command[0]!, command.slice(1), {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  child.stdin.on("error", () => undefined); // it may end without having read
  child.stdin.end(input);
  const said: Buffer[] = [];
  child.stdout.on("data", (bytes: Buffer) => said.push(bytes));
  child.stderr.on("data", (bytes: Buffer) => said.push(bytes));
  const [code] = (await once(child, "close")) as [number | null];
  const text = Buffer.concat(said).toString();
  if (code !== 0) throw new Error(`${command[0]} ended with ${code}: ${text.slice(-1_000)}`);
  return text;
}
