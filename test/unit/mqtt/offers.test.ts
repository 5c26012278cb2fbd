import assert from "node:assert/strict";
import type { IDisconnectPacket } from "mqtt-packet";
import { World } from "./harness.ts";

describe("what an MQTT 5.0 client is told beyond what it asked", () => {
  let world: World;
  afterEach(() => world[Symbol.asyncDispose]());

  async function told(keepalive: number, version: 4 | 5 = 5): Promise<number | undefined> {
    const client = await world.connect("alice", { protocolVersion: version, keepalive, clientId: `k${keepalive}` });
    return client.connack!.properties?.serverKeepAlive;
  }

  it("is a keep alive, where its own is longer than the longest or none [MQTT-3.2.2-22]", async () => {
    world = await World.start({ keepAliveMaximumS: 30 });

    assert.deepEqual([await told(10), await told(30), await told(31), await told(0)], [undefined, undefined, 30, 30]);
    assert.equal(await told(60, 4), undefined);
  });

  it("is no keep alive, where any is granted", async () => {
    world = await World.start();

    assert.deepEqual([await told(0), await told(65_535)], [undefined, undefined]);
  });

  it("is Response Information, to who asks, with a client id that can stand in a topic [MQTT-3.1.2-28]", async () => {
    world = await World.start();
    const informed = async (clientId: string, requestResponseInformation: boolean): Promise<string | undefined> => {
      const client = await world.connect("alice", { clientId, properties: { requestResponseInformation } });
      return client.connack!.properties?.responseInformation;
    };

    assert.equal(await informed("esp32", true), "responses/alice/esp32");
    assert.equal(await informed("esp32", false), undefined);
    assert.equal(await informed("a/#", true), undefined);
  });

  it("is another server, when this one goes down and has a reference (0x9C), where it fits", async () => {
    world = await World.start({ serverReference: "other.example.org" });
    const [wide, narrow] = [
      await world.connect("alice", { clientId: "wide" }),
      await world.connect("alice", { clientId: "narrow", properties: { maximumPacketSize: 25 } }),
    ];

    await world.front.drain(100);

    const said = (await wide.receive("disconnect")) as IDisconnectPacket;
    assert.deepEqual([said.reasonCode, said.properties?.serverReference], [0x9c, "other.example.org"]);
    assert.equal(((await narrow.receive("disconnect")) as IDisconnectPacket).reasonCode, 0x8b);
  });
});
