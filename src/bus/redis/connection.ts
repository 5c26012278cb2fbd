// Two sockets to one Redis: one for commands, one that does nothing but wait at the inbox.
import { Redis, type RedisOptions } from "ioredis";
import type { Logger } from "../../ops/log.ts";
import { withScripts, type Scripts } from "./scripts.ts";

export interface Connection {
  readonly commands: Redis & Scripts;
  readonly reader: Redis;
  /** True while commands may be sent. */
  ready(): boolean;
  close(): void;
}

/** How long the reader waits at the inbox before it asks again, which shows that its socket is alive. */
export function blockMsOf(leaseMs: number): number {
  return Math.ceil(leaseMs / 15);
}

export interface ConnectOptions {
  readonly url: string;
  readonly name: string;
  readonly leaseMs: number;
  readonly log: Logger;
  /** Commands may be sent again. */
  readonly onReady: () => void;
  /** No commands may be sent any more. */
  readonly onLost: () => void;
}

export function connect({ url, name, leaseMs, log, onReady, onLost }: ConnectOptions): Connection {
  const shared = {
    lazyConnect: true,
    // What an outage interrupts is decided here, by kind (repeat, forget, register anew), and never queued or resent
    // behind our back: ioredis would repeat announcements and registrations that are no longer true.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 5000,
    // A socket that says nothing for so long although it was asked is half open: it is dropped and made anew, in time
    // to keep the lease.
    socketTimeout: Math.ceil(leaseMs / 3),
    retryStrategy: (times: number) => Math.min(25 * 2 ** times, 1000) + Math.random() * 50,
    // A failover leaves the old primary read-only: find the new one.
    reconnectOnError: (error: Error) => error.message.startsWith("READONLY"),
  } satisfies RedisOptions;
  const commands = withScripts(
    new Redis(url, { ...shared, connectionName: `${name}:commands`, commandTimeout: Math.ceil(leaseMs / 8) }),
  );
  const reader = new Redis(url, { ...shared, connectionName: `${name}:inbox` });

  let complained = false;
  for (const socket of [commands, reader]) {
    // Without a listener ioredis prints each error; without `complained` an outage fills the log.
    socket.on("error", (error: Error) => {
      if (!complained) log.warn({ what: "bus_connection_error", error: error.message }, "the bus is out of reach");
      complained = true;
    });
  }
  commands.on("ready", () => {
    if (complained) log.info({ what: "bus_connection_back" }, "the bus is back");
    complained = false;
    onReady();
  });
  commands.on("close", onLost);
  for (const socket of [commands, reader]) socket.connect().catch(() => {}); // told by "error", tried again by ioredis

  return {
    commands,
    reader,
    ready: () => commands.status === "ready",
    close() {
      commands.disconnect();
      reader.disconnect();
    },
  };
}
