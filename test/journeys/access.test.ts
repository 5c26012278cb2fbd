// Who may be here, and what he may do, as an operator configures it and unmodified clients meet it.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SignJWT } from "jose";
import { connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import { until } from "../../src/testing/until.ts";
import { Authority } from "../support/certificates.ts";
import { openChat } from "../support/clients/bare-json.ts";
import { Journal } from "../support/journal.ts";
import { passwordOf, Server } from "../support/server.ts";

const secret = "a secret of more than thirty-two characters";

describe("access", function () {
  this.timeout(60_000);
  let folder: string;
  let authority: Authority;
  let webhook: Knower;
  let server: Server;
  const open = new Set<MqttClient>();

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "trivium-access-"));
    authority = await Authority.found();
    const pair = await authority.sign();
    webhook = await Knower.start();
    rules([{ effect: "deny", who: ["user:bob"], topics: ["secret/#"] }]);
    server = await Server.prepare({
      settings: {
        TRIVIUM_CONFIG: join(folder, "trivium.yaml"),
        TRIVIUM_TLS_CERT: pair.cert,
        TRIVIUM_TLS_KEY: pair.key,
        TRIVIUM_TLS_CA: authority.cert,
        TRIVIUM_TLS_CLIENT_CERTIFICATES: "request",
      },
    });
    await server.addUsers(["alice", "bob", "leaver"]);
    await server.start();
  });
  afterEach(async () => {
    for (const client of open) await client.endAsync(true);
    open.clear();
  });
  after(async () => {
    await server?.remove();
    await webhook?.stop();
    await authority?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  function rules(acl: readonly object[]): void {
    const auth = {
      create_accounts: true,
      certificates: "common_name",
      jwt: [{ secret, algorithms: ["HS256"], issuer: "test", audience: "trivium", account_claim: "name" }],
      webhook: { url: webhook.url, allow_private: true, token: "from trivium", timeout_ms: 300, cache_ms: 1 },
    };
    writeFileSync(join(folder, "trivium.yaml"), JSON.stringify({ auth, acl, mqtt: { anonymous: "guest" } }));
  }

  async function connect(username: string, more: IClientOptions = {}): Promise<MqttClient> {
    const client = await connectAsync(`mqtt://127.0.0.1:${server.mqtt}`, {
      username,
      password: passwordOf(username),
      protocolVersion: 5,
      reconnectPeriod: 0,
      ...more,
    });
    open.add(client);
    return client;
  }

  /** What mosquitto_pub ends with: 0, or CONNACK's code. */
  function publish(...args: readonly string[]): Promise<{ code: number; err: string }> {
    const all = ["-h", "127.0.0.1", "-p", `${server.mqtt}`, "-q", "1", "-t", "t", "-m", "x", ...args];
    return new Promise((resolve) => {
      execFile("mosquitto_pub", all, (error, _out, err) => resolve({ code: Number(error?.code ?? 0), err }));
    });
  }

  it("by somebody's token, in the password's place and in JSON, makes the account and no other", async () => {
    const token = await tokenOf("thermometer");

    assert.deepEqual(await publish("-u", "thermometer", "-P", token), { code: 0, err: "" });
    assert.match((await publish("-u", "alice", "-P", token)).err, /not authori[sz]ed|bad user name/i);
    assert.notEqual((await publish("-u", "thermometer", "-P", await tokenOf("thermometer", "other"))).code, 0);
    assert.notEqual((await publish("-u", "thermometer", "-P", `${token}x`)).code, 0);
    const heard = new Journal<{ ok?: boolean; user?: string }>("JSON events");
    const { socket } = openChat(server.webSocket("/ws"), { token }, (event) => heard.add(event));
    await heard.find("the answer to auth", ({ user }) => user === "thermometer");
    socket.close();
    assert.match(await server.cli("user", "list"), /thermometer@localhost/);
  });

  it("by webhook asks the service, believes its yes, and takes silence for a no", async () => {
    assert.equal((await publish("-u", "sensor", "-P", "theirs", "-i", "sensor-7")).code, 0);
    assert.deepEqual(webhook.asked.at(-1), {
      authorization: "Bearer from trivium",
      question: { user: "sensor@localhost", password: "theirs", device: "mqtt:sensor-7", remote: "127.0.0.1" },
    });
    assert.match((await publish("-u", "sensor", "-P", "wrong")).err, /not authori[sz]ed|bad user name/i);

    webhook.mood = "silent";
    const began = performance.now();
    assert.match((await publish("-u", "sensor", "-P", "theirs")).err, /unavailable/i);
    assert.ok(performance.now() - began < 3000);
    assert.equal((await publish("-u", "alice", "-P", passwordOf("alice"))).code, 0);
    webhook.mood = "well";
    assert.ok(!server.output.includes("theirs"), "a password in the log");
  });

  it("by certificate needs no password, and is only whom it names", async () => {
    const { cert, key } = await authority.sign({ commonName: "gauge" });
    const stranger = await Authority.found();
    const forged = await stranger.sign({ commonName: "gauge" });
    const tls = ["-p", `${server.ports["mqtts"]}`, "--cafile", authority.cert];

    assert.deepEqual(await publish(...tls, "--cert", cert, "--key", key), { code: 0, err: "" });
    assert.equal((await publish(...tls, "--cert", cert, "--key", key, "-u", "gauge")).code, 0);
    assert.notEqual((await publish(...tls, "--cert", cert, "--key", key, "-u", "alice")).code, 0);
    assert.notEqual((await publish(...tls, "--cert", forged.cert, "--key", forged.key, "-u", "gauge")).code, 0);
    await stranger[Symbol.asyncDispose]();
  });

  it("without credentials is the named account, which does not read $SYS", async () => {
    assert.deepEqual(await publish(), { code: 0, err: "" });
    assert.match(await subscription("$SYS/broker/uptime"), /denied|135|128/i);
    assert.match(await subscription("$SYS/broker/uptime", "-u", "alice", "-P", passwordOf("alice")), /seconds/);
  });

  /** What mosquitto_sub says of one message. */
  async function subscription(topic: string, ...login: readonly string[]): Promise<string> {
    const args = ["-h", "127.0.0.1", "-p", `${server.mqtt}`, "-V", "5", "-t", topic, "-C", "1", "-W", "15", ...login];
    const child = spawn("mosquitto_sub", args, { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const output of [child.stdout, child.stderr]) output.on("data", (chunk: Buffer) => (said += chunk.toString()));
    await once(child, "close");
    return said;
  }

  it("rules keep a topic from who subscribes to all, and change under open connections at SIGHUP", async () => {
    const [alice, bob] = [await connect("alice"), await connect("bob")];
    const heard: string[] = [];
    bob.on("message", (topic) => heard.push(topic));
    await bob.subscribeAsync("#", { qos: 1 });
    await assert.rejects(bob.subscribeAsync("secret/#"), /Unspecified|Not authorized/i);
    await assert.rejects(bob.publishAsync("secret/x", "x", { qos: 1 }), /Not authorized/);

    for (const topic of ["secret/1", "open/1"]) await alice.publishAsync(topic, "x", { qos: 1 });
    await until(() => heard.includes("open/1"));
    assert.deepEqual(heard, ["open/1"]);

    rules([{ effect: "deny", who: ["user:bob"], topics: ["open/#"] }]);
    process.kill(server.pid, "SIGHUP");
    await until(() => server.output.includes("access_rules_read"));
    for (const topic of ["open/2", "secret/2"]) await alice.publishAsync(topic, "x", { qos: 1 });
    await until(() => heard.includes("secret/2"));

    assert.deepEqual(heard, ["open/1", "secret/2"]);
    writeFileSync(join(folder, "trivium.yaml"), "acl: [{ effect: perhaps }]");
    process.kill(server.pid, "SIGHUP");
    await until(() => server.output.includes("reload_refused"));
    await assert.rejects(bob.publishAsync("open/x", "x", { qos: 1 }), /Not authorized/);
    rules([]);
  });

  it("ends with the account: its connections go when it is removed, and it does not come back", async () => {
    const client = await connect("leaver");
    const reasons: (number | undefined)[] = [];
    client.on("disconnect", ({ reasonCode }) => reasons.push(reasonCode));
    const heard = new Journal<{ user?: string }>("JSON events");
    const login = { user: "leaver", password: passwordOf("leaver") };
    const { socket } = openChat(server.webSocket("/ws"), login, (event) => heard.add(event));
    await heard.find("the answer to auth", ({ user }) => user === "leaver");
    const bystander = await connect("alice");

    await Promise.all([
      new Promise<void>((resolve) => client.once("close", resolve)),
      once(socket, "close"),
      server.cli("user", "remove", "leaver"),
    ]);

    assert.deepEqual(reasons, [0x87]);
    assert.equal(bystander.connected, true);
    await assert.rejects(connect("leaver"));
  });

  it("shows in the metrics what was refused", async () => {
    const text = await (await fetch(`http://127.0.0.1:${server.http}/metrics`)).text();

    for (const limit of ["login", "acl_publish", "acl_subscribe"])
      assert.match(text, new RegExp(`^trivium_refused_total\\{limit="${limit}"\\} [1-9]`, "m"));
  });
});

function tokenOf(name: string, audience = "trivium"): Promise<string> {
  const claims = new SignJWT({ name }).setProtectedHeader({ alg: "HS256" }).setIssuer("test").setAudience(audience);
  return claims.setExpirationTime("5m").sign(Buffer.from(secret));
}

/** The service that knows passwords: `theirs` is right. */
class Knower {
  readonly asked: { authorization: string | undefined; question: unknown }[] = [];
  mood: "well" | "silent" = "well";
  readonly #server: HttpServer;

  private constructor() {
    this.#server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        const question = JSON.parse(body) as { password: string };
        this.asked.push({ authorization: request.headers.authorization, question });
        if (this.mood === "well") response.end(JSON.stringify({ allow: question.password === "theirs" }));
      });
    });
  }

  static async start(): Promise<Knower> {
    const knower = new Knower();
    knower.#server.listen(0, "127.0.0.1");
    await once(knower.#server, "listening");
    return knower;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/login`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
