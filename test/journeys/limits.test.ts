// Limits as an operator sets them, met by an unmodified client.
import assert from "node:assert/strict";
import { connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import { until } from "../../src/testing/until.ts";
import { passwordOf, Server } from "../support/server.ts";

describe("configured limits", function () {
  this.timeout(60_000);
  let server: Server | undefined;
  const open = new Set<MqttClient>();

  afterEach(async () => {
    for (const client of open) await client.endAsync(true);
    open.clear();
    await server?.remove();
    server = undefined;
  });

  async function limited(limits: Readonly<Record<string, string>>): Promise<Server> {
    server = await Server.prepare({ settings: limits });
    await server.addUsers(["alice"]);
    await server.start();
    return server;
  }

  async function connect(clientId: string, more: IClientOptions = {}): Promise<MqttClient> {
    const client = await connectAsync(`mqtt://127.0.0.1:${server!.mqtt}`, {
      username: "alice",
      password: passwordOf("alice"),
      clientId,
      protocolVersion: 5,
      reconnectPeriod: 0,
      ...more,
    });
    open.add(client);
    return client;
  }

  it("slow a client that sends faster than it may, and lose nothing of it", async () => {
    await limited({ TRIVIUM_LIMITS_MESSAGES_PER_SECOND: "100" });
    const client = await connect("fast");
    const came: string[] = [];
    client.on("message", (_topic, payload) => came.push(payload.toString()));
    await client.subscribeAsync("t", { qos: 1 });
    const began = performance.now();

    const sent = Array.from({ length: 350 }, (_, n) => `${n}`);
    for (let at = 0; at < sent.length; at += 50)
      await Promise.all(sent.slice(at, at + 50).map((text) => client.publishAsync("t", text, { qos: 1 })));
    await until(() => came.length === sent.length);

    assert.ok(performance.now() - began > 1900, "350 messages at 100 a second with 100 saved up");
    assert.deepEqual(came, sent);
  });

  it("end a client that is to be refused (0x96)", async () => {
    await limited({ TRIVIUM_LIMITS_BYTES_PER_SECOND: "5000", TRIVIUM_LIMITS_BEYOND_RATE: "refuse" });
    const client = await connect("heavy");
    const reasons: (number | undefined)[] = [];
    client.on("disconnect", ({ reasonCode }) => reasons.push(reasonCode));
    const closed = new Promise<void>((resolve) => client.once("close", resolve));

    client.publish("t", Buffer.alloc(6000));
    await closed;

    assert.deepEqual(reasons, [0x96]);
  });

  it("bound topics, subscriptions, retained messages and queues, and show it in the metrics to who has the token", async () => {
    const { http } = await limited({
      TRIVIUM_LIMITS_TOPIC_LEVELS: "3",
      TRIVIUM_LIMITS_SUBSCRIPTIONS: "2",
      TRIVIUM_LIMITS_RETAINED_MESSAGES: "1",
      TRIVIUM_LIMITS_QUEUE_MESSAGES: "3",
      TRIVIUM_LIMITS_MQTT_RECEIVE_MAXIMUM: "7",
      TRIVIUM_METRICS_TOKEN: "s3cret",
    });
    const away = { clean: false, properties: { sessionExpiryInterval: 600 } };
    const reader = await connect("reader", away);
    await reader.subscribeAsync(["a", "q"], { qos: 1 });
    const filters = await reader.subscribeAsync("c", { qos: 1 }).catch((error: unknown) => error);
    assert.match(String(filters), /Quota exceeded|Unspecified|subscribe/i);
    await reader.endAsync();
    const client = await connect("writer");

    await assert.rejects(client.publishAsync("a/b/c/d", "x", { qos: 1 }), /Topic Name invalid/);
    await client.publishAsync("r/1", "x", { qos: 1, retain: true });
    await assert.rejects(client.publishAsync("r/2", "x", { qos: 1, retain: true }), /Quota exceeded/);
    for (let n = 0; n < 8; n++) {
      await client.publishAsync("q", `${n}`, { qos: 1 });
      await new Promise((resolve) => setImmediate(resolve));
    }

    const text = async (token: string) => {
      const answer = await fetch(`http://127.0.0.1:${http}/metrics`, { headers: { authorization: `Bearer ${token}` } });
      return answer.status === 200 ? answer.text() : `${answer.status}`;
    };
    assert.equal(await text("wrong"), "401");
    const figures = await text("s3cret");
    for (const limit of ["topic_size", "subscriptions", "retained", "queue"])
      assert.match(figures, new RegExp(`^trivium_refused_total\\{limit="${limit}"\\} [1-9]`, "m"), limit);
  });
});
