// aedes: the best-known broker for Node, to compare with. Its stable release speaks 3.1 and 3.1.1, not 5.0.
import { fileURLToPath } from "node:url";
import { scratch, startProcess } from "./process.ts";
import { packageVersion } from "./package-version.ts";
import { logins, type Started, type StartOptions } from "./started.ts";

const program = fileURLToPath(new URL("aedes-broker.js", import.meta.url));

export async function startAedes(options: StartOptions = {}): Promise<Started> {
  const accounts = options.accounts ?? logins;
  const server = await startProcess(await scratch(), [process.execPath, program], {
    ACCOUNTS: JSON.stringify(accounts.map(({ user, password }) => [user, password])),
  });
  const [, tcp, webSocket] = await server.line(/^listening on (\d+) and (\d+)$/);
  return {
    pid: server.pid,
    target: {
      name: "aedes",
      version: await packageVersion(new URL("../../../node_modules/aedes/package.json", import.meta.url)),
      mqtt: { host: "127.0.0.1", port: Number(tcp) },
      mqttWebSocket: `ws://127.0.0.1:${webSocket}/`,
      logins: accounts,
      mqttVersions: [4],
      abilities: new Set(["accounts"]),
      refuses: "$SYS/conformance",
    },
    stop: () => server.stop(),
  };
}
