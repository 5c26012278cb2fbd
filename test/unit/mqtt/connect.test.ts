import assert from "node:assert/strict";
import type { IConnackPacket, IConnectPacket, IDisconnectPacket } from "mqtt-packet";
import { refusal } from "./asking.ts";
import { TestClock, turn, World } from "./harness.ts";

describe("MQTT CONNECT", () => {
  let world: World;
  beforeEach(async () => {
    world = await World.start();
  });
  afterEach(() => world[Symbol.asyncDispose]());

  it("refuses a version it does not speak with return code 1 [MQTT-3.1.2-2]", async () => {
    const unknown = (level: number): Buffer =>
      Buffer.from([0x10, 12, 0, 4, 0x4d, 0x51, 0x54, 0x54, level, 2, 0, 0, 0, 0]);
    for (const level of [2, 6, 127]) {
      const client = world.open(4);

      client.write(unknown(level));

      assert.equal(((await client.receive("connack")) as IConnackPacket).returnCode, 1);
      await client.end();
    }
  });

  it("closes without a CONNACK on a first packet that is no CONNECT, or ill-formed", () => {
    for (const hex of ["c000", "160301", "10ffffffff7f", "100c00044d515454040300000000", "3003000161"]) {
      const client = world.open(4);

      client.write(Buffer.from(hex, "hex"));

      assert.deepEqual([client.closed, client.raw.length], [true, 0], hex);
    }
  });

  it("ends a second CONNECT (0x82)", async () => {
    const client = await world.connect("alice");

    client.packet({ cmd: "connect", protocolVersion: 5, clientId: "x", clean: true });

    assert.equal(((await client.receive("disconnect")) as IDisconnectPacket).reasonCode, 0x82);
  });

  it("makes an id for a client without one; 3.1.1 must ask for a clean session then, 3.1 must have one", async () => {
    const assigned = (await world.connect("alice", { clientId: "" })).connack!.properties!.assignedClientIdentifier;

    assert.match(assigned ?? "", /^auto-/);
    await world.connect("alice", { protocolVersion: 4, clientId: "" });
    const without = world.open(4);
    without.write(Buffer.from("100c00044d515454040000000000", "hex")); // mqtt-packet does not write this
    assert.equal(((await without.receive("connack")) as IConnackPacket).returnCode, 2);
  });

  it("refuses a client id of control characters or too many (0x85; 3.1.1: 2)", async () => {
    assert.equal(await refusal(world.open(), "alice", { clientId: "a\u0001" }), 0x85);
    assert.equal(await refusal(world.open(4), "alice", { clientId: "x".repeat(300) }), 2);
  });

  it("refuses the client id of another account, whose session goes on (0x85)", async () => {
    const bob = await world.connect("bob", { clientId: "shared" });

    assert.equal(await refusal(world.open(), "alice", { clientId: "shared" }), 0x85);

    bob.packet({ cmd: "pingreq" });
    await bob.receive("pingresp");
  });

  it("replaces the connection of the same client (0x8E) [MQTT-3.1.4-3]", async () => {
    const first = await world.connect("alice");

    const second = await world.connect("alice");

    assert.equal(((await first.receive("disconnect")) as IDisconnectPacket).reasonCode, 0x8e);
    await first.end();
    second.packet({ cmd: "pingreq" });
    await second.receive("pingresp");
  });

  it("lets one of many that connect at once as the same client stay", async () => {
    const clients = await Promise.all(Array.from({ length: 5 }, () => world.connect("alice").catch(() => undefined)));
    await turn(10);

    assert.equal(clients.filter((client) => client?.closed === false).length, 1);
  });

  it("says what it offers", async () => {
    const { properties } = (await world.connect("alice", { properties: { sessionExpiryInterval: 0xffffffff } }))
      .connack!;

    assert.equal(properties?.sharedSubscriptionAvailable, true);
    assert.equal(properties?.maximumPacketSize, 1 << 20);
    assert.equal(properties?.sessionExpiryInterval, 30 * 86_400);
  });

  it("handles what came right behind CONNECT after it", async () => {
    const client = world.open(4);
    client.packet(
      {
        cmd: "connect",
        protocolVersion: 4,
        clientId: "fast",
        clean: true,
        username: "alice",
        password: Buffer.from("secret-alice"),
      },
      { cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "t", qos: 0 }] },
      { cmd: "publish", topic: "t", payload: "x", qos: 0, dup: false, retain: false },
      { cmd: "pingreq" },
    );

    await client.receive("pingresp");

    assert.deepEqual(
      client.inbox.map(({ cmd }) => cmd),
      ["connack", "suback", "publish"],
    );
  });

  it("refuses what its will may not say: 0x87 to a $ topic, 0x90 to no chat topic", async () => {
    const will = (topic: string): Partial<IConnectPacket> => ({
      will: { topic, payload: Buffer.from("x"), qos: 0, retain: false },
    });

    assert.equal(await refusal(world.open(), "alice", will("$SYS/x")), 0x87);
    assert.equal(await refusal(world.open(), "alice", will("chat/nothing")), 0x90);
    assert.equal(await refusal(world.open(), "alice", will("a/+")), 0x90);
  });

  it("closes after ten seconds without a CONNECT", async () => {
    await world[Symbol.asyncDispose]();
    const clock = new TestClock();
    world = await World.start({}, { clock });
    const client = world.open();

    await clock.advance(9_999);
    assert.equal(client.closed, false);
    await clock.advance(1);

    assert.deepEqual([client.closed, client.raw.length], [true, 0]);
  });

  it("ends a client that is silent for one and a half times its keep alive (0x8D) [MQTT-3.1.2-22]", async () => {
    await world[Symbol.asyncDispose]();
    const clock = new TestClock();
    world = await World.start({}, { clock });
    const client = await world.connect("alice", { keepalive: 10 });
    const patient = await world.connect("bob");

    await clock.advance(14_000);
    client.packet({ cmd: "pingreq" });
    await clock.advance(14_000);
    assert.equal(client.closed, false);
    await clock.advance(3_000);

    assert.equal(((await client.receive("disconnect")) as IDisconnectPacket).reasonCode, 0x8d);
    assert.deepEqual([client.closed, patient.closed], [true, false]);
  });

  it("says 0x8B to everybody when the server goes down", async () => {
    const client = await world.connect("alice");

    await world.front.drain(1000);

    assert.equal(((await client.receive("disconnect")) as IDisconnectPacket).reasonCode, 0x8b);
    await client.end();
    assert.equal(world.open().closed, true);
  });

  it("closes a WebSocket that sends a text frame (1003)", async () => {
    const client = await world.connect("alice");

    client.text("x");

    assert.equal(client.closeCode, 1003);
  });

  it("ends on a broken packet with its reason, and nobody else", async () => {
    const [client, other] = [await world.connect("alice"), await world.connect("bob")];

    client.write(Buffer.from([0x30, 0x05, 0, 2, 0xc3, 0x28, 0]));

    assert.equal(((await client.receive("disconnect")) as IDisconnectPacket).reasonCode, 0x81);
    other.packet({ cmd: "pingreq" });
    await other.receive("pingresp");
  });
});
