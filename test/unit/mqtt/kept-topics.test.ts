import assert from "node:assert/strict";
import { createMemoryStore, startCore } from "#testing";
import { createJson } from "../../../protocols/json/index.ts";
import { createMqtt } from "../../../protocols/mqtt/index.ts";
import { Chat } from "../json/chat.ts";
import { httpFor } from "../net/peers.ts";
import { type TestClient, World } from "./harness.ts";

async function keeping(): Promise<World> {
  const store = createMemoryStore();
  const core = await startCore(["alice", "bob"], { store, keptTopics: [{ filter: "plant/#", forMs: 1e9 }] });
  return new World(core, createMqtt(core), store, undefined);
}

async function say(client: TestClient, topic: string, ...texts: readonly string[]): Promise<void> {
  for (const [at, text] of texts.entries()) {
    client.publish(topic, text, { qos: 1, messageId: at + 1 });
    await client.receive("puback");
  }
}

describe("the log of a kept topic over MQTT", () => {
  it("is asked for under chat/history/topic, and answered to the one who asks", async () => {
    await using world = await keeping();
    const [sensor, asker] = [await world.connect("alice"), await world.connect("bob")];
    await say(sensor, "plant/7/Temp", "21", "22", "23");
    await asker.subscribe("answers/#", "plant/#");

    const properties = { responseTopic: "answers/1", correlationData: Buffer.from("c") };
    asker.publish("chat/history/topic/plant/7/Temp", '{"after":1,"limit":5}', { qos: 1, messageId: 9, properties });

    const answer = await asker.message();
    assert.deepEqual([answer.topic, answer.properties?.correlationData], ["answers/1", Buffer.from("c")]);
    const { c, entries, complete } = JSON.parse(answer.payload.toString());
    assert.deepEqual([c, complete], ["topic:plant/7/Temp", true]);
    assert.deepEqual(
      entries.map(({ s, from, body }: { s: number; from: string; body: string }) => [s, from, body]),
      [[2, "alice", "22"], [3, "alice", "23"]], // prettier-ignore
    );
    assert.equal(((await asker.receive("puback")) as { reasonCode: number }).reasonCode, 0);
  });

  it("is answered on the topic asked, where that is subscribed to", async () => {
    await using world = await keeping();
    const alice = await world.connect("alice", { protocolVersion: 4 });
    await say(alice, "plant/a/b", "1");
    for (const filter of ["chat/history/topic/plant/a/b", "chat/history/topic/#"]) {
      assert.deepEqual(await alice.subscribe(filter), [0]);
      alice.publish("chat/history/topic/plant/a/b", "{}");
      assert.equal((await alice.event())["c"], "topic:plant/a/b");
      alice.packet({ cmd: "unsubscribe", messageId: 5, unsubscriptions: [filter] });
      await alice.receive("unsuback");
    }
  });

  it("is not there for a topic that is not kept", async () => {
    await using world = await keeping();
    const alice = await world.connect("alice");
    await alice.subscribe("answers/#");
    const properties = { responseTopic: "answers/1" };
    alice.publish("chat/history/topic/other", "{}", { qos: 1, messageId: 9, properties });
    assert.equal(((await alice.receive("puback")) as { reasonCode: number }).reasonCode, 0x90);
  });
});

describe("the log of a kept topic over JSON", () => {
  it("is read, searched and followed as a conversation; its topic is heard as any other", async () => {
    await using world = await keeping();
    const json = createJson(world.core, {});
    await using http = await httpFor({ endpoints: json.webSockets, pages: json.http });
    const chat = await Chat.open(http.port);
    await chat.login({ user: "bob", password: "secret-bob", device: "d1" });
    const sensor = await world.connect("alice");
    await say(sensor, "plant/7/temp", "21 ok", "22 ok", "99 high");

    const c = "topic:plant/7/temp";
    const history = await chat.ask({ type: "history", c, limit: 2 });
    assert.deepEqual([history.c, history.head, history.more], [c, 3, true]);
    assert.deepEqual(history.messages.map(({ c, s, body }: any) => [c, s, body]), [[c, 2, "22 ok"], [c, 3, "99 high"]]); // prettier-ignore
    const found = await chat.ask({ type: "search", c, text: "OK" });
    assert.deepEqual(found.messages.map(({ s }: any) => s), [1, 2]); // prettier-ignore

    const followed = await chat.ask({ type: "subscribe", c, after: 2 });
    assert.deepEqual([followed.c, followed.head], [c, 3]);
    assert.equal((await chat.hears("message")).s, 3);
    await say(sensor, "plant/7/temp", "100 high");
    assert.deepEqual([(await chat.hears("message")).s, (await chat.ask({ type: "history", c })).head], [4, 4]);
    chat.tell({ type: "ack", c, s: 4, mark: "read" });

    await chat.ask({ type: "subscribe", c: "topic:plant/#" });
    await say(sensor, "plant/8", "1");
    assert.equal((await chat.hears("publication")).c, "topic:plant/8");

    const codes = await Promise.all(
      [
        { type: "history", c: "topic:other" },
        { type: "subscribe", c: "topic:other", after: 0 },
        { type: "subscribe", c: "topic:plant/#", after: 0 },
        { type: "send", c, body: "x" },
      ].map(
        async (command) => (await chat.ask(command)).error.code, // prettier-ignore
      ),
    );
    assert.deepEqual(codes, ["not_found", "not_found", "bad_request", "bad_request"]);
    assert.equal((await chat.ask({ type: "unsubscribe", c })).error, undefined);
    assert.equal((await chat.ask({ type: "unsubscribe", c })).error?.code, "not_found");
    await chat.leave();
  });
});
