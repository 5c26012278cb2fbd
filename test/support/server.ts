// A real server process for tests: `trivium start` on spare ports, which can be stopped, killed and started again.
import { spawn, execFile, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const cli = fileURLToPath(new URL("../../src/cli.js", import.meta.url));
const run = promisify(execFile);

const readyLine = "trivium: ready ";

export interface ServerOptions {
  /** Settings beyond those every test server has, as `TRIVIUM_*` variables. */
  readonly settings?: Readonly<Record<string, string>>;
  /** A module loaded before the server, in each of its threads, which answers what `ask` sends it. */
  readonly preload?: URL;
  /** How long it may take until it is ready. */
  readonly readyMs?: number;
}

/** One server process; the same ports and data over all its lives. */
export class Server {
  readonly #directory: string;
  readonly #settings: Readonly<Record<string, string>>;
  readonly #preload: URL | undefined;
  readonly #readyMs: number;
  readonly #ports: { readonly http: number; readonly mqtt: number };
  #process: ChildProcess | undefined;
  #guard: ChildProcess | undefined;
  #output = "";
  #opened: Readonly<Record<string, number>> = {};

  private constructor(directory: string, ports: { http: number; mqtt: number }, options: ServerOptions) {
    this.#directory = directory;
    this.#ports = ports;
    this.#settings = options.settings ?? {};
    this.#preload = options.preload;
    this.#readyMs = options.readyMs ?? 30_000;
  }

  /** Prepares data and ports; `start` runs it. */
  static async prepare(options: ServerOptions = {}): Promise<Server> {
    const directory = await mkdtemp(join(tmpdir(), "trivium-server-"));
    return new Server(directory, { http: await fixedPort(), mqtt: await fixedPort() }, options);
  }

  get http(): number {
    return this.#ports.http;
  }

  get mqtt(): number {
    return this.#ports.mqtt;
  }

  /** All ports of the life that runs, by name: `mqtts`. */
  get ports(): Readonly<Record<string, number>> {
    return this.#opened;
  }

  /** Of the WebSocket end point with this path. */
  webSocket(path: string): string {
    return `ws://127.0.0.1:${this.#ports.http}${path}`;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  get running(): boolean {
    const child = this.#process;
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /** What it wrote on both outputs, over all its lives, the last part. */
  get output(): string {
    return this.#output;
  }

  /** Resident bytes of the process now. */
  get rss(): number {
    return 1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.pid}/status`, "utf8"))?.[1]);
  }

  /** Resolves with the ready line's content. */
  async start(): Promise<void> {
    const preload = this.#preload === undefined ? [] : ["--expose-gc", "--import", this.#preload.href];
    const child = spawn(process.execPath, ["--enable-source-maps", ...preload, cli, "start"], {
      env: this.#environment(),
      stdio: ["ignore", "pipe", "pipe", this.#preload === undefined ? "ignore" : "ipc"],
    }) as ChildProcess & { readonly stdout: Readable; readonly stderr: Readable };
    this.#process = child;
    this.#guard = guard(child.pid!);
    child.stderr.on("data", (chunk: Buffer) => this.#keep(chunk));
    const lines = createInterface({ input: child.stdout });
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => fail(`is not ready after ${this.#readyMs} ms`), this.#readyMs);
      const fail = (why: string): void => {
        clearTimeout(late);
        reject(new Error(`the server ${why}:\n${this.#output}`));
      };
      lines.on("line", (line) => {
        this.#keep(Buffer.from(`${line}\n`));
        if (!line.startsWith(readyLine)) return;
        this.#opened = JSON.parse(line.slice(readyLine.length)) as Record<string, number>;
        clearTimeout(late);
        resolve();
      });
      child.once("close", (code, signal) => fail(`ended at start (${signal ?? code})`));
    });
  }

  /** Asks it to go in good order; resolves with its exit code. */
  async stop(): Promise<number | null> {
    return this.#end("SIGTERM");
  }

  async kill9(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Stops it for good and deletes its data. */
  async remove(): Promise<void> {
    if (this.running) await this.#end("SIGTERM");
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** Asks what was loaded before it; one question at a time. */
  async ask(question: string): Promise<unknown> {
    const child = this.#process!;
    const asking = new AbortController();
    const end = (): void => asking.abort();
    child.once("close", end);
    child.send(question);
    const [answer] = (await once(child, "message", { signal: asking.signal })) as [unknown];
    child.off("close", end);
    return answer;
  }

  /** Runs the command line tool on this server's data. */
  async cli(...args: readonly string[]): Promise<string> {
    const { stdout } = await run(process.execPath, [cli, ...args], { env: this.#environment() });
    return stdout;
  }

  async addUsers(names: readonly string[]): Promise<void> {
    const importing = run(process.execPath, [cli, "user", "import"], { env: this.#environment() });
    importing.child.stdin!.end(names.map((name) => `${name}:${passwordOf(name)}\n`).join(""));
    await importing;
  }

  async #end(signal: "SIGTERM" | "SIGKILL"): Promise<number | null> {
    const child = this.#process;
    if (child === undefined || !this.running) return child?.exitCode ?? null;
    this.#guard?.kill();
    const closed = once(child, "close") as Promise<[number | null]>;
    child.kill(signal);
    const late = setTimeout(() => child.kill("SIGKILL"), 20_000);
    const [code] = await closed;
    clearTimeout(late);
    return code;
  }

  #environment(): NodeJS.ProcessEnv {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("TRIVIUM_"));
    return {
      ...Object.fromEntries(inherited),
      TRIVIUM_DATA_DIR: this.#directory,
      TRIVIUM_HTTP_PORT: String(this.#ports.http),
      TRIVIUM_MQTT_PORT: String(this.#ports.mqtt),
      TRIVIUM_XMPP_PORT: "0",
      // Opened once there is a certificate.
      TRIVIUM_HTTP_TLS_PORT: "0",
      TRIVIUM_MQTT_TLS_PORT: "0",
      TRIVIUM_XMPP_TLS_PORT: "0",
      TRIVIUM_DEMO: "off",
      ...this.#settings,
    };
  }

  #keep(chunk: Buffer): void {
    this.#output = (this.#output + chunk.toString()).slice(-20_000);
  }
}

export function passwordOf(name: string): string {
  return `secret of ${name}`;
}

/** Kills the process when this one is gone, however it went: the shell waits on a pipe that only we hold. */
function guard(pid: number): ChildProcess {
  const shell = spawn("sh", ["-c", `read -r _; kill -9 ${pid}`], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  shell.unref();
  return shell;
}

/**
 * A port that stays ours while the server is down: below the range from which the kernel takes the ports of
 * outgoing connections, or one of our own clients might sit on it when the server comes back.
 */
async function fixedPort(): Promise<number> {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 17_000);
    const probe = createServer();
    const free = await new Promise<boolean>((resolve) => {
      probe.once("error", () => resolve(false));
      probe.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!free) continue;
    probe.close();
    await once(probe, "close");
    return port;
  }
}
