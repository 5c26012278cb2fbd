// What `trivium doctor` looks at; no check changes anything.
import { accessSync, constants, existsSync, readFileSync, statfsSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join, resolve } from "node:path";
import { hostPort, isLoopback } from "../net/address.ts";
import type { Config } from "../ops/config-schema.ts";
import { silent } from "../ops/log.ts";
import { openBus, openStore } from "./backend.ts";

export interface Finding {
  readonly about: string;
  /** `wrong` keeps a server from working; `doubtful` may be meant. */
  readonly state: "fine" | "doubtful" | "wrong";
  readonly found: string;
  readonly advice?: string;
}

const leastNode = [20, 19] as const;
const leastDiskBytes = 200 * 1024 * 1024;
const askMs = 5_000;

export function checkNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const old = major < leastNode[0] || (major === leastNode[0] && minor < leastNode[1]);
  const found = `Node ${process.versions.node}`;
  return old
    ? { about: "node", state: "wrong", found, advice: `install Node ${leastNode.join(".")} or later` }
    : fine("node", found);
}

export function checkHost({ host, tls }: Config): Finding {
  if (isLoopback(host)) return fine("host", `${host}: this machine only`);
  if (tls.cert !== "") return fine("host", `${host}: open to the network, with TLS; passwords in plain are refused`);
  const advice = "no client can log in there in plain: give a certificate (tls.cert), or put a TLS proxy in front";
  return { about: "host", state: "doubtful", found: `${host}: open to the network, without TLS`, advice };
}

export function checkDataDir({ data_dir }: Config): Finding {
  const about = "data folder";
  const folder = resolve(data_dir);
  const there = nearestThere(folder);
  const missing = there !== folder;
  try {
    accessSync(there, constants.R_OK | constants.W_OK | constants.X_OK);
    const { bavail, bsize } = statfsSync(there);
    const open = !missing && (statSync(folder).mode & 0o007) !== 0;
    if (bavail * bsize < leastDiskBytes) {
      return {
        about,
        state: "wrong",
        found: `${folder}: only ${Math.round((bavail * bsize) / 1024 / 1024)} MB are free`,
        advice: "make room",
      };
    }
    if (open)
      return {
        about,
        state: "doubtful",
        found: `${folder}: others on this machine may read it`,
        advice: `chmod o-rwx ${folder}`,
      };
    return fine(about, `${folder}${missing ? ": will be made" : ""}`);
  } catch (error) {
    const found = `${folder}: ${(error as NodeJS.ErrnoException).code}`;
    return { about, state: "wrong", found, advice: "give it to the user that runs the server, or set data_dir" };
  }
}

/** The folder itself, or the nearest above it that exists. */
function nearestThere(folder: string): string {
  return existsSync(folder) ? folder : nearestThere(dirname(folder));
}

export async function checkStore(config: Config): Promise<Finding> {
  const where = config.store === "sqlite" ? join(resolve(config.data_dir), "trivium.sqlite") : "PostgreSQL";
  if (config.store === "sqlite" && !existsSync(where)) return bindingOnly(where);
  try {
    const store = await openStore(config, silent);
    try {
      await within(
        askMs,
        store.start().then(() => store.ping()),
      );
    } finally {
      await store[Symbol.asyncDispose]();
    }
    return fine("store", `${where}: answers`);
  } catch (error) {
    return { about: "store", state: "wrong", found: `${where}: ${reason(error)}`, advice: storeAdvice(config) };
  }
}

/** Without a store yet there is just the driver to try. */
async function bindingOnly(where: string): Promise<Finding> {
  try {
    const { default: Database } = await import("better-sqlite3");
    new Database(":memory:").close();
    return fine("store", `${where}: will be made`);
  } catch (error) {
    return {
      about: "store",
      state: "wrong",
      found: `SQLite's binding does not load: ${reason(error)}`,
      advice: rebuild,
    };
  }
}

export async function checkBus(config: Config): Promise<Finding> {
  if (config.redis.url === "") return fine("bus", "none: this node is alone");
  const bus = await openBus({ ...config, node: "" }, silent, "command");
  try {
    await within(
      askMs,
      bus.start({ heard: ignore, gap: ignore, nodeUp: ignore, nodeDown: ignore }).then(() => bus.ping()),
    );
    return fine("bus", `Redis answers; ${bus.nodes().length} nodes are up`);
  } catch (error) {
    return {
      about: "bus",
      state: "wrong",
      found: `Redis: ${reason(error)}`,
      advice: "start Redis, or correct redis.url",
    };
  } finally {
    await bus[Symbol.asyncDispose]();
  }
}

