import assert from "node:assert/strict";
import fc from "fast-check";
import { generate, type IConnectPacket, type Packet } from "mqtt-packet";
import { createMqtt } from "../../../protocols/mqtt/index.ts";
import type { LogFields, Logger } from "../../../src/ops/log.ts";
import { TestClient, turn, World } from "./harness.ts";
import { publish, subscribe } from "./wire.ts";

describe("an MQTT connection", () => {
  it("survives or refuses whatever comes after CONNECT, and calls none of it our bug", async () => {
    await using world = await World.start();
    const bugs: unknown[] = [];
    const noted = (fields: LogFields): void => void bugs.push(fields["err"] ?? fields);
    const log: Logger = { debug: () => undefined, info: () => undefined, warn: noted, error: noted };
    const front = createMqtt({ ...world.core, log });
    const topics = fc.constantFrom(
      "chat/dm/bob",
      "chat/room/x",
      "chat/presence/alice",
      "chat/typing/room/x",
      "chat/receipt/dm/bob",
      "chat/history/dm/bob",
      "a/b",
    );
    const payloads = fc.constantFrom(
      "{}",
      '{"s":1,"mark":"read"}',
      '{"state":"composing"}',
      '{"body":"x"}',
      '{"after":0}',
      "x",
      "",
    );
    const chat = fc
      .record({
        topic: topics,
        payload: payloads,
        qos: fc.constantFrom(0, 1, 2),
        messageId: fc.integer({ min: 1, max: 3 }),
      })
      .map((p): Packet => ({ cmd: "publish", dup: false, retain: false, ...p }));
    const filters = fc.constantFrom(
      "chat/#",
      "chat/+/+",
      "chat/room/x",
      "chat/dm/bob/text",
      "chat/presence/+",
      "chat/history/#",
      "#",
      "a/+",
    );
    const listen = fc
      .record({ topic: filters, qos: fc.constantFrom(0, 1, 2) })
      .map((s): Packet => ({ cmd: "subscribe", messageId: 9, subscriptions: [s] }));
    const leave = filters.map((filter): Packet => ({ cmd: "unsubscribe", messageId: 9, unsubscriptions: [filter] }));
    const acks = fc
      .record({
        cmd: fc.constantFrom("puback", "pubrec", "pubrel", "pubcomp"),
        messageId: fc.integer({ min: 1, max: 5 }),
      })
      .map((p): Packet => ({ ...p, reasonCode: 0 }));
    const packet = fc.oneof(chat, listen, leave, acks, publish, subscribe);
    const mutation = fc.option(fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) }), { freq: 3 });
    const steps = fc.array(fc.tuple(packet, mutation), { maxLength: 12 });
    let client = 0;

    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom<4 | 5>(4, 5), fc.boolean(), async (sent, version, clean) => {
        const mqtt = new TestClient(front, version, {});
        const expiry: Partial<IConnectPacket> = version === 5 ? { properties: { sessionExpiryInterval: 60 } } : {};
        await mqtt.connect("alice", { clientId: `fuzz-${client++ % 7}`, clean, ...expiry });
        for (const [one, change] of sent) {
          const bytes = generate(one, { protocolVersion: version });
          if (change !== null) bytes[change.at % bytes.length] = change.byte;
          mqtt.write(bytes);
          await turn(1);
        }
        mqtt.cut();
        assert.deepEqual(bugs, []);
      }),
      { numRuns: 300 },
    );
    await front.drain(1000);
  }).timeout(20_000);
});
