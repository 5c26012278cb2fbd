// Prosody as Debian packages it: a yardstick of the XMPP suites.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeCertificate } from "./certificate.ts";
import { freePort, listening, run, scratch, startProcess } from "./process.ts";
import { community, prosodyConfig } from "./prosody-config.ts";
import { deviations } from "./prosody-deviations.ts";
import { componentSecret, logins, type Started, type StartOptions } from "./started.ts";

export async function startProsody(options: StartOptions = {}): Promise<Started> {
  const accounts = options.accounts ?? logins;
  const directory = await scratch();
  const [port, tcp, component] = [await freePort(), await freePort(), await freePort()];
  const { cert, key } = await makeCertificate(directory);
  const config = join(directory, "prosody.cfg.lua");
  const place = { directory, port, tcp, component, cert, key, admin: accounts[0]!.user };
  await writeFile(config, prosodyConfig(place, options.measured));
  for (const { user, password } of accounts)
    await run(["prosodyctl", "--root", "--config", config, "register", user, "localhost", password]);
  const version = /^Prosody (\S+)/m.exec(await run(["prosodyctl", "--root", "--config", config, "about"]));
  const server = await startProcess(directory, ["prosody", "--root", "--config", config]);
  await listening(port);
  return {
    pid: server.pid,
    target: {
      name: "prosody",
      version: `${version?.[1] ?? "?"}${community.length > 0 ? " with prosody-modules" : ""}`,
      xmpp: { url: `ws://127.0.0.1:${port}/xmpp-websocket`, domain: "localhost", rooms: "rooms.localhost" },
      xmppBosh: { url: `http://127.0.0.1:${port}/http-bind`, domain: "localhost", rooms: "rooms.localhost" },
      xmppTcp: { url: `xmpp://127.0.0.1:${tcp}`, domain: "localhost", rooms: "rooms.localhost" },
      component: { url: `xmpp://127.0.0.1:${component}`, domain: "component.localhost", secret: componentSecret },
      logins: accounts,
      abilities: new Set(["accounts", "admin", "muc", "sm", "carbons", "stanza-ids", "starttls"]),
      deviations,
    },
    stop: () => server.stop(),
  };
}
