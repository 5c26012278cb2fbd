import assert from "node:assert/strict";
import fc from "fast-check";
import type { IConnectPacket } from "mqtt-packet";
import { PacketFault } from "../../../protocols/mqtt/faults.ts";
import type { ClientPacket, PublishPacket } from "../../../protocols/mqtt/packet.ts";
import { bytesOf, connect, cut, decodeAll, publish, subscribe, version } from "./wire.ts";

describe("the MQTT decoder, however and whatever comes,", () => {
  it("finds the same packets however the bytes are cut", () => {
    const some = fc.array(fc.oneof(publish, subscribe), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(some, version, fc.array(fc.nat(), { maxLength: 12 }), (packets, v, places) => {
        const whole = Buffer.concat(packets.map((packet) => bytesOf(packet, v)));

        assert.deepEqual(decodeAll(cut(whole, places), v).map(stable), decodeAll([whole], v).map(stable));
      }),
    );
  });

  it("finds them byte by byte", () => {
    const whole = Buffer.concat([
      bytesOf({ cmd: "pingreq" }, 5),
      bytesOf({ cmd: "publish", topic: "a", payload: Buffer.alloc(3000, 7), qos: 0, dup: false, retain: false }, 5),
    ]);

    const found = decodeAll(
      [...whole].map((byte) => Buffer.from([byte])),
      5,
    );

    assert.deepEqual(
      found.map(({ cmd }) => cmd),
      ["pingreq", "publish"],
    );
    assert.deepEqual((found[1] as PublishPacket).payload, Buffer.alloc(3000, 7));
  });

  it("throws nothing but a PacketFault, whatever the bytes", () => {
    const packet = fc.oneof(publish, subscribe, connect);
    const mutation = fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) });
    fc.assert(
      fc.property(
        packet,
        version,
        fc.array(mutation, { maxLength: 4 }),
        fc.nat({ max: 40 }),
        (p, v, mutations, dropped) => {
          const wire = bytesOf(p as IConnectPacket, v);
          for (const { at, byte } of mutations) wire[at % wire.length] = byte;
          try {
            decodeAll([wire.subarray(0, Math.max(1, wire.length - dropped))], v);
          } catch (error) {
            assert.ok(error instanceof PacketFault, String(error));
          }
        },
      ),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), version, (noise, v) => {
        try {
          decodeAll([Buffer.from(noise)], v);
        } catch (error) {
          assert.ok(error instanceof PacketFault, String(error));
        }
      }),
      { numRuns: 2000 },
    );
  });
});

function stable(packet: ClientPacket): object {
  return packet.cmd === "publish"
    ? { ...packet, payload: Buffer.from(packet.payload).toString("hex"), forwarded: packet.forwarded?.toString("hex") }
    : packet;
}
