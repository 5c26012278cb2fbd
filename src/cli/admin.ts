// What the commands beside a server share: the same store, opened for a moment.
import type { Command } from "commander";
import { createCore, type RunningCore } from "../create-core.ts";
import { userOf, type UserId } from "../model/ids.ts";
import { preparedName } from "../model/precis.ts";
import type { Config } from "../ops/config-schema.ts";
import { Opened } from "../ops/opened.ts";
import { createLog } from "../ops/pino-log.ts";
import { coreOptions, openBus, openStore } from "./backend.ts";
import { configOf } from "./settings.ts";

export interface Administered {
  readonly core: RunningCore;
  readonly config: Config;
}

/** Opens the store that the server uses, running or not; closes it whatever happens. */
export async function administer(command: Command, work: (opened: Administered) => Promise<void>): Promise<void> {
  const config = configOf(command);
  // What is worth saying here is said as the command's own error.
  const log = createLog("error");
  const opened = new Opened();
  try {
    const store = opened.add(await openStore(config, log));
    await store.start();
    const bus = opened.add(await openBus({ ...config, node: "" }, log, "command"));
    const core = opened.add(await createCore({ ...coreOptions(config), store, bus, log }));
    await work({ core, config });
  } finally {
    await opened[Symbol.asyncDispose]();
    log.flush();
  }
}

/** `alice`, or `alice@` and the configured domain; prepared, as every front-end compares names. */
export function userNamed(name: string, { domain }: Config): UserId {
  const at = name.lastIndexOf("@");
  if (at !== -1 && name.slice(at + 1) !== domain)
    throw new Error(`${name} is not an account of ${domain}, which this server serves`);
  const prepared = preparedName(at === -1 ? name : name.slice(0, at));
  if (prepared === undefined) throw new Error(`${name} cannot be the name of an account`);
  return userOf(prepared, domain);
}
