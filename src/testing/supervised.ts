// A server process for tests that ends with the test process, even when that is killed with SIGKILL.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { createInterface, type Interface } from "node:readline";
import type { Socket } from "node:net";

/**
 * The shell stands between us and the server and waits on a pipe that only we hold: when this process is gone,
 * however it went, `read` meets the end of the pipe, and the server and its directory go too. A line on the pipe
 * names a signal to end the server with; another line starts it again.
 */
const watcher = `
dir=$1; shift
while :; do
  "$@" >>"$dir/log" 2>&1 </dev/null &
  pid=$!
  echo "$pid"
  if read -r signal; then
    kill -s "$signal" "$pid"; wait "$pid" 2>/dev/null
    echo ended
    read -r again || break
  else
    kill -s INT "$pid" 2>/dev/null; wait "$pid" 2>/dev/null
    break
  fi
done
rm -rf "$dir"
`;

export interface SupervisedOptions {
  /** The process's own directory: its output goes to `log` there; deleted when it is stopped. */
  readonly directory: string;
  readonly command: readonly string[];
  /** Run as this account (needs root); undefined: as ourselves. */
  readonly runAs?: string | undefined;
  /** Asked again and again until it resolves true. */
  readonly ready: () => Promise<boolean>;
}

/** A server process under the watcher's eye. */
export class Supervised {
  readonly #options: SupervisedOptions;
  #shell: ChildProcess | undefined;
  #lines: Interface | undefined;
  #pid = 0;

  constructor(options: SupervisedOptions) {
    this.#options = options;
  }

  get pid(): number {
    return this.#pid;
  }

  /** Resolves when the server answers; also after `end`, on the same directory. */
  async start(): Promise<void> {
    const line = this.#shell === undefined ? this.#open() : this.#tell("again");
    this.#pid = Number(await line);
    await this.#untilReady();
  }

  /** Ends the server with the signal and keeps its directory; resolves when it is gone. */
  async end(signal: "INT" | "TERM" | "KILL"): Promise<void> {
    await this.#tell(signal);
  }

  /** Ends the server and deletes its directory. */
  async stop(): Promise<void> {
    const shell = this.#shell;
    if (shell === undefined || shell.exitCode !== null || shell.signalCode !== null) return;
    shell.ref();
    const gone = once(shell, "exit");
    shell.stdin!.end();
    await gone;
  }

  #open(): Promise<string> {
    const { directory, command, runAs } = this.#options;
    const script = ["sh", "-c", watcher, "sh", directory, ...command];
    const [file, ...args] = runAs === undefined ? script : ["runuser", "-u", runAs, "--", ...script];
    // Its own process group: Ctrl-C in a terminal is for us; the watcher must live to clean up.
    const shell = spawn(file!, args, {
      cwd: directory,
      detached: true,
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#shell = shell;
    this.#lines = createInterface({ input: shell.stdout });
    // A forgotten server does not keep the test process alive.
    shell.unref();
    (shell.stdin as Socket).unref();
    (shell.stdout as Socket).unref();
    return this.#nextLine();
  }

  #tell(line: string): Promise<string> {
    const answer = this.#nextLine();
    this.#shell!.stdin!.write(`${line}\n`);
    return answer;
  }

  async #nextLine(): Promise<string> {
    const stdout = this.#shell!.stdout as Socket;
    stdout.ref();
    try {
      const [line] = (await once(this.#lines!, "line")) as [string];
      return line;
    } finally {
      stdout.unref();
    }
  }

  async #untilReady(): Promise<void> {
    const deadline = Date.now() + 60_000;
    while (!(await this.#options.ready())) {
      if (Date.now() > deadline) {
        const log = await readFile(`${this.#options.directory}/log`, "utf8").catch(() => "");
        await this.stop();
        throw new Error(`${this.#options.command[0]} did not come up:\n${log.slice(-2000)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** A TCP port on 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, "close");
  return port;
}