export async function checkPorts(config: Config): Promise<readonly Finding[]> {
  const ours = await runsHere(config);
  const plain: readonly Port[] = [
    ["http", config.http.port, "http.port"],
    ["mqtt", config.mqtt.port, "mqtt.port"],
    ["xmpp", config.xmpp.port, "xmpp.port"],
  ];
  const secure: readonly Port[] = [
    ["https", config.http.tls_port, "http.tls_port"],
    ["mqtts", config.mqtt.tls_port, "mqtt.tls_port"],
    ["xmpps", config.xmpp.tls_port, "xmpp.tls_port"],
  ];
  const ports = config.tls.cert === "" ? plain : [...plain, ...secure];
  return Promise.all(ports.map((port) => checkPort(port, config.host, ours)));
}

type Port = readonly [name: string, port: number, key: string];

async function checkPort([name, port, key]: Port, host: string, ours: boolean): Promise<Finding> {
  const about = `${name} port`;
  const where = hostPort(host, port);
  if (port === 0) return fine(about, "one will be picked");
  const code = await bindingTo(host, port);
  if (code === undefined) return fine(about, `${where} is free`);
  if (code === "EADDRINUSE" && ours) return fine(about, `${where}: Trivium runs there`);
  const advice =
    code === "EACCES" ? "ports below 1024 need a privilege" : `set ${key} to another, or 0 to pick a free one`;
  return { about, state: "wrong", found: `${where}: ${code}`, advice };
}

/** Undefined when it may be listened on. */
function bindingTo(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", ({ code }: NodeJS.ErrnoException) => resolve(code ?? "error"));
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}

async function runsHere({ host, http }: Config): Promise<boolean> {
  try {
    const answer = await fetch(`http://${hostPort(host, http.port)}/healthz`, { signal: AbortSignal.timeout(askMs) });
    return answer.ok && "alive" in ((await answer.json()) as object);
  } catch {
    // Whatever is there does not speak as we do.
    return false;
  }
}

/** Node raises its limit to what the system allows at most. */
export function checkFiles({ limits }: Config): Finding {
  const about = "open files";
  const file = "/proc/self/limits";
  if (!existsSync(file)) return fine(about, "not known on this system");
  const [, soft = "unlimited"] = /^Max open files\s+(\S+)/m.exec(readFileSync(file, "utf8")) ?? [];
  // Besides sockets: the store, logs, the program itself.
  if (soft === "unlimited" || Number(soft) >= limits.connections + 200) return fine(about, `${soft} allowed`);
  const advice = `raise it (ulimit -n, or LimitNOFILE of the service), or lower limits.connections`;
  return { about, state: "doubtful", found: `${soft} allowed, for ${limits.connections} connections`, advice };
}

/** Messages are dated by this clock; one that was set back makes later messages look older. */
export function checkClock({ data_dir }: Config): Finding {
  const about = "clock";
  const now = new Date();
  const file = join(data_dir, "trivium.sqlite");
  const ahead = existsSync(file) ? statSync(file).mtimeMs - now.getTime() : 0;
  if (now.getUTCFullYear() < 2025 || ahead > 60_000) {
    return {
      about,
      state: "wrong",
      found: `${now.toISOString()}${ahead > 60_000 ? ": the store was written later than that" : ""}`,
      advice: "set it, and run NTP",
    };
  }
  return fine(about, now.toISOString());
}

const rebuild =
  "npm rebuild better-sqlite3 (it needs a C++ compiler, make and Python where no ready-made binding fits)";

function storeAdvice({ store }: Config): string {
  return store === "sqlite"
    ? `if the binding is the matter: ${rebuild}; otherwise look at the file's owner`
    : "start PostgreSQL, or correct postgres.url";
}

function fine(about: string, found: string): Finding {
  return { about, state: "fine", found };
}

/** Without addresses that hold passwords. */
function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split("\n")[0] ?? "").replaceAll(/\/\/[^@/\s]*@/g, "//***@");
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms / 1000} s`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

function ignore(): void {
  // The doctor asks only whether the bus answers.
}
