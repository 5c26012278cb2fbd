import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { type IClientOptions, connectAsync, type IPublishPacket, type MqttClient } from "mqtt";
import { startCore } from "#testing";
import { createMqtt } from "../../protocols/mqtt/index.ts";
import { ConnectionLimits } from "../../src/net/connection-limits.ts";
import { listenHttp } from "../../src/net/http-host.ts";
import { listenTcp } from "../../src/net/tcp-listener.ts";
import { silent } from "../../src/ops/log.ts";
import { until } from "../../src/testing/until.ts";

type Version = 4 | 5;
interface Got {
  readonly topic: string;
  readonly text: string;
  readonly qos: number;
  readonly retain: boolean;
}

/** A server over memory, on TCP and WebSocket. */
async function startServer(): Promise<AsyncDisposable & { readonly tcp: number; readonly ws: number }> {
  const core = await startCore(["alice", "bob"]);
  const front = createMqtt(core);
  const common = { host: "127.0.0.1", port: 0, limits: new ConnectionLimits(1000, 1000), log: silent };
  const tcp = await listenTcp({ ...common, name: "mqtt", accept: front.tcp[0]!.accept });
  const readiness = () => Promise.resolve({ ready: true, parts: {} } as never);
  const http = await listenHttp({ ...common, endpoints: front.webSockets, pages: [], origins: [], readiness });
  return {
    tcp: tcp.port,
    ws: http.port,
    [Symbol.asyncDispose]: async () => {
      await front.drain(1000);
      await tcp[Symbol.asyncDispose]();
      await http[Symbol.asyncDispose]();
      await core[Symbol.asyncDispose]();
    },
  };
}

