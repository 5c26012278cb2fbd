// A real PostgreSQL of the test's own: temporary directory, spare port on loopback, gone with the test process.
import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { chown, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { freePort, Supervised } from "./supervised.ts";

const run = promisify(execFile);

export interface PostgresServer {
  /** Of an empty database. */
  readonly url: string;
  readonly port: number;
  /** Another empty database on the same server; resolves with its URL. */
  freshDatabase(): Promise<string>;
  /** SIGKILL to the postmaster; its children follow. */
  kill9(): Promise<void>;
  /** Starts it again on the same data and port, after `kill9`. */
  restart(): Promise<void>;
  /** Ends it and deletes its data. */
  stop(): Promise<void>;
}

/** Durable as a production server is: fsync stays on. */
export async function startPostgres(): Promise<PostgresServer> {
  const bin = binaries();
  const directory = await mkdtemp(join(tmpdir(), "trivium-postgres-"));
  const runAs = process.getuid?.() === 0 ? "postgres" : undefined; // it refuses to run as root
  if (runAs !== undefined) await giveTo(runAs, directory);
  const as = (command: readonly string[]): Promise<unknown> => {
    const [file, ...args] = runAs === undefined ? command : ["runuser", "-u", runAs, "--", ...command];
    return run(file!, args, { cwd: directory });
  };

  const data = join(directory, "data");
  await as([
    join(bin, "initdb"), "--pgdata", data, "--username", "trivium", "--auth", "trust", "--encoding", "UTF8",
    "--locale", "C.UTF-8", "--no-sync",
  ]); // prettier-ignore
  const port = await freePort();
  const settings = [
    "listen_addresses=127.0.0.1",
    `unix_socket_directories=${directory}`,
    "max_connections=60",
    "shared_buffers=64MB",
    "log_min_messages=fatal",
  ];
  const server = new Supervised({
    directory,
    runAs,
    command: [join(bin, "postgres"), "-D", data, "-p", String(port), ...settings.flatMap((one) => ["-c", one])],
    ready: () =>
      run(join(bin, "pg_isready"), [
        "-q",
        "-h",
        "127.0.0.1",
        "-p",
        String(port),
        "-U",
        "trivium",
        "-d",
        "postgres",
      ]).then(
        () => true,
        () => false,
      ),
  });
  await server.start();

  let made = 0;
  const freshDatabase = async (): Promise<string> => {
    const name = `trivium${++made}`;
    await run(join(bin, "createdb"), ["-h", "127.0.0.1", "-p", String(port), "-U", "trivium", name]);
    return `postgres://trivium@127.0.0.1:${port}/${name}`;
  };
  return {
    url: await freshDatabase(),
    port,
    freshDatabase,
    kill9: async () => {
      const children = (await run("ps", ["-o", "pid=", "--ppid", String(server.pid)])).stdout.split("\n").map(Number);
      await server.end("KILL");
      await gone(children.filter((pid) => pid > 0));
    },
    restart: () => server.start(),
    stop: () => server.stop(),
  };
}

/** Debian keeps each major version's binaries in a folder of its own, outside PATH. */
function binaries(): string {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((one) => join(debian, one, "bin")), ...(process.env["PATH"] ?? "").split(delimiter)];
  const found = folders.find((one) => existsSync(join(one, "initdb")) && existsSync(join(one, "postgres")));
  if (found === undefined) {
    throw new Error(
      "no PostgreSQL server binaries here: install Debian's package postgresql (apt-get install postgresql)",
    );
  }
  return found;
}

/** A new postmaster refuses the data while an orphan of the last one still holds its shared memory. */
async function gone(pids: readonly number[]): Promise<void> {
  while (pids.some(alive)) await new Promise((resolve) => setTimeout(resolve, 20));
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // ESRCH
  }
}

async function giveTo(account: string, directory: string): Promise<void> {
  const ask = async (flag: string): Promise<number> => Number((await run("id", [flag, account])).stdout);
  await chown(directory, await ask("-u"), await ask("-g"));
}
