// An account that is removed by a command is gone from every node of a cluster at once.
import assert from "node:assert/strict";
import { connectAsync } from "mqtt";
import { clusterPlace, type Place } from "../support/place.ts";
import { passwordOf, type Server } from "../support/server.ts";

describe("removing an account from a cluster", function () {
  this.timeout(120_000);
  let place: Place;
  before(async () => {
    place = await clusterPlace();
    await place.here.addUsers(["leaver", "stayer"]);
  });
  after(() => place?.[Symbol.asyncDispose]());

  async function connect(server: Server, username: string) {
    const login = { username, password: passwordOf(username), protocolVersion: 5, reconnectPeriod: 0 } as const;
    const client = await connectAsync(`mqtt://127.0.0.1:${server.mqtt}`, login);
    const reasons: (number | undefined)[] = [];
    client.on("disconnect", ({ reasonCode }) => reasons.push(reasonCode));
    return { client, reasons, closed: new Promise<void>((resolve) => client.once("close", resolve)) };
  }

  it("ends its connections on both nodes, and nobody else's", async () => {
    const leaving = [await connect(place.here, "leaver"), await connect(place.there, "leaver")];
    const { client: bystander } = await connect(place.there, "stayer");

    await Promise.all([place.here.cli("user", "remove", "leaver"), ...leaving.map(({ closed }) => closed)]);

    assert.deepEqual(
      leaving.map(({ reasons }) => reasons),
      [[0x87], [0x87]],
    );
    assert.equal(bystander.connected, true);
    await assert.rejects(connect(place.there, "leaver"));
    await bystander.endAsync();
  });
});