describe("unmodified MQTT clients", () => {
  let server: Awaited<ReturnType<typeof startServer>>;
  const open = new Set<MqttClient>();
  before(async () => {
    server = await startServer();
  });
  afterEach(async () => {
    for (const client of open) await client.endAsync(true);
    open.clear();
  });
  after(() => server[Symbol.asyncDispose]());

  async function connect(
    name: string,
    version: Version,
    options: IClientOptions = {},
    ws = false,
  ): Promise<MqttClient> {
    const url = ws ? `ws://127.0.0.1:${server.ws}/mqtt` : `mqtt://127.0.0.1:${server.tcp}`;
    const login = { username: name, password: `secret-${name}`, clientId: `${name}-js`, reconnectPeriod: 0 };
    const client = await connectAsync(url, { protocolVersion: version, ...login, ...options });
    open.add(client);
    return client;
  }

  for (const ws of [false, true]) {
    for (const version of [4, 5] as const) {
      it(`MQTT.js speaks version ${version} over ${ws ? "WebSocket" : "TCP"}: QoS 0, 1, 2, wildcards, retained`, async () => {
        const [alice, bob] = [await connect("alice", version, {}, ws), await connect("bob", version, {}, ws)];
        const got = collect(bob);
        await bob.subscribeAsync(["house/+/light", "garden/#"], { qos: 2 });

        for (const qos of [0, 1, 2] as const) await alice.publishAsync("house/hall/light", `${qos}`, { qos });
        await alice.publishAsync("garden/pond/depth", "kept", { qos: 1, retain: true });
        await until(() => got.length === 4);
        const late = await connect("bob", version, { clientId: "late" }, ws);
        const gotLate = collect(late);
        await late.subscribeAsync("garden/pond/#", { qos: 1 });
        await until(() => gotLate.length === 1);

        assert.deepEqual(
          got.map(({ topic, text, qos, retain }) => [topic, text, qos, retain]),
          [
            ["house/hall/light", "0", 0, false],
            ["house/hall/light", "1", 1, false],
            ["house/hall/light", "2", 2, false],
            ["garden/pond/depth", "kept", 1, false],
          ],
        );
        assert.deepEqual(gotLate, [{ topic: "garden/pond/depth", text: "kept", qos: 1, retain: true }]);
        await alice.publishAsync("garden/pond/depth", "", { qos: 1, retain: true });
      });
    }
  }

  for (const version of [4, 5] as const) {
    it(`MQTT.js resumes a session of version ${version} and gets what came meanwhile, once and in order`, async () => {
      const lasting: IClientOptions = {
        clean: false,
        clientId: `lasting-${version}`,
        properties: { sessionExpiryInterval: 600 },
      };
      const first = await connect("bob", version, version === 5 ? lasting : { ...lasting, properties: {} });
      await first.subscribeAsync("queue/#", { qos: 2 });
      await first.endAsync();
      const alice = await connect("alice", version);
      for (let n = 0; n < 50; n++) await alice.publishAsync(`queue/${n % 3}`, `${n}`, { qos: version === 4 ? 1 : 2 });

      let got: Got[] = [];
      const url = `mqtt://127.0.0.1:${server.tcp}`;
      const { connect: dial } = await import("mqtt");
      const second = dial(url, {
        protocolVersion: version,
        username: "bob",
        password: "secret-bob",
        reconnectPeriod: 0,
        ...lasting,
      });
      open.add(second);
      got = collect(second); // before CONNACK: the queue follows right behind it
      await until(() => got.length >= 50);

      assert.deepEqual(
        got.map(({ text }) => text),
        Array.from({ length: 50 }, (_, n) => `${n}`),
      );
    });

    it(`MQTT.js of version ${version} sends a will when its socket breaks`, async () => {
      const bob = await connect("bob", version);
      const got = collect(bob);
      await bob.subscribeAsync("last/words", { qos: 1 });
      const alice = await connect("alice", version, {
        will: { topic: "last/words", payload: Buffer.from("farewell"), qos: 1, retain: false },
      });

      (alice.stream as unknown as { destroy(): void }).destroy();
      await until(() => got.length === 1);

      assert.equal(got[0]!.text, "farewell");
    });

    it(`MQTT.js of version ${version} chats, and both are told what has been read`, async () => {
      const [alice, bob] = [
        await connect("alice", version, { clientId: "chat-a" }),
        await connect("bob", version, { clientId: "chat-b" }),
      ];
      const [toAlice, toBob] = [collect(alice), collect(bob)];
      await alice.subscribeAsync("chat/receipt/dm/bob", { qos: 0 });
      await bob.subscribeAsync("chat/dm/alice", { qos: 1 });

      await alice.publishAsync("chat/dm/bob", `hello ${version}`, { qos: 1 });
      await until(() => toBob.some(({ text }) => text.includes(`hello ${version}`)));
      const { s } = JSON.parse(toBob.at(-1)!.text) as { s: number };
      await bob.publishAsync("chat/receipt/dm/alice", JSON.stringify({ s, mark: "read" }), { qos: 1 });
      await until(() => toAlice.length === 2);

      assert.deepEqual(
        toAlice.map(({ text }) => (JSON.parse(text) as { mark: string }).mark),
        ["delivered", "read"],
      );
    });
  }

  it("MQTT.js of version 5 asks for history and gets its answer by correlation data", async () => {
    const alice = await connect("alice", 5);
    await alice.publishAsync("chat/room/journal", "nobody is there", { qos: 1 }).catch(() => undefined);
    await alice.subscribeAsync(["chat/room/journal", "answers/alice"], { qos: 1 });
    await alice.publishAsync("chat/room/journal", "first", { qos: 1 });
    const answer = new Promise<{ text: string; packet: IPublishPacket }>((resolve) =>
      alice.on(
        "message",
        (topic, payload, packet) => topic === "answers/alice" && resolve({ text: payload.toString(), packet }),
      ),
    );

    await alice.publishAsync("chat/history/room/journal", '{"limit":10}', {
      qos: 1,
      properties: { responseTopic: "answers/alice", correlationData: Buffer.from("7") },
    });

    const { text, packet } = await answer;
    assert.equal(packet.properties?.correlationData?.toString(), "7");
    assert.deepEqual(
      (JSON.parse(text) as { entries: { body: string }[] }).entries.map(({ body }) => body),
      ["first"],
    );
  });

  for (const version of ["31", "311", "5"] as const) {
    it(`mosquitto_pub and mosquitto_sub speak ${version}: QoS 2, and a message kept for a subscriber that is away`, async () => {
      const id = [
        "-i",
        `mosquitto-${version}`,
        ...(version === "5" ? ["-x", "600"] : []),
        "-c",
        "-q",
        "2",
        "-t",
        `m/${version}/#`,
      ];
      const login = (name: string) => [
        "-h",
        "127.0.0.1",
        "-p",
        `${server.tcp}`,
        "-u",
        name,
        "-P",
        `secret-${name}`,
        "-V",
        version === "31" ? "mqttv31" : version === "5" ? "mqttv5" : "mqttv311",
      ];
      assert.equal((await run("mosquitto_sub", [...login("bob"), ...id, "-E"])).code, 0);

      for (const text of ["one", "two"]) {
        const { code, stderr } = await run("mosquitto_pub", [
          ...login("alice"),
          "-q",
          "2",
          "-t",
          `m/${version}/x`,
          "-m",
          text,
        ]);
        assert.deepEqual([code, stderr], [0, ""]);
      }
      const { stdout } = await run("mosquitto_sub", [...login("bob"), ...id, "-C", "2", "-W", "4", "-F", "%q %p"]);

      assert.equal(stdout, "2 one\n2 two\n");
    });
  }

  it("mosquitto_sub reads bare text from a chat, and is refused with a wrong password", async () => {
    const login = ["-h", "127.0.0.1", "-p", `${server.tcp}`];
    const listening = run("mosquitto_sub", [
      ...login,
      "-u",
      "bob",
      "-P",
      "secret-bob",
      "-i",
      "tty",
      "-q",
      "1",
      "-t",
      "chat/dm/alice/text",
      "-C",
      "1",
      "-W",
      "4",
    ]);
    const alice = await connect("alice", 5, { clientId: "speaker" });
    await alice.publishAsync("chat/dm/bob", '{"body":"plain words","colour":"red"}', { qos: 1 });
    const wrong = await run("mosquitto_pub", [...login, "-u", "bob", "-P", "wrong", "-t", "x", "-m", "x"]);

    assert.equal((await listening).stdout.split("\n").at(-2), "plain words");
    assert.match(wrong.stderr, /not authori[sz]ed|bad user ?name or password/i);
  });
});

function collect(client: MqttClient): Got[] {
  const got: Got[] = [];
  client.on("message", (topic, payload, { qos, retain }) => got.push({ topic, text: payload.toString(), qos, retain }));
  return got;
}

function run(
  command: string,
  args: readonly string[],
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args);
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}
