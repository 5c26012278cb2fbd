// ejabberd as Debian packages it: the other yardstick of the XMPP suites. Started without its control script, which insists
// on the package's own account and directories.
import { existsSync, readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ejabberdConfig } from "./ejabberd-config.ts";
import { deviations } from "./ejabberd-deviations.ts";
import { makeCertificate } from "./certificate.ts";
import { freePort, listening, scratch, startProcess } from "./process.ts";
import { componentSecret, logins, type Started, type StartOptions } from "./started.ts";

/** Where Debian puts the compiled modules; undefined: not installed. */
export function ejabberdCode(): string | undefined {
  const libraries = "/usr/lib/x86_64-linux-gnu";
  const name = existsSync(libraries)
    ? readdirSync(libraries).find(
        (entry) => entry.startsWith("ejabberd-") && existsSync(join(libraries, entry, "ebin")),
      )
    : undefined;
  return name === undefined ? undefined : join(libraries, name, "ebin");
}

export async function startEjabberd(options: StartOptions = {}): Promise<Started> {
  const code = ejabberdCode();
  if (code === undefined) throw new Error("ejabberd is not installed");
  const directory = await scratch();
  const [port, tcp, component] = [await freePort(), await freePort(), await freePort()];
  const { cert, key } = await makeCertificate(directory);
  const both = join(directory, "both.pem");
  await writeFile(both, `${await readFile(cert, "utf8")}${await readFile(key, "utf8")}`);
  const config = join(directory, "ejabberd.yml");
  const accounts = options.accounts ?? logins;
  await writeFile(
    config,
    ejabberdConfig({ directory, port, tcp, component, both, admin: accounts[0]!.user }, options.measured),
  );
  const registrations = accounts.map(
    ({ user, password }) => `ok = ejabberd_auth:try_register(<<"${user}">>, <<"localhost">>, <<"${password}">>)`,
  );
  const server = await startProcess(
    directory,
    [
      "erl",
      "-noinput",
      "+K",
      "true",
      "-pa",
      code,
      "-mnesia",
      "dir",
      `"${directory}/mnesia"`,
      "-s",
      "ejabberd",
      "-eval",
      `${registrations.join(", ")}, io:format("accounts made~n").`,
    ],
    {
      EJABBERD_CONFIG_PATH: config,
      EJABBERD_LOG_PATH: join(directory, "ejabberd.log"),
      SPOOL_DIR: directory,
      HOME: directory,
    },
  );
  await server.line(/accounts made/);
  await listening(port);
  return {
    pid: server.pid,
    target: {
      name: "ejabberd",
      version: basename(dirname(code)).replace(/^ejabberd-/, ""),
      xmpp: { url: `ws://localhost:${port}/ws`, domain: "localhost", rooms: "rooms.localhost" },
      xmppBosh: { url: `http://127.0.0.1:${port}/bosh`, domain: "localhost", rooms: "rooms.localhost" },
      xmppTcp: { url: `xmpp://127.0.0.1:${tcp}`, domain: "localhost", rooms: "rooms.localhost" },
      component: { url: `xmpp://127.0.0.1:${component}`, domain: "component.localhost", secret: componentSecret },
      logins: accounts,
      abilities: new Set(["accounts", "admin", "host-meta", "muc", "sm", "carbons", "stanza-ids", "starttls"]),
      deviations,
    },
    stop: () => server.stop(),
  };
}
