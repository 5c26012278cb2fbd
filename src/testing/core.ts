// A whole core over memory, with accounts, for tests of what stands on it.
import { createMemoryBus } from "../bus/memory/bus.ts";
import { createCore, type CoreOptions, type RunningCore } from "../create-core.ts";
import { type UserId, userOf } from "../model/ids.ts";
import { createMemoryStore } from "../store/memory/index.ts";

/** A running core on host `localhost` where each of `names` has the password `secret-NAME`. */
export async function startCore(
  names: readonly string[] = ["alice", "bob"],
  options: Partial<CoreOptions> = {},
): Promise<RunningCore> {
  const store = options.store ?? createMemoryStore();
  await store.start();
  const core = await createCore({ host: "localhost", bus: createMemoryBus(), scramIterations: 16, ...options, store });
  for (const name of names) await core.accounts.create(localUser(name), `secret-${name}`);
  return core;
}

export function localUser(name: string): UserId {
  return userOf(name, "localhost");
}
