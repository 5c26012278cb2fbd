// Our own server, as an operator starts it: a process, its command line, and nothing of its code.
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { makeCertificate } from "./certificate.ts";
import { run, scratch, startProcess } from "./process.ts";
import { packageVersion } from "./package-version.ts";
import { componentSecret, logins, type Started, type StartOptions } from "./started.ts";

const cli = fileURLToPath(new URL("../../src/cli.js", import.meta.url));

export async function startTrivium(options: StartOptions = {}): Promise<Started> {
  const accounts = options.accounts ?? logins;
  const directory = await scratch();
  const { cert, key } = await makeCertificate(directory);
  const env = {
    // The suites guess wrong passwords over each transport, all from one address.
    TRIVIUM_LIMITS_LOGIN_FAILURES_PER_ACCOUNT: "1000",
    TRIVIUM_LIMITS_LOGIN_FAILURES_PER_ADDRESS: "1000",
    TRIVIUM_TLS_CERT: cert,
    TRIVIUM_TLS_KEY: key,
    TRIVIUM_HTTP_TLS_PORT: "0",
    TRIVIUM_MQTT_TLS_PORT: "0",
    TRIVIUM_XMPP_TLS_PORT: "0",
    TRIVIUM_DATA_DIR: directory,
    TRIVIUM_DOMAIN: "localhost",
    TRIVIUM_HTTP_PORT: "0",
    TRIVIUM_MQTT_PORT: "0",
    TRIVIUM_XMPP_PORT: "0",
    TRIVIUM_XMPP_COMPONENT_PORT: "0",
    TRIVIUM_XMPP_CONTACT_ADDRESSES_ABUSE: "mailto:abuse@localhost",
    TRIVIUM_XMPP_COMPONENTS: `[{ domain: component.localhost, secret: ${componentSecret} }]`,
    // OAUTHBEARER is offered where tokens of somebody are trusted; nobody has this secret.
    TRIVIUM_AUTH_JWT: `[{ secret: ${randomBytes(32).toString("hex")}, algorithms: [HS256] }]`,
    TRIVIUM_DEMO: "off",
    TRIVIUM_XMPP_ADMINS: accounts[0]!.user,
  };
  const lines = accounts.map(({ user, password }) => `${user}:${password}\n`).join("");
  await run([process.execPath, cli, "user", "import"], env, lines);
  const server = await startProcess(directory, [process.execPath, ...(options.nodeArguments ?? []), cli, "start"], env);
  const ready = JSON.parse((await server.line(/^trivium: ready (\{.*\})$/))[1]!) as Record<
    "http" | "mqtt" | "xmpp" | "component",
    number
  >;
  const http = `ws://127.0.0.1:${ready.http}`;
  return {
    pid: server.pid,
    target: {
      name: "trivium",
      version: await packageVersion(new URL("../../../package.json", import.meta.url)),
      mqtt: { host: "127.0.0.1", port: ready.mqtt },
      mqttWebSocket: `${http}/mqtt`,
      xmpp: { url: `${http}/xmpp-websocket`, domain: "localhost", rooms: "rooms.localhost" },
      xmppTcp: { url: `xmpp://127.0.0.1:${ready.xmpp}`, domain: "localhost", rooms: "rooms.localhost" },
      component: { url: `xmpp://127.0.0.1:${ready.component}`, domain: "component.localhost", secret: componentSecret },
      xmppBosh: { url: `http://127.0.0.1:${ready.http}/http-bind`, domain: "localhost", rooms: "rooms.localhost" },
      json: { url: `${http}/ws` },
      logins: accounts,
      abilities: new Set([
        "accounts",
        "chat",
        "admin",
        "policy",
        "muc",
        "sm",
        "carbons",
        "stanza-ids",
        "host-meta",
        "starttls",
      ]),
      // It has all that the checks look for: one that finds it without has found a defect.
      lacks: ["no keep alive of its own that is short enough to wait"],
    },
    stop: () => server.stop(),
  };
}
