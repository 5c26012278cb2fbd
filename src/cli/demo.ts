// Two accounts to try things out with: made once, in an empty store, and only where the configuration allows them.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Fault } from "../model/fault.ts";
import { userOf } from "../model/ids.ts";
import { isLoopback } from "../net/address.ts";
import type { Config } from "../ops/config-schema.ts";
import type { Running } from "../main.ts";

export interface DemoAccount {
  readonly name: string;
  readonly password: string;
}

const names = ["alice", "bob"];

/** The demo accounts whose passwords are still those that were made; none where they are off. */
export async function demoAccounts({ core, store }: Running, config: Config): Promise<readonly DemoAccount[]> {
  if (config.demo === "off" || (config.demo === "auto" && !isLoopback(config.host))) return [];
  const file = join(config.data_dir, "demo-accounts.json");
  if (!existsSync(file)) {
    if ((await store.accounts(1)).length > 0) return [];
    await create(core, file);
  }
  const accounts = JSON.parse(readFileSync(file, "utf8")) as DemoAccount[];
  const right = await Promise.all(accounts.map(({ name, password }) => works(core, name, password)));
  return accounts.filter((_, i) => right[i]);
}

async function create(core: Running["core"], file: string): Promise<void> {
  const accounts = names.map((name) => ({ name, password: newPassword() }));
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // The file first: an account whose password nobody knows could not be tried.
  writeFileSync(file, `${JSON.stringify(accounts, undefined, 2)}\n`, { mode: 0o600, flag: "wx" });
  for (const { name, password } of accounts) await core.accounts.create(userOf(name, core.host), password);
}

/** Letters and digits alone: it is pasted into command lines. */
function newPassword(): string {
  return randomBytes(32)
    .toString("base64")
    .replaceAll(/[^A-Za-z0-9]/g, "")
    .slice(0, 14);
}

async function works(core: Running["core"], name: string, password: string): Promise<boolean> {
  try {
    await core.accounts.verify(userOf(name, core.host), password);
    return true;
  } catch (error) {
    if (error instanceof Fault && error.code === "unauthorized") return false;
    throw error;
  }
}
