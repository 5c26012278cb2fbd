// Eclipse Mosquitto as Debian packages it: the yardstick of the MQTT suites.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort, listening, run, scratch, startProcess } from "./process.ts";
import { logins, type Started, type StartOptions } from "./started.ts";

/** What 2.0.11 does otherwise than the clause says, found by running the suites against it. */
const deviations: Readonly<Record<string, string>> = {
  "[MQTT-3.3.4-9]":
    "after a PUBACK it sends one message more than the Receive Maximum allows; the clause says MUST NOT",
  "[MQTT-3.3.4-7] (M15)": "it says Receive Maximum 20 and does not mind 21 in flight; the clause names DISCONNECT 0x93",
  '[MQTT-4.8.2-1] (filter "$share//x")': "it grants an empty ShareName; the clause asks for at least one character",
  '[MQTT-4.8.2-2] (filter "$share/g")': "it grants a share without a filter; the clause says one MUST follow",
  '[MQTT-4.8.2-2] (shared filter "$share/+/x")':
    'it grants a ShareName that is a wildcard; the clause forbids "+" in it',
  '[MQTT-4.8.2-2] (shared filter "$share/g/")':
    "it grants a share with an empty filter; the clause says one MUST follow",
  "[MQTT-3.8.3-4]": "it grants No Local on a shared subscription; the clause calls it a Protocol Error",
  "[MQTT-3.3.2-14] (a wildcard in a response topic)":
    "it forwards it; the clause says MUST NOT contain wildcard characters",
  "[MQTT-3.3.4-6] (a subscription identifier from a client)": "it ignores it; §3.3.4 makes it a Protocol Error",
  "[MQTT-4.7.2-1] (exchanging messages)":
    "it keeps its clients from topics that begin with $SYS; the clause says SHOULD of all that begin with $",
  "[MQTT-2.2.2-2] (PINGREQ with flags)":
    "it ignores the flags of PINGREQ and answers, where the clause asks it to close",
  "[MQTT-1.5.5-1] (Remaining Length)": "it takes a Remaining Length in more bytes than needed",
  "[MQTT-2.1.3-1] (PUBACK with reserved flags)":
    "it does not look at the flags of acknowledgements; the clause asks it to",
  "[MQTT-2.2.2-1] (PUBACK with flags)": "it does not look at the flags of acknowledgements; the clause asks it to",
  "§3.1.2.11.10 (Authentication Data without a method)": "it ignores it; the section calls it a Protocol Error",
  "[MQTT-4.3.3-7]": "it drops an expired message that was sent and not acknowledged, when the client comes back",
  "[MQTT-3.1.2-25] (and its place is free)":
    "with a Receive Maximum of 1, a message too large to send keeps its place and nothing more is sent",
  "§3.1.2.11.4": "it sends a packet one byte larger than the Maximum Packet Size",
  "[MQTT-4.9.0-2]": "after a PUBREC that refuses it sends more messages than the quota has places",
  "§3.3.1.3 (shared)": "it sends retained messages to a new shared subscription; the section says that none are sent",
  "§3.1.3.2.2 (session end before delay)": "a will whose session ends before its delay is not published then",
  "§3.1.4 (the will of a session that is begun anew)": "it drops the will of a session that is begun anew",
  "§3.3.2.3.5 (an empty response topic)": "it forwards it; a topic name has at least one character [MQTT-4.7.3-1]",
  "§3.14.2.2 (DISCONNECT with a server's property)": "it takes the client's leave as it is meant, and drops the will",
  "§3.4.2.1 (PUBACK with a reason code it cannot have)": "it takes any reason code in PUBACK",
  "[MQTT-3.1.2-8] (protocol error)":
    "it drops the will when the error is a second CONNECT; §3.1.2.5 lists a protocol error among the situations in which it is published",
};

export async function startMosquitto(options: StartOptions = {}): Promise<Started> {
  const accounts = options.accounts ?? logins;
  const directory = await scratch();
  const [tcp, websocket] = [await freePort(), await freePort()];
  const passwords = join(directory, "passwords");
  await writeFile(passwords, "");
  for (const { user, password } of accounts) await run(["mosquitto_passwd", "-b", passwords, user, password]);
  const config = join(directory, "mosquitto.conf");
  await writeFile(
    config,
    `user root
persistence false
set_tcp_nodelay true
${options.measured !== undefined ? "max_queued_messages 0\nmax_inflight_messages 0" : ""}
allow_anonymous false
password_file ${passwords}
listener ${tcp} 127.0.0.1
listener ${websocket} 127.0.0.1
protocol websockets
`,
  );
  const version = /^mosquitto version (\S+)/m.exec(await run(["sh", "-c", "mosquitto -h || true"]));
  const server = await startProcess(directory, ["mosquitto", "-c", config]);
  await Promise.all([listening(tcp), listening(websocket)]);
  return {
    pid: server.pid,
    target: {
      name: "mosquitto",
      version: version?.[1],
      mqtt: { host: "127.0.0.1", port: tcp },
      mqttWebSocket: `ws://127.0.0.1:${websocket}/`,
      logins: accounts,
      abilities: new Set(["accounts"]),
      deviations,
    },
    stop: () => server.stop(),
  };
}
