// PROMISE P3: a message sent again under its origin id is the same message, whatever the protocol.
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import type { App, Protocol } from "../support/clients/app.ts";
import { clientsOf, type Client } from "../support/clients/clients.ts";
import { JsonApp } from "../support/clients/json-app.ts";
import { embeddedPlace, type Place } from "../support/place.ts";
import { RawMqtt } from "../support/raw-mqtt.ts";
import { RawWebSocket } from "../support/raw-web-socket.ts";

describe("a retry under the same origin id", function () {
  this.timeout(20_000);
  let place: Place;
  /** Every device of the account that all tests here send to. */
  let devices: App[];

  before(async function () {
    this.timeout(60_000);
    place = await embeddedPlace();
    await place.here.addUsers(["reader", "writer"]);
    const protocols: readonly Protocol[] = ["xmpp", "mqtt", "json"];
    devices = protocols.map((protocol) =>
      clientsOf[protocol][0]!.open({ server: place.there, user: "reader", device: `${protocol}-reader` }),
    );
    await Promise.all(devices.map((device) => device.connect()));
  });

  after(async () => {
    await Promise.all(devices.map((device) => device.disconnect()));
    await place[Symbol.asyncDispose]();
  });

  for (const client of retrying()) {
    it(`gives one message: ${client.name}, on one connection`, async () => {
      const body = `twice by ${client.name}`;
      const writer = client.open({ server: place.here, user: "writer", device: "retry-one" });
      await writer.connect();

      await writer.send({ user: "reader" }, body, `one ${client.name}`);
      await writer.send({ user: "reader" }, body, `one ${client.name}`);

      await everyDeviceHeardOnce(body, () => writer.send({ user: "reader" }, `after ${body}`, `end ${client.name}`));
      await writer.disconnect();
    });

    it(`gives one message: ${client.name}, on a new connection`, async () => {
      const body = `again by ${client.name}`;
      const writer = client.open({ server: place.here, user: "writer", device: "retry-two" });
      await writer.connect();
      await writer.send({ user: "reader" }, body, `two ${client.name}`);
      await writer.disconnect();

      await writer.connect();
      await writer.send({ user: "reader" }, body, `two ${client.name}`);

      await everyDeviceHeardOnce(body, () => writer.send({ user: "reader" }, `after ${body}`, `fin ${client.name}`));
      await writer.disconnect();
    });
  }

  for (const client of retrying().filter(({ name }) => name !== "mosquitto")) {
    it(`gives one message: ${client.name}, over a connection cut before the answer came`, async () => {
      const bodies = Array.from({ length: 8 }, (_, at) => `cut ${at} by ${client.name}`);
      const writer = client.open({ server: place.here, user: "writer", device: "retry-cut" });
      await writer.connect();

      for (const [at, body] of bodies.entries()) {
        const stored = writer.send({ user: "reader" }, body, `three ${at} ${client.name}`);
        await pause(at); // the message, its answer, or neither has come over
        writer.cut();
        await writer.connect();
        await stored;
      }

      const last = `after the cuts of ${client.name}`;
      await writer.send({ user: "reader" }, last, `last ${client.name}`);
      for (const body of bodies) await everyDeviceHeardOnce(body, () => Promise.resolve(), last);
      await writer.disconnect();
    });
  }

  it("is told so in JSON, with the first answer", async () => {
    const writer = new JsonApp({ server: place.here, user: "writer", device: "asks" });
    await writer.connect();
    const command = { type: "send", to: "reader", cid: "told", body: "told once" };

    const first = await writer.ask(command);
    const second = await writer.ask(command);

    assert.deepEqual([first["duplicate"], second["duplicate"]], [false, true]);
    assert.deepEqual([second["mid"], second["s"], second["at"]], [first["mid"], first["s"], first["at"]]);
    await writer.disconnect();
  });

  it("is refused with another body: JSON conflict", async () => {
    const writer = await RawWebSocket.loginJson(place.here, "writer", "conflicts");
    writer.text(JSON.stringify({ id: 1, type: "send", to: "reader", cid: "changed", body: "first" }));
    await writer.has("the reply", /"re":1\b/);

    writer.text(JSON.stringify({ id: 2, type: "send", to: "reader", cid: "changed", body: "second" }));

    assert.match(await writer.has("the refusal", /"re":2\b/), /"code":"conflict"/);
    writer.cut();
  });

  it("is refused with another body: XMPP conflict", async () => {
    const writer = await RawWebSocket.loginXmpp(place.here, "writer", "conflicts");
    const message = (id: string, body: string): string =>
      `<message xmlns="jabber:client" type="chat" to="reader@localhost" id="${id}"><body>${body}</body><origin-id xmlns="urn:xmpp:sid:0" id="moved"/></message>`;
    writer.text(message("first", "first"));

    writer.text(message("second", "second"));

    assert.match(await writer.has("the refusal", /type=['"]error['"]/), /<conflict[ /]/);
    writer.cut();
  });

  it("is refused with another body: a PUBACK with an error code", async () => {
    const writer = await RawMqtt.login(place.here, "writer", { version: 5 });
    const publish = (messageId: number, payload: string): void =>
      writer.send({
        cmd: "publish", topic: "chat/dm/reader", qos: 1, dup: false, retain: false, messageId, payload,
        properties: { userProperties: { "origin-id": "rewritten" } },
      }); // prettier-ignore
    publish(1, "first");
    assert.equal((await writer.next("puback")).reasonCode ?? 0, 0);

    publish(2, "second");

    const { reasonCode = 0 } = await writer.next("puback");
    assert.ok(reasonCode >= 0x80, `reason code ${reasonCode}`);
    writer.cut();
  });

  for (const version of [4, 5] as const) {
    const login = { version, clean: false, clientId: `exactly-once-${version}` };
    const publish = (dup: boolean, payload: string) =>
      ({ cmd: "publish", topic: "chat/dm/reader", qos: 2, dup, retain: false, messageId: 7, payload }) as const;
    const properties = version === 5 ? { properties: { sessionExpiryInterval: 60 } } : {};

    it(`gives one message: QoS 2 with DUP and the same packet id, MQTT ${version}`, async () => {
      const body = `exactly once, MQTT ${version}`;
      const writer = await RawMqtt.login(place.here, "writer", { ...login, ...properties });

      writer.send(publish(false, body));
      await writer.next("pubrec");
      writer.send(publish(true, body));
      await writer.next("pubrec");
      writer.send({ cmd: "pubrel", messageId: 7 });
      await writer.next("pubcomp");

      await everyDeviceHeardOnce(body, () => qos2(writer, `after ${body}`));
      writer.cut();
    });

    it(`gives one message: QoS 2 with DUP after the connection was cut, MQTT ${version}`, async () => {
      const body = `exactly once over two sockets, MQTT ${version}`;
      const first = await RawMqtt.login(place.here, "writer", { ...login, ...properties });
      first.send(publish(false, body));
      await first.next("pubrec");
      first.cut();

      const second = await RawMqtt.login(place.here, "writer", { ...login, ...properties });
      second.send(publish(true, body));
      await second.next("pubrec");
      second.send({ cmd: "pubrel", messageId: 7 });
      await second.next("pubcomp");

      await everyDeviceHeardOnce(body, () => qos2(second, `after ${body}`));
      second.cut();
    });

    it(`names a new message with the packet id of a finished exchange, MQTT ${version}`, async () => {
      const writer = await RawMqtt.login(place.here, "writer", { ...login, ...properties });

      await qos2(writer, `packet 7 first, MQTT ${version}`);
      await qos2(writer, `packet 7 again, MQTT ${version}`);

      await everyDeviceHeardOnce(
        `packet 7 first, MQTT ${version}`,
        () => Promise.resolve(),
        `packet 7 again, MQTT ${version}`,
      );
      writer.cut();
    });

    async function qos2(writer: RawMqtt, body: string): Promise<void> {
      writer.send(publish(false, body));
      await writer.next("pubrec");
      writer.send({ cmd: "pubrel", messageId: 7 });
      await writer.next("pubcomp");
    }
  }

  /** What comes after it shows that no twin is on its way: a conversation has one order. */
  async function everyDeviceHeardOnce(body: string, next: () => Promise<void>, after = `after ${body}`): Promise<void> {
    await next();
    for (const { heard, protocol } of devices) {
      await heard.find(after, (message) => message.body === after);
      const times = heard.entries.filter((message) => message.body === body).length;
      assert.equal(times, 1, `heard ${times} times over ${protocol}`);
    }
  }
});

/** MQTT 3.1.1 has no place for an origin id besides the packet id of QoS 2. */
function retrying(): readonly Client[] {
  return Object.values(clientsOf)
    .flat()
    .filter(({ name }) => name !== "mqtt v4");
}
