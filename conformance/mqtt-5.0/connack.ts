// §3.1.4 CONNECT actions, §3.2 CONNACK: what it says, and when.
import assert from "node:assert/strict";
import { disconnect, pingreq, publish, subscribe } from "../clients/mqtt-packets.ts";
import { NotOffered } from "../requirement.ts";
import { requirement } from "./requirement.ts";

/** Table 3-1. */
const connectCodes: ReadonlySet<number> = new Set([
  0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x90, 0x95, 0x97, 0x99, 0x9a, 0x9b,
  0x9c, 0x9d, 0x9f,
]);

describe("MQTT 5.0 CONNACK", () => {
  requirement(
    "[MQTT-3.2.0-1]",
    "The Server MUST send a CONNACK with a 0x00 (Success) Reason Code before sending any Packet other than AUTH.",
    async (t) => {
      const options = t.lasting();
      const first = await t.connect(options);
      await first.subscribe(t.topic(), 1);
      await first.drop();
      const publisher = await t.connect();
      await publisher.publish({ topic: t.topic(), payload: "kept", qos: 1 });

      const client = await t.open();
      client.send(t.hello(options), pingreq);

      const packet = await client.next();
      assert.deepEqual([packet.kind, packet.code], ["connack", 0]);
      assert.equal((await client.message()).text, "kept");
    },
  );

  requirement(
    "[MQTT-3.2.0-2]",
    "The Server MUST NOT send more than one CONNACK in a Network Connection.",
    async (t) => {
      const client = await t.connect();

      client.send(t.hello());

      await client.closed();
      assert.ok(client.waiting.every((packet) => packet.kind !== "connack"));
    },
  );

  requirement(
    "[MQTT-3.2.2-1]",
    'Byte 1 is the "Connect Acknowledge Flags". Bits 7-1 are reserved and MUST be set to 0.',
    async (t) => {
      const options = t.lasting();
      // The client of these checks refuses a CONNACK with any of them set, in every check; here in the three cases.
      const [fresh, kept] = [await t.connect(), await t.connect(options)];
      await kept.drop();
      const resumed = await t.connect(options);

      assert.deepEqual(
        [fresh, kept, resumed].map((client) => client.connack.sessionPresent),
        [false, false, true],
      );
    },
  );

  requirement(
    "[MQTT-3.2.2-2]",
    "If the Server accepts a connection with Clean Start set to 1, the Server MUST set Session Present to 0 in the CONNACK packet in addition to setting a 0x00 (Success) Reason Code.",
    async (t) => {
      const options = t.lasting();
      await (await t.connect(options)).drop();

      const client = await t.connect({ ...options, clean: true });

      assert.deepEqual([client.connack.sessionPresent, client.connack.code], [false, 0]);
    },
  );

  requirement(
    "[MQTT-3.2.2-6]",
    "If a Server sends a CONNACK packet containing a non-zero Reason Code it MUST set Session Present to 0.",
    async (t) => {
      const options = t.lasting();
      await (await t.connect(options)).drop();

      const client = await t.answer({ ...options, user: t.name(), password: "wrong" });

      assert.notEqual(client.connack.code, 0);
      assert.equal(client.connack.sessionPresent, false);
    },
    { needs: ["accounts"] },
  );

  requirement(
    "[MQTT-3.2.2-8]",
    "The Server sending the CONNACK packet MUST use one of the Connect Reason Code values.",
    async (t) => {
      const wrongs = [
        { user: t.name(), password: "wrong" },
        { will: { topic: "a/#" } },
        { clientId: "\u0001" },
        { properties: { authMethod: "none such" } },
      ];
      for (const wrong of wrongs) {
        const client = await t.open();
        client.send(t.hello(wrong));
        const code = (await t.answered(client, "connack"))?.code;
        if (code !== undefined) assert.ok(connectCodes.has(code), `0x${code.toString(16)}`);
      }
    },
  );

  requirement(
    "[MQTT-3.2.2-9]",
    "If a Server does not support QoS 1 or QoS 2 PUBLISH packets it MUST send a Maximum QoS in the CONNACK packet specifying the highest QoS it supports.",
    async (t) => {
      const client = await t.connect();

      for (let qos = 1; qos <= (client.connack.properties.maximumQos ?? 2); qos++) {
        const answer = await client.publish({ topic: t.topic(), payload: "x", qos });
        assert.ok(answer!.code < 0x80, `QoS ${qos} is refused with 0x${answer!.code.toString(16)}`);
      }
    },
  );

  requirement(
    "[MQTT-3.2.2-10]",
    "A Server that does not support QoS 1 or QoS 2 PUBLISH packets MUST still accept SUBSCRIBE packets containing a Requested QoS of 0, 1 or 2.",
    async (t) => {
      const client = await t.connect();

      const { codes } = await client.subscribe([0, 1, 2].map((qos) => [t.topic(`${qos}`), qos] as const));

      assert.ok(
        codes.every((code, requested) => code <= requested),
        codes.join(),
      );
    },
  );

  requirement(
    "[MQTT-3.2.2-12]",
    "If a Server receives a CONNECT packet containing a Will QoS that exceeds its capabilities, it MUST reject the connection.",
    async (t) => {
      for (const qos of [0, 1, 2]) {
        const client = await t.answer({ will: { topic: t.topic(), payload: "x", qos } });
        const { code, properties } = client.connack;
        if (code === 0) assert.ok(qos <= (properties.maximumQos ?? 2), `accepted a will of QoS ${qos}`);
        else assert.equal(code, 0x9b);
        client.send(disconnect(5));
      }
    },
  );

  requirement(
    "[MQTT-3.2.2-13]",
    "If a Server receives a CONNECT packet containing a Will Message with the Will Retain set to 1, and it does not support retained messages, the Server MUST reject the connection request.",
    async (t) => {
      const client = await t.answer({ will: { topic: t.topic(), payload: "x", retain: true } });

      const { code, properties } = client.connack;
      if (code === 0) assert.notEqual(properties.retainAvailable, 0, "accepted what it cannot do");
      else assert.equal(code, 0x9a);
      client.send(disconnect(5));
    },
  );

  requirement(
    "[MQTT-3.1.2-28]",
    "A value of 0 of Request Response Information indicates that the Server MUST NOT return Response Information.",
    async (t) => {
      for (const properties of [{}, { requestResponseInfo: 0 }]) {
        const client = await t.connect({ properties });
        assert.equal(client.connack.properties.responseInfo, undefined);
      }
    },
  );

  requirement(
    "§3.2.2.3.15",
    "If the Client sends a Request Response Information with a value 1, it is OPTIONAL for the Server to send the Response Information in the CONNACK: a UTF-8 Encoded String which is used as the basis for creating a Response Topic.",
    async (t) => {
      const [one, two] = [
        await t.connect({ properties: { requestResponseInfo: 1 } }),
        await t.connect({ properties: { requestResponseInfo: 1 } }),
      ];
      const basis = one.connack.properties.responseInfo;
      if (basis === undefined) throw new NotOffered("no response information");

      assert.notEqual(basis, two.connack.properties.responseInfo, "unique to the client");
      assert.deepEqual((await one.subscribe(`${basis}/#`, 1)).codes, [1]);
      await two.publish({ topic: `${basis}/x`, payload: "answer", qos: 1 });
      assert.equal((await one.message()).text, "answer");
    },
  );

  requirement(
    "[MQTT-3.1.4-2]",
    "The Server MAY check that the contents of the CONNECT packet meet any further restrictions and SHOULD perform authentication and authorization checks. If any of these checks fail, it MUST close the Network Connection.",
    async (t) => {
      const client = await t.answer({ user: t.name(), password: "wrong" });

      assert.ok(client.connack.code >= 0x80);
      await client.closed();
    },
    { needs: ["accounts"] },
  );

  requirement("[MQTT-3.1.4-4]", "The Server MUST perform the processing of Clean Start.", async (t) => {
    const options = t.lasting();
    const present: boolean[] = [];
    for (const clean of [false, false, true, false]) {
      const client = await t.connect({ ...options, clean });
      present.push(client.connack.sessionPresent);
      await client.drop();
    }

    assert.deepEqual(present, [false, true, false, true]);
  });

  requirement(
    "[MQTT-3.1.4-6]",
    "If the Server rejects the CONNECT, it MUST NOT process any data sent by the Client after the CONNECT packet except AUTH packets.",
    async (t) => {
      const listener = await t.connect();
      await listener.subscribe(t.topic("#"), 1);
      const client = await t.open();

      client.send(
        t.hello({ user: t.name(), password: "wrong" }),
        publish(5, { topic: t.topic(), payload: "smuggled", retain: true }),
        subscribe(5, 1, [[t.topic(), 0]]),
      );

      await client.closed();
      assert.ok(client.waiting.every((packet) => packet.kind === "connack"));
      await listener.publish({ topic: t.topic(), payload: "marker", qos: 1 });
      assert.equal((await listener.message()).text, "marker");
    },
    { needs: ["accounts"] },
  );

  requirement(
    "[MQTT-4.13.2-1]",
    "If a Reason Code of 0x80 or greater is specified, then the Network Connection MUST be closed whether or not the CONNACK or DISCONNECT is sent.",
    async (t) => {
      const refused = await t.answer({ will: { topic: "a/+/b" } }).catch(() => undefined);
      const thrown = await t.connect();
      thrown.send(t.hello());

      assert.ok((refused?.connack.code ?? 0x80) >= 0x80);
      await refused?.closed();
      await thrown.closed();
    },
  );

  requirement(
    "[MQTT-4.2.0-1]",
    "A Client or Server MUST support the use of one or more underlying transport protocols that provide an ordered, lossless, stream of bytes from the Client to Server and Server to Client.",
    async (t) => {
      const client = await t.open();

      for (const byte of Buffer.concat([t.hello(), pingreq])) client.send(Buffer.from([byte]));

      assert.equal((await client.take("connack")).code, 0);
      await client.take("pingresp");
    },
  );
});
