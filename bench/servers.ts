// The servers of a run: each is started when the first figure needs it, and stays until the end.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ejabberdCode, startEjabberd } from "../conformance/targets/ejabberd.ts";
import { startMosquitto } from "../conformance/targets/mosquitto.ts";
import { scratch, startProcess } from "../conformance/targets/process.ts";
import { startProsody } from "../conformance/targets/prosody.ts";
import type { Started } from "../conformance/targets/started.ts";
import { startTrivium } from "../conformance/targets/trivium.ts";
import type { Login, Target } from "../conformance/target.ts";
import type { MqttJob } from "./load/mqtt-wire.ts";

export const accounts: readonly Login[] = Array.from({ length: 40 }, (_, n) => ({
  user: `load${n}`,
  password: `password ${n}`,
}));

/** Where a target speaks MQTT, and as whom to log in. */
export function mqttOf({ mqtt, logins }: Target): MqttJob {
  return { ...mqtt!, user: logins[0]?.user, password: logins[0]?.password };
}

/** `+archive`: as it comes, with a message archive. */
export type ServerName =
  | "trivium"
  | "mosquitto"
  | "aedes"
  | "ejabberd"
  | "prosody"
  | "ejabberd+archive"
  | "prosody+archive";

export class Servers {
  readonly #started = new Map<ServerName, Promise<Started | undefined>>();
  readonly #profile: string | undefined;
  readonly #accounts: number;

  /** `profile`: a directory for CPU profiles of our own server. `count`: how many accounts a server is to have. */
  constructor(profile: string | undefined, count: number) {
    this.#profile = profile;
    this.#accounts = count;
  }

  /** Undefined when it is not installed, which is said once. */
  get(name: ServerName): Promise<Started | undefined> {
    let started = this.#started.get(name);
    if (started === undefined) this.#started.set(name, (started = this.#start(name, this.#accounts)));
    return started;
  }

  /** One that nobody has used: memory that a server has grown it does not give back. The caller stops it. */
  fresh(name: ServerName, count: number): Promise<Started | undefined> {
    return this.#start(name, count);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#started.values()].map(async (started) => (await started)?.stop()));
  }

  async #start(name: ServerName, count: number): Promise<Started | undefined> {
    const logins = accounts.slice(0, count);
    if (!installed(name)) {
      console.log(`${name} is not installed: left out`);
      return undefined;
    }
    switch (name) {
      case "trivium": {
        const nodeArguments = this.#profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${this.#profile}`];
        return startTrivium({ accounts: logins, nodeArguments });
      }
      case "mosquitto":
        return startMosquitto({ accounts: logins.slice(0, 1), measured: "bare" });
      case "aedes":
        return startAedes();
      case "ejabberd":
        return startEjabberd({ accounts: logins, measured: "bare" });
      case "prosody":
        return startProsody({ accounts: logins, measured: "bare" });
      case "ejabberd+archive":
        return startEjabberd({ accounts: logins, measured: "archive" });
      case "prosody+archive":
        return startProsody({ accounts: logins, measured: "archive" });
    }
  }
}

function installed(name: ServerName): boolean {
  if (name === "trivium" || name === "aedes") return true;
  const [program] = name.split("+");
  if (program === "ejabberd") return ejabberdCode() !== undefined;
  return spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
}

async function startAedes(): Promise<Started> {
  const script = fileURLToPath(new URL("peers/aedes.js", import.meta.url));
  const server = await startProcess(await scratch(), [process.execPath, script]);
  const port = Number((await server.line(/^listening on (\d+)$/))[1]);
  const target: Target = { name: "aedes", mqtt: { host: "127.0.0.1", port }, logins: [], abilities: new Set() };
  return { pid: server.pid, target, stop: () => server.stop() };
}
