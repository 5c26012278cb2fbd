// What `trivium start` prints: where everything is, and a line to try for each protocol.
import { hostPort } from "../net/address.ts";
import type { Config } from "../ops/config-schema.ts";
import type { DemoAccount } from "./demo.ts";

export function welcome(
  config: Config,
  ports: Readonly<Record<string, number>>,
  accounts: readonly DemoAccount[],
): string {
  const at = addressesOf(config, ports);
  return [
    "",
    ...table([
      ["XMPP", `${at.ws}/xmpp-websocket`, `WebSocket (RFC 7395), domain ${config.domain}`],
      ...(ports["xmpp"] === undefined ? [] : [["", `xmpp://${hostPort(at.host, ports["xmpp"])}`, "the same over TCP"]]),
      ...(at.mqtt === undefined ? [] : [["MQTT", `mqtt://${hostPort(at.host, at.mqtt)}`, "3.1.1 and 5.0 over TCP"]]),
      ["", `${at.ws}/mqtt`, "the same over WebSocket"],
      ["JSON", `${at.ws}/ws`, "WebSocket, subprotocol trivium.v1.json"],
      ["HTTP", at.http, "/healthz /readyz /metrics"],
      ...secureRows(at.host, ports),
    ]),
    "",
    ...(accounts.length === 0 ? noAccounts : demo(accounts)),
    ...(accounts.length < 2 ? [] : tryLines(config, at, accounts)),
  ].join("\n");
}

function secureRows(host: string, ports: Readonly<Record<string, number>>): readonly (readonly string[])[] {
  const { https, mqtts, xmpps } = ports;
  return [
    ...(https === undefined ? [] : [["TLS", `https://${hostPort(host, https)}`, "the same paths; wss://"]]),
    ...(mqtts === undefined ? [] : [["", `mqtts://${hostPort(host, mqtts)}`, "MQTT"]]),
    ...(xmpps === undefined ? [] : [["", `xmpps://${hostPort(host, xmpps)}`, "XMPP (XEP-0368)"]]),
  ];
}

interface Addresses {
  readonly host: string;
  readonly http: string;
  readonly ws: string;
  readonly mqtt: number | undefined;
}

function addressesOf(config: Config, ports: Readonly<Record<string, number>>): Addresses {
  // A server that listens on every address is reached by its name.
  const host = config.host === "0.0.0.0" || config.host === "::" ? config.domain : config.host;
  const authority = hostPort(host, ports["http"] ?? 0);
  return { host, http: `http://${authority}`, ws: `ws://${authority}`, mqtt: ports["mqtt"] };
}

const noAccounts = ["Make an account: npx trivium user add NAME", ""];

function demo(accounts: readonly DemoAccount[]): readonly string[] {
  return [
    "Demo accounts, this machine's own:",
    ...table(accounts.map(({ name, password }) => [`  ${name}`, password])),
    "",
  ];
}

function tryLines(config: Config, at: Addresses, [alice, bob]: readonly DemoAccount[]): readonly string[] {
  if (alice === undefined || bob === undefined) return [];
  const chat = `${config.chat_prefix}/dm`;
  const mqtt = `-h ${at.host} -p ${at.mqtt}`;
  const auth = JSON.stringify({ id: 1, type: "auth", user: alice.name, password: alice.password });
  const send = JSON.stringify({ id: 2, type: "send", to: bob.name, cid: "1", body: "hello from JSON" });
  return [
    "Try, each in a terminal of its own; what alice says by one protocol reaches bob by every other:",
    "  MQTT: bob listens, alice speaks",
    `    mosquitto_sub ${mqtt} -u ${bob.name} -P ${bob.password} -i bob-1 -c -q 1 -t '${chat}/${alice.name}'`,
    `    mosquitto_pub ${mqtt} -u ${alice.name} -P ${alice.password} -q 1 -t '${chat}/${bob.name}' -m 'hello from MQTT'`,
    "  JSON: alice speaks; paste the two lines when connected",
    `    npx wscat -c ${at.ws}/ws -s trivium.v1.json`,
    `    ${auth}`,
    `    ${send}`,
    "  XMPP: bob listens, with any client that speaks WebSocket (Converse.js, …)",
    `    ${bob.name}@${config.domain}, password ${bob.password}, connection ${at.ws}/xmpp-websocket`,
    "",
  ];
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
