// Where a journey happens: one embedded node, or two nodes over real Postgres and Redis.
import { startPostgres, startRedis } from "#testing";
import { Server } from "./server.ts";

export interface Place extends AsyncDisposable {
  /** The node senders connect to. */
  readonly here: Server;
  /** The node recipients connect to; the same one in an embedded place. */
  readonly there: Server;
}

export async function embeddedPlace(settings: Readonly<Record<string, string>> = {}): Promise<Place> {
  const server = await Server.prepare({ settings });
  await server.start();
  return { here: server, there: server, [Symbol.asyncDispose]: () => server.remove() };
}

export async function clusterPlace(settings: Readonly<Record<string, string>> = {}): Promise<Place> {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  const shared = {
    TRIVIUM_STORE: "postgres",
    TRIVIUM_POSTGRES_URL: postgres.url,
    TRIVIUM_REDIS_URL: redis.url,
    ...settings,
  };
  const here = await Server.prepare({ settings: shared });
  const there = await Server.prepare({ settings: shared });
  await here.start();
  await there.start();
  return {
    here,
    there,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([here.remove(), there.remove()]);
      await Promise.all([postgres.stop(), redis.stop()]);
    },
  };
}
