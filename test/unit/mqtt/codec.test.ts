import assert from "node:assert/strict";
import fc from "fast-check";
import type { IConnectPacket, IPublishPacket, ISubscribePacket } from "mqtt-packet";
import type { PublishPacket } from "../../../protocols/mqtt/packet.ts";
import { readProperties } from "../../../protocols/mqtt/properties.ts";
import { Reader } from "../../../protocols/mqtt/reader.ts";
import { bytesOf, connect, decodeOne, packetId, parsed, publish, subscribe, version } from "./wire.ts";

/** The properties that go on, read back, in mqtt-packet's terms. */
function forwardedOf(packet: PublishPacket): object {
  const raw = packet.forwarded;
  if (raw === undefined) return {};
  const length: number[] = [];
  for (let rest = raw.length; ; rest >>>= 7) {
    length.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
    if (rest <= 0x7f) break;
  }
  const whole = Buffer.concat([Buffer.from(length), raw]);
  const { userProperties: pairs, ...others } = readProperties(new Reader(whole, 0, whole.length), "publish");
  return pairs === undefined ? others : { ...others, userProperties: Object.fromEntries(pairs) };
}

describe("the MQTT decoder", () => {
  it("reads a PUBLISH as mqtt-packet does", () => {
    fc.assert(
      fc.property(publish, version, (packet, v) => {
        const wire = bytesOf(packet, v);
        const theirs = parsed(wire, v) as IPublishPacket;

        const ours = decodeOne(wire, v) as PublishPacket;

        assert.deepEqual(
          {
            topic: ours.topic,
            qos: ours.qos,
            dup: ours.dup,
            retain: ours.retain,
            messageId: ours.messageId || undefined,
            payload: Buffer.from(ours.payload),
          },
          {
            topic: theirs.topic,
            qos: theirs.qos,
            dup: theirs.dup,
            retain: theirs.retain,
            messageId: theirs.messageId,
            payload: Buffer.from(theirs.payload),
          },
        );
        const { topicAlias, messageExpiryInterval, ...forwarded } = theirs.properties ?? {};
        assert.equal(ours.topicAlias || undefined, topicAlias);
        assert.equal(ours.messageExpiryInterval, messageExpiryInterval);
        assert.deepEqual(forwardedOf(ours), plain(forwarded));
      }),
    );
  });

  it("reads acknowledgements as mqtt-packet does", () => {
    const ack = fc.record({
      cmd: fc.constantFrom("puback", "pubrec", "pubrel", "pubcomp"),
      messageId: packetId,
      failed: fc.boolean(),
    });
    fc.assert(
      fc.property(ack, version, ({ cmd, messageId, failed }, v) => {
        const reasonCode = v === 4 || !failed ? 0 : cmd === "puback" || cmd === "pubrec" ? 0x97 : 0x92;
        const wire = bytesOf({ cmd, messageId, reasonCode }, v);

        assert.deepEqual(decodeOne(wire, v), { cmd, messageId, reasonCode });
        assert.equal((parsed(wire, v) as { messageId?: number }).messageId, messageId);
      }),
    );
  });

  it("reads a CONNECT as mqtt-packet does", () => {
    fc.assert(
      fc.property(connect, (packet) => {
        const wire = bytesOf(packet as IConnectPacket, packet.protocolVersion);
        const theirs = parsed(wire, packet.protocolVersion) as IConnectPacket;

        const ours = decodeOne(wire, packet.protocolVersion);

        assert.equal(ours.cmd, "connect");
        if (ours.cmd !== "connect") return;
        assert.deepEqual(
          {
            version: ours.version,
            clean: ours.clean,
            clientId: ours.clientId,
            keepalive: ours.keepAliveS,
            username: ours.username,
            password: ours.password,
          },
          {
            version: theirs.protocolVersion,
            clean: theirs.clean,
            clientId: theirs.clientId,
            keepalive: theirs.keepalive,
            username: theirs.username,
            password: theirs.password,
          },
        );
        const { userProperties: pairs, ...others } = ours.properties;
        assert.deepEqual(
          pairs === undefined ? others : { ...others, userProperties: Object.fromEntries(pairs) },
          plain(theirs.properties ?? {}),
        );
        const will = theirs.will;
        assert.equal(ours.will?.topic, will?.topic);
        assert.equal(ours.will?.qos, will?.qos);
        assert.equal(ours.will?.retain, will?.retain);
        assert.deepEqual(ours.will?.payload, will?.payload);
        if (packet.protocolVersion === 5) assert.deepEqual(ours.will?.properties, will?.properties);
      }),
    );
  });

  it("reads SUBSCRIBE and UNSUBSCRIBE as mqtt-packet does", () => {
    fc.assert(
      fc.property(subscribe, version, (packet, v) => {
        const wire = bytesOf(packet, v);
        const theirs = parsed(wire, v) as ISubscribePacket;
        const filters = packet.subscriptions.map(({ topic }) => topic);

        const ours = decodeOne(wire, v);

        assert.deepEqual(ours, {
          cmd: "subscribe",
          messageId: theirs.messageId,
          subscriptions: theirs.subscriptions.map(({ topic, qos, nl = false, rap = false, rh = 0 }) => ({
            filter: topic,
            qos,
            noLocal: nl,
            retainAsPublished: rap,
            retainHandling: rh,
          })),
          properties: theirs.properties ?? {},
        });
        const other = bytesOf({ cmd: "unsubscribe", messageId: packet.messageId, unsubscriptions: filters }, v);
        assert.deepEqual(decodeOne(other, v), { cmd: "unsubscribe", messageId: packet.messageId, filters });
      }),
    );
  });

  it("keeps user properties in their order, equal names apart [MQTT-3.3.2-18]", () => {
    const pair = (name: string, value: string): Buffer =>
      Buffer.from([0x26, 0, name.length, ...Buffer.from(name), 0, value.length, ...Buffer.from(value)]);
    const raw = Buffer.concat([pair("a", "1"), pair("b", "2"), pair("a", "3")]);

    const packet = decodeOne(Buffer.from([0x30, 4 + raw.length, 0, 1, 0x74, raw.length, ...raw]), 5) as PublishPacket;

    assert.deepEqual(packet.forwarded, raw);
  });
});

/** Without mqtt-packet's null prototypes. */
function plain(value: object): object {
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === "userProperties" ? { ...(item as object) } : (item as unknown),
    ]),
  );
}
