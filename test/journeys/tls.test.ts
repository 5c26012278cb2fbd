import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { promisify } from "node:util";
import { connectAsync, type MqttClient } from "mqtt";
import { until } from "../../src/testing/until.ts";
import { Authority, type Pair } from "../support/certificates.ts";
import { passwordOf, Server } from "../support/server.ts";

const run = promisify(execFile);

describe("clients in TLS", function () {
  this.timeout(60_000);
  let authority: Authority;
  let pair: Pair;
  let server: Server;
  let ca: Buffer;
  const open = new Set<MqttClient>();

  before(async () => {
    authority = await Authority.found();
    pair = await authority.sign({ names: ["DNS.1=localhost", "DNS.2=first.example", "IP.1=127.0.0.1"] }, "server");
    const other = await authority.sign({ names: ["DNS.1=chat.example.net"] });
    ca = readFileSync(authority.cert);
    server = await Server.prepare({
      settings: {
        TRIVIUM_TLS_CERT: pair.cert,
        TRIVIUM_TLS_KEY: pair.key,
        TRIVIUM_TLS_CA: authority.cert,
        TRIVIUM_TLS_CLIENT_CERTIFICATES: "request",
        TRIVIUM_TLS_HOSTS: JSON.stringify([other]),
      },
    });
    await server.addUsers(["alice", "bob"]);
    await server.start();
  });
  afterEach(async () => {
    for (const client of open) await client.endAsync(true);
    open.clear();
  });
  after(async () => {
    await server.remove();
    await authority[Symbol.asyncDispose]();
  });

  async function connect(url: string, name: string): Promise<MqttClient> {
    const login = { username: name, password: passwordOf(name), clientId: `${name}-js`, reconnectPeriod: 0 };
    const client = await connectAsync(url, { ...login, protocolVersion: 5, ca });
    open.add(client);
    return client;
  }

  /** The names in the certificate that a new handshake sees. */
  async function shown(port: number, servername: string): Promise<string> {
    const socket = connectTls({ host: "127.0.0.1", port, servername, ca, checkServerIdentity: () => undefined });
    await once(socket, "secureConnect");
    const names = socket.getPeerCertificate().subjectaltname ?? "";
    socket.destroy();
    return names;
  }

  it("MQTT.js by mqtts and by wss, and mosquitto_pub with --cafile, meet", async () => {
    const { mqtts, https } = server.ports;
    const alice = await connect(`mqtts://localhost:${mqtts}`, "alice");
    const bob = await connect(`wss://localhost:${https}/mqtt`, "bob");
    const heard: string[] = [];
    bob.on("message", (topic, payload) => heard.push(`${topic} ${payload.toString()}`));
    await bob.subscribeAsync("house/#", { qos: 2 });

    for (const qos of [0, 1, 2] as const) await alice.publishAsync("house/light", String(qos), { qos });
    const login = ["-u", "alice", "-P", passwordOf("alice"), "-i", "alice-mosquitto"];
    const tls = ["--cafile", authority.cert, "-h", "localhost", "-p", String(mqtts)];
    await run("mosquitto_pub", [...login, ...tls, "-q", "1", "-t", "house/door", "-m", "shut"]);
    await until(() => heard.length === 4);

    assert.deepEqual(heard, ["house/light 0", "house/light 1", "house/light 2", "house/door shut"]);
  });

  it("a hundred kilobytes arrive whole in both directions", async () => {
    const alice = await connect(`mqtts://localhost:${server.ports["mqtts"]}`, "alice");
    const payload = Buffer.alloc(100_000, "0123456789abcdef");
    const heard: Buffer[] = [];
    alice.on("message", (_topic, bytes) => heard.push(bytes));
    await alice.subscribeAsync("big", { qos: 1 });

    for (let i = 0; i < 10; i++) await alice.publishAsync("big", payload, { qos: 1 });
    await until(() => heard.length === 10);

    assert.ok(heard.every((bytes) => bytes.equals(payload)));
  });

  it("openssl s_client verifies the certificate and agrees on a protocol, and sees another one by its name", async () => {
    const ask = async (...args: readonly string[]): Promise<string> => {
      const where = ["-connect", `127.0.0.1:${server.ports["mqtts"]}`, "-CAfile", authority.cert];
      const client = spawn("openssl", ["s_client", ...where, ...args], { stdio: ["pipe", "pipe", "ignore"] });
      client.stdin.end("Q\n");
      return Buffer.concat(await client.stdout.toArray()).toString();
    };

    const first = await ask("-servername", "localhost", "-verify_hostname", "localhost", "-alpn", "mqtt");
    const second = await ask("-servername", "chat.example.net", "-verify_hostname", "chat.example.net");

    assert.match(first, /Verify return code: 0 \(ok\)/);
    assert.match(first, /ALPN protocol: mqtt/);
    assert.match(first, /New, TLSv1\.3/);
    assert.match(second, /Verify return code: 0 \(ok\)/);
  });

  it("a renewed certificate is seen by new handshakes after SIGHUP, and a connection that was open lives on", async () => {
    const port = server.ports["mqtts"] ?? 0;
    const alice = await connect(`mqtts://localhost:${port}`, "alice");
    const heard: string[] = [];
    alice.on("message", (_topic, payload) => heard.push(payload.toString()));
    await alice.subscribeAsync("after", { qos: 1 });
    const before = await shown(port, "localhost");

    await authority.sign({ names: ["DNS.1=localhost", "DNS.2=second.example"] }, "server");
    process.kill(server.pid, "SIGHUP");
    await until(() => server.output.includes("tls_reloaded"));
    const after = await shown(port, "localhost");
    const https = await shown(server.ports["https"] ?? 0, "localhost");
    await alice.publishAsync("after", "still here", { qos: 1 });
    await until(() => heard.length === 1);

    assert.match(before, /first\.example/);
    assert.match(after, /second\.example/);
    assert.match(https, /second\.example/);
  });

  it("a renewed certificate is seen without a signal, once both files fit together", async () => {
    const port = server.ports["mqtts"] ?? 0;
    const renewed = await authority.sign({ names: ["DNS.1=localhost", "DNS.2=third.example"] });

    writeFileSync(pair.cert, readFileSync(renewed.cert));
    writeFileSync(pair.key, readFileSync(renewed.key));

    await until(async () => (await shown(port, "localhost")).includes("third.example"), 40_000);
  });

  it("nobody is disturbed by bytes in plain on the TLS port, by TLS on the plain port, nor by handshakes that fail", async () => {
    const alice = await connect(`mqtts://localhost:${server.ports["mqtts"]}`, "alice");
    const said = server.output.length;
    const refused = async (options: { port: number; maxVersion?: "TLSv1.1" }): Promise<unknown> => {
      const socket: TLSSocket = connectTls({ host: "127.0.0.1", ca, minVersion: "TLSv1", ...options });
      return new Promise((resolve) => socket.once("error", resolve).once("close", resolve));
    };

    const plain = connectTcp(server.ports["mqtts"] ?? 0, "127.0.0.1");
    plain.on("error", () => undefined).write("\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00");
    await new Promise((closed) => plain.resume().once("close", closed));
    await refused({ port: server.mqtt });
    await refused({ port: server.http });
    await refused({ port: server.ports["mqtts"] ?? 0, maxVersion: "TLSv1.1" });
    await alice.publishAsync("still/here", "yes", { qos: 1 });

    assert.equal(alice.connected, true);
    assert.doesNotMatch(server.output.slice(said), /"level":(50|"error")/);
  });

  it("the doctor reads the certificates", async () => {
    const found = await server.cli("doctor").catch((error: { stdout: string }) => error.stdout);

    assert.match(found, /look {2}TLS .*expires on \d{4}-\d\d-\d\d, in [01] days/);
    assert.match(found, /mqtts port/);
  });
});
