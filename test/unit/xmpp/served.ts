// A whole server of this front-end in the process, on a port of its own, for tests that speak over a real socket.
import { until } from "../../../src/testing/until.ts";
import { silent } from "../../../src/ops/log.ts";
import { ConnectionLimits } from "../../../src/net/connection-limits.ts";
import { listenHttp } from "../../../src/net/http-host.ts";
import { localUser, startCore } from "../../../src/testing/core.ts";
import type { CoreOptions, RunningCore } from "../../../src/create-core.ts";
import type { Talker } from "./socket.ts";
import { createXmpp, type XmppOptions } from "../../../protocols/xmpp/index.ts";

export interface Served extends AsyncDisposable {
  readonly core: RunningCore;
  readonly port: number;
  readonly url: string;
  /** Two fresh accounts on `localhost`, each with the password `secret-NAME`: what one test leaves behind is no other's. */
  couple(): Promise<[string, string]>;
  /** Cuts the client's wire, and resolves when the server has let go of every session of its account. */
  lose(client: Talker): Promise<void>;
}

/** Accounts alice, bob and carol on `localhost`, each with the password `secret-NAME`, and more when asked for. */
export async function serve(options: XmppOptions = {}, coreOptions: Partial<CoreOptions> = {}): Promise<Served> {
  const core = await startCore(["alice", "bob", "carol"], coreOptions);
  const xmpp = createXmpp(core, options);
  const listener = await listenHttp({
    host: "127.0.0.1",
    port: 0,
    endpoints: xmpp.webSockets,
    pages: xmpp.http,
    origins: [],
    limits: new ConnectionLimits(1000, 1000),
    readiness: async () => ({ ready: true, checks: {} }) as never,
    log: silent,
  });
  let couples = 0;
  return {
    couple: async () => {
      const names: [string, string] = [`romeo-${++couples}`, `julia-${couples}`];
      for (const name of names) await core.accounts.create(localUser(name), `secret-${name}`);
      return names;
    },
    lose: async (client) => {
      client.wire.cut();
      await until(() => core.sessions.of(localUser(client.name)).length === 0);
    },
    core,
    port: listener.port,
    url: `ws://127.0.0.1:${listener.port}/xmpp-websocket`,
    [Symbol.asyncDispose]: async () => {
      await xmpp.drain(200);
      await listener[Symbol.asyncDispose]();
      await core[Symbol.asyncDispose]();
    },
  };
}
