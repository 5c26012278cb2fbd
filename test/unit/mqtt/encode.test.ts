import assert from "node:assert/strict";
import fc from "fast-check";
import type { IPublishPacket } from "mqtt-packet";
import type { Link } from "../../../src/net/link.ts";
import {
  ackByte,
  encodeOther,
  publishSize,
  rewrite,
  writeAck,
  writePingresp,
  writePublish,
} from "../../../protocols/mqtt/encode.ts";
import { Outbound } from "../../../protocols/mqtt/outbound.ts";
import type { PublishPacket } from "../../../protocols/mqtt/packet.ts";
import { bytes, bytesOf, decodeOne, optional, packetId, parsed, topic, version } from "./wire.ts";

const outgoing = fc.record({
  topic,
  payload: bytes,
  qos: fc.constantFrom<0 | 1 | 2>(0, 1, 2),
  retain: fc.boolean(),
  dup: fc.boolean(),
  messageId: packetId,
});

describe("the MQTT encoder", () => {
  it("writes a PUBLISH as mqtt-packet does", () => {
    fc.assert(
      fc.property(outgoing, version, (publish, v) => {
        const link = new Sink();
        const out = new Outbound();

        writePublish(out, link, publish, v);
        out.flush();

        assert.deepEqual(link.bytes, bytesOf({ cmd: "publish", ...publish }, v));
        assert.equal(publishSize(publish, v), link.bytes.length);
      }),
    );
  });

  it("writes properties that mqtt-packet reads back", () => {
    const extras = fc.record({
      subscriptionIds: optional(fc.array(fc.integer({ min: 1, max: 268_435_455 }), { minLength: 1, maxLength: 3 })),
      messageExpiryS: optional(fc.integer({ min: 0, max: 0xffffffff })),
      topicAlias: optional(packetId),
    });
    const forwarded = bytesOf(
      {
        cmd: "publish",
        topic: "t",
        payload: "",
        qos: 0,
        dup: false,
        retain: false,
        properties: { contentType: "text/plain", correlationData: Buffer.from([0, 1]) },
      },
      5,
    );
    const raw = (decodeOne(forwarded, 5) as PublishPacket).forwarded!;
    fc.assert(
      fc.property(outgoing, extras, (publish, { subscriptionIds, messageExpiryS, topicAlias }) => {
        const link = new Sink();
        const out = new Outbound();

        writePublish(out, link, { ...publish, subscriptionIds, messageExpiryS, topicAlias, forwarded: raw }, 5);
        out.flush();

        const theirs = parsed(link.bytes, 5) as IPublishPacket;
        const ids = theirs.properties?.subscriptionIdentifier;
        assert.deepEqual(ids === undefined ? undefined : [ids].flat(), subscriptionIds);
        assert.equal(theirs.properties?.messageExpiryInterval, messageExpiryS);
        assert.equal(theirs.properties?.topicAlias, topicAlias);
        assert.equal(theirs.properties?.contentType, "text/plain");
        assert.deepEqual(theirs.properties?.correlationData, Buffer.from([0, 1]));
        assert.deepEqual(Buffer.from(theirs.payload), Buffer.from(publish.payload));
      }),
    );
  });

  it("writes the same packet for another link with its own first byte and packet id, across slabs too", () => {
    fc.assert(
      fc.property(outgoing, packetId, fc.boolean(), version, (publish, otherId, turned, v) => {
        const [one, other] = [new Sink(), new Sink()];
        const out = new Outbound();

        const written = writePublish(out, one, publish, v);
        if (turned) out.room(new Sink(), 64 * 1024);
        rewrite(out, other, written, 0x3d, otherId);
        out.flush();

        const expected = bytesOf({ cmd: "publish", ...publish, messageId: otherId }, v);
        expected[0] = 0x3d;
        assert.deepEqual(other.bytes, expected);
      }),
    );
  });

  it("writes acknowledgements as mqtt-packet does", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("puback", "pubrec", "pubrel", "pubcomp"),
        packetId,
        fc.boolean(),
        version,
        (cmd, messageId, failed, v) => {
          const reasonCode = !failed ? 0 : cmd === "puback" || cmd === "pubrec" ? 0x97 : 0x92;
          const link = new Sink();
          const out = new Outbound();

          writeAck(out, link, ackByte[cmd], messageId, v === 5 ? reasonCode : 0);
          out.flush();

          // mqtt-packet adds an empty property length, which 5.0 lets us leave out (§3.4.2.2.1): compare what is read.
          const theirs = parsed(link.bytes, v) as { cmd: string; messageId: number; reasonCode?: number };
          assert.deepEqual(
            [theirs.cmd, theirs.messageId, v === 5 ? theirs.reasonCode : 0],
            [cmd, messageId, v === 5 ? reasonCode : 0],
          );
        },
      ),
    );
  });

  it("hands over one piece for all packets of a tick, and keeps their order with bytes made elsewhere", () => {
    const link = new Sink();
    const out = new Outbound();

    for (let id = 1; id <= 50; id++) writeAck(out, link, ackByte.puback, id, 0);
    out.send(link, encodeOther({ cmd: "suback", messageId: 7, granted: [1] }, 4));
    writePingresp(out, link);
    out.flush();

    assert.equal(link.sent.length, 3);
    assert.deepEqual(link.bytes.subarray(200), Buffer.from([0x90, 3, 0, 7, 1, 0xd0, 0]));
  });

  it("hands over by itself at the end of the tick", async () => {
    const link = new Sink();

    writePingresp(new Outbound(), link);
    await new Promise(setImmediate);

    assert.deepEqual(link.bytes, Buffer.from([0xd0, 0]));
  });
});

/** A link that keeps what it is given, as it was when it was given. */
class Sink implements Link {
  readonly name = "test:1";
  readonly remote = "127.0.0.1";
  readonly secure = true;
  readonly subprotocol = "";
  readonly tls = undefined;
  readonly startTls = undefined;
  readonly buffered = 0;
  readonly sent: Buffer[] = [];

  get bytes(): Buffer {
    return Buffer.concat(this.sent);
  }

  send(data: string | Uint8Array): void {
    this.sent.push(Buffer.from(data as Uint8Array));
  }

  close(): void {}
  destroy(): void {}
  pause(): void {}
  resume(): void {}
}
