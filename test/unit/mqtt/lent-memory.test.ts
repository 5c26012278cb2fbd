// Chunks that lie in memory which the next one overwrites: what is read of them stays as it was.
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Packet } from "mqtt-packet";
import { Decoder } from "../../../protocols/mqtt/codec.ts";
import { firstBytes, Framer } from "../../../protocols/mqtt/framing.ts";
import type { ClientPacket, Version } from "../../../protocols/mqtt/packet.ts";
import { TopicNames } from "../../../protocols/mqtt/topic-names.ts";
import { bytesOf, connect, cut, decodeAll, publish, subscribe, version } from "./wire.ts";

const memory = Buffer.alloc(64 * 1024);

function decodeLent(chunks: readonly Buffer[], version: Version): ClientPacket[] {
  const framer = new Framer();
  framer.limit = 1 << 20;
  framer.accept = firstBytes[version];
  const decoder = new Decoder(new TopicNames());
  const packets: ClientPacket[] = [];
  for (const chunk of chunks) {
    chunk.copy(memory);
    framer.lend(memory, chunk.length);
    while (framer.next()) packets.push({ ...decoder.decode(framer, version) });
    framer.keep();
    memory.fill(0xee);
  }
  return packets;
}

describe("memory lent to the MQTT decoder", () => {
  it("may be overwritten when all is read, however the bytes are cut", () => {
    const packets = fc.array(fc.oneof(publish, subscribe, connect), { minLength: 1, maxLength: 6 });
    const places = fc.array(fc.nat({ max: 3_000 }), { maxLength: 6 });
    fc.assert(
      fc.property(packets, version, places, (sent, v, at) => {
        // A CONNECT says its own version.
        const packets = sent.map((packet) => ({ ...packet, protocolVersion: v }) as Packet);
        const wire = Buffer.concat(packets.map((packet) => bytesOf(packet, v)));

        const read = decodeLent(cut(wire, at), v);

        assert.deepEqual(read, decodeAll([wire], v));
      }),
    );
  });

  it("may be overwritten when reading stopped in the middle of it", () => {
    const framer = new Framer();
    framer.accept = firstBytes[4];
    const wire = Buffer.from([0xc0, 0, 0x40, 2, 0, 1, 0x40, 2, 0]);

    wire.copy(memory);
    framer.lend(memory, wire.length);
    framer.next();
    framer.keep();
    memory.fill(0xee);
    memory[0] = 2;
    const found: number[][] = [];
    framer.lend(memory, 1);
    while (framer.next()) found.push([framer.first, ...framer.buffer.subarray(framer.start, framer.end)]);

    assert.deepEqual(found, [
      [0x40, 0, 1],
      [0x40, 0, 2],
    ]);
  });
});
