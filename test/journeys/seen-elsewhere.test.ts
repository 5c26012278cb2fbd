// What has ended or filled other brokers, or been skipped by them.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { IConnectPacket } from "mqtt-packet";
import { RawMqtt } from "../support/raw-mqtt.ts";
import { passwordOf, Server } from "../support/server.ts";

const mebibyte = 1024 * 1024;
const sockets = 14;
const floodBytes = 100 * mebibyte;
/** Fixed headers of packets of 100 MB. */
const hundredMegabytes = [0x80, 0x80, 0x80, 0x32];

describe("what went wrong in other brokers", function () {
  this.timeout(120_000);
  let server: Server;
  before(async () => {
    server = await Server.prepare();
    await server.addUsers(["alice", "bob"]);
    await server.start();
  });
  after(() => server.remove());
  afterEach(() => assert.ok(server.running, `the server ended:\n${server.output}`));

  for (const [what, first] of [
    ["a PUBLISH", [0x30, ...hundredMegabytes]],
    ["a CONNECT", [0x10, ...hundredMegabytes]],
    ["no MQTT at all", [0x16, 0x03, 0x01, 0x02, 0x00, 0x01]],
  ] as const) {
    it(`keeps nothing of ${sockets} sockets that each begin with 100 MB of ${what}`, async () => {
      await flood(server, Buffer.from(first), mebibyte); // what is allocated once, is
      const before = server.rss;
      let most = before;
      const looking = setInterval(() => (most = Math.max(most, server.rss)), 5);

      const sent = await Promise.all(
        Array.from({ length: sockets }, () => flood(server, Buffer.from(first), floodBytes)),
      );

      clearInterval(looking);
      const grown = Math.max(most, server.rss) - before;
      console.log(`      resident memory at most ${(grown / mebibyte).toFixed(1)} MiB more`);
      assert.ok(grown < 8 * mebibyte, `resident memory grew by ${grown} bytes`);
      // Closed at the first bytes: what was written went into the kernel's buffers, if anywhere.
      assert.ok(
        sent.every((bytes) => bytes < floodBytes),
        "a socket was read to its end",
      );
    });
  }

  it("keeps no more than 64 KB of what comes before a CONNECT is whole", async () => {
    const open = await Promise.all(Array.from({ length: 200 }, () => dial(server)));
    const before = server.rss;
    // One byte less than the largest that is read.
    const header = Buffer.from([0x10, 0xfc, 0xff, 0x03]);
    for (const socket of open) socket.write(Buffer.concat([header, Buffer.alloc(65_000, 0x61)]));
    // Answered after all of that was read.
    (await RawMqtt.login(server, "alice", { version: 5 })).cut();

    const grown = server.rss - before;

    console.log(`      ${open.length} sockets: resident memory ${(grown / mebibyte).toFixed(1)} MiB more`);
    assert.ok(grown < open.length * 192 * 1024, `resident memory grew by ${grown} bytes`);
    for (const socket of open) socket.destroy();
  });

  it("refuses a CONNECT with a property twice, and lives", async () => {
    const socket = await dial(server);
    const properties = [0x11, 0, 0, 0, 10, 0x11, 0, 0, 0, 10];
    const body = Buffer.from([0, 4, 0x4d, 0x51, 0x54, 0x54, 5, 2, 0, 60, properties.length, ...properties, 0, 1, 0x61]);

    socket.write(Buffer.concat([Buffer.from([0x10, body.length]), body]));

    const [answer] = (await once(socket, "data")) as [Buffer];
    assert.deepEqual([...answer.subarray(0, 4)], [0x20, 3, 0, 0x82]);
    await once(socket, "close");
  });

  for (const [what, property] of [
    ["empty", [0x08, 0, 0]],
    ["U+0000", [0x08, 0, 1, 0]],
    ["cut off", [0x08, 0]],
    ["longer than its packet", [0x08, 0xff, 0xff]],
  ] as const) {
    it(`refuses a PUBLISH whose Response Topic is ${what}, and lives`, async () => {
      const raw = await RawMqtt.login(server, "alice", { version: 5 });

      raw.bytes([0x30, 4 + property.length, 0, 1, 0x61, property.length, ...property]);

      const { reasonCode = 0 } = await raw.next("disconnect");
      assert.ok([0x81, 0x82].includes(reasonCode), `reason code 0x${reasonCode.toString(16)}`);
      await raw.closed();
    });
  }

  it("sends one PUBLISH for overlapping subscriptions, with all their identifiers", async () => {
    const bob = await RawMqtt.login(server, "bob", { version: 5 });
    for (const [at, filter] of ["over/#", "over/+", "over/lap", "+/lap"].entries()) {
      bob.send({
        cmd: "subscribe",
        messageId: at + 1,
        subscriptions: [{ topic: filter, qos: 1 }],
        properties: { subscriptionIdentifier: at + 1 },
      });
      await bob.next("suback");
    }
    const alice = await RawMqtt.login(server, "alice", { version: 5 });

    alice.send({ cmd: "publish", topic: "over/lap", payload: "x", qos: 1, messageId: 1, dup: false, retain: false });

    const got = await bob.next("publish");
    bob.send({ cmd: "pingreq" });
    await bob.next("pingresp");
    const ids = [got.properties?.subscriptionIdentifier].flat().toSorted();
    assert.deepEqual(ids, [1, 2, 3, 4]);
    assert.equal(bob.packets.entries.filter(({ cmd }) => cmd === "publish").length, 1);
    alice.cut();
    bob.cut();
  });

  it("says a will when its session ends before its delay has passed", async () => {
    const bob = await RawMqtt.login(server, "bob", { version: 5 });
    bob.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "wills/+", qos: 1 }] });
    await bob.next("suback");
    const mortal = (name: string, sessionExpiryInterval: number): Promise<RawMqtt> => {
      const will = { topic: `wills/${name}`, payload: Buffer.from(name), qos: 1, retain: false };
      const more: Partial<IConnectPacket> = {
        clientId: name,
        properties: { sessionExpiryInterval },
        will: { ...will, properties: { willDelayInterval: 3_600 } } as NonNullable<IConnectPacket["will"]>,
      };
      return RawMqtt.login(server, "alice", { version: 5, ...more });
    };

    const from = Date.now();
    (await mortal("after-two-seconds", 2)).cut();
    (await mortal("at-once", 0)).cut();

    assert.equal((await bob.next("publish")).topic, "wills/at-once");
    assert.equal((await bob.next("publish", 15_000)).topic, "wills/after-two-seconds");
    assert.ok(Date.now() - from >= 1_900, "before its session had ended");
    bob.cut();
  });

  it("knows the accounts it did before, and answers", async () => {
    const raw = await RawMqtt.login(server, "bob", { version: 5 });
    assert.ok(!server.output.includes(passwordOf("bob")));
    raw.cut();
  });
});

async function dial(server: Server): Promise<Socket> {
  const socket = connect(server.mqtt, "127.0.0.1");
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** Writes until all is written or the server has closed; resolves with the bytes written. */
async function flood(server: Server, first: Buffer, total: number): Promise<number> {
  const socket = await dial(server);
  let heard = 0;
  socket.on("data", (chunk: Buffer) => (heard += chunk.length));
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve())); // an error may come before
  const chunk = Buffer.alloc(mebibyte, 0x61);
  let written = first.length;
  socket.write(first);
  while (written < total && !socket.destroyed) {
    written += chunk.length;
    if (!socket.write(chunk)) await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), closed]);
  }
  await closed;
  if (heard > 0) throw new Error(`${heard} bytes were answered`);
  return written;
}
