// `trivium start`: serves until told to stop.
import { setFlagsFromString } from "node:v8";
import { serve, type Running } from "../main.ts";
import type { Config } from "../ops/config-schema.ts";
import { ConfigError } from "../ops/config.ts";
import { createLog, type ProcessLog } from "../ops/pino-log.ts";
import { demoAccounts } from "./demo.ts";
import { welcome } from "./welcome.ts";

/** A drain that takes longer is given up. */
const drainLimitMs = 18_000;

/** `reread` gives the configuration as it is now, from the same sources. */
export async function start(config: Config, reread: () => Config): Promise<void> {
  // What ten thousand clients leave behind when they connect is collected when the heap has grown by half, not when it has
  // grown fourfold (docs/decisions/0065-collect-sooner.md). Of what does not grow, it costs nothing.
  setFlagsFromString("--heap-growing-percent=50");
  // The young generation of a server that drops what it has sent holds little that lives: a second thread to copy it is
  // woken for nothing, and waits in a loop where cores are shared (docs/decisions/0068-what-a-view-costs.md).
  setFlagsFromString("--no-parallel-scavenge");
  // And it stays at the megabyte it begins with, which a core's cache holds; V8 would let it grow to sixteen.
  setFlagsFromString("--semi-space-growth-factor=1");
  const log = createLog(config.log.level);
  // Whatever is wrong then, the state of the process is unknown: what was acknowledged is in the store.
  const bug = (what: string) => (err: unknown) => fail(log, what, err);
  process.on("uncaughtException", bug("uncaught_exception"));
  process.on("unhandledRejection", bug("unhandled_rejection"));
  // Whoever read our table may have gone.
  process.stdout.on("error", () => undefined);
  const running = await serve({ config, log, storeFailed: () => fail(log, "store_lost") });
  stopOnSignal(running, log);
  process.on("SIGHUP", () => reload(running, log, reread));
  const accounts = await demoAccounts(running, config).catch(async (error: unknown) => {
    await running.drain();
    throw error;
  });
  console.log(welcome(config, running.ports, accounts));
  console.log(`trivium: ready ${JSON.stringify({ ...running.ports, domain: config.domain })}`);
}

/** What can change under open connections; the rest of the configuration waits for a restart. */
function reload(running: Running, log: ProcessLog, reread: () => Config): void {
  running.reload();
  try {
    const { acl } = reread();
    running.core.govern(acl);
    log.info(
      { what: "access_rules_read", rules: acl.length },
      "the access rules were read again, and hold from now on",
    );
  } catch (error) {
    // What was right before goes on.
    if (!(error instanceof ConfigError)) throw error;
    log.error({ what: "reload_refused", complaints: error.message }, "the configuration is not right; nothing changed");
  }
}

function fail(log: ProcessLog, what: string, err?: unknown): void {
  log.error({ what, ...(err === undefined ? {} : { err }) }, "the process ends");
  log.flush();
  process.exit(1);
}

function stopOnSignal(running: Running, log: ProcessLog): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    // A second signal is from someone who does not want to wait.
    if (stopping) return fail(log, "drain_cut_short");
    stopping = true;
    log.info({ what: "drain_begins", signal }, "no more connections are taken");
    setTimeout(() => fail(log, "drain_too_slow"), drainLimitMs).unref();
    running.drain().then(
      () => {
        log.info({ what: "drain_ends" }, "everything is closed");
        log.flush();
        process.exit(0);
      },
      (err: unknown) => fail(log, "drain_failed", err),
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}
