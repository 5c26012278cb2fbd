// Debian's mosquitto as another broker, on spare ports, in a folder of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface MosquittoOptions {
  /** PEM files: then it listens in TLS, with a certificate of the server, signed by `ca`. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly login?: { readonly username: string; readonly password: string };
}

export class Mosquitto implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  readonly #process: ChildProcess;

  private constructor(port: number, folder: string, process: ChildProcess) {
    this.port = port;
    this.#folder = folder;
    this.#process = process;
  }

  static async start({ tls, login }: MosquittoOptions = {}): Promise<Mosquitto> {
    const folder = await mkdtemp(join(tmpdir(), "trivium-mosquitto-"));
    const port = await sparePort();
    const lines = [`listener ${port} 127.0.0.1`, `allow_anonymous ${login === undefined}`];
    if (tls !== undefined) lines.push(`certfile ${tls.cert}`, `keyfile ${tls.key}`);
    if (login !== undefined) {
      const passwords = join(folder, "passwords");
      await writeFile(passwords, `${login.username}:${login.password}\n`, { mode: 0o600 });
      const made = spawn("mosquitto_passwd", ["-U", passwords]);
      await once(made, "close");
      lines.push(`password_file ${passwords}`);
    }
    if (process.getuid?.() === 0) lines.push("user root");
    await writeFile(join(folder, "mosquitto.conf"), lines.join("\n"));
    const broker = spawn("mosquitto", ["-c", join(folder, "mosquitto.conf")], { stdio: "ignore" });
    const ended = new AbortController();
    broker.once("exit", () => ended.abort());
    await listening(port, ended.signal);
    return new Mosquitto(port, folder, broker);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = once(this.#process, "close");
    if (this.#process.kill()) await gone;
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function sparePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, "close");
  return port;
}

async function listening(port: number, ended: AbortSignal): Promise<void> {
  for (;;) {
    if (ended.aborted) throw new Error("mosquitto ended at its start");
    const socket = connect(port, "127.0.0.1");
    const open = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    });
    socket.destroy();
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
