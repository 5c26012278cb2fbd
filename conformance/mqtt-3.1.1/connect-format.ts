// §3.1.2, §3.1.3: what a CONNECT must look like. Each statement binds the client; [MQTT-3.1.4-1] has the server mind it.
import assert from "node:assert/strict";
import { refusesConnect, type Spoilt } from "../mqtt-checks/connect-format.ts";
import * as retain from "../mqtt-checks/retain.ts";
import { NotOffered } from "../requirement.ts";
import { requirement } from "./requirement.ts";

const statements: readonly (readonly [clause: string, quote: string, what: Spoilt])[] = [
  [
    "[MQTT-3.1.2-9]",
    "If the Will Flag is set to 1, the Will Topic and Will Message fields MUST be present in the payload.",
    "a will announced that is not there",
  ],
  [
    "[MQTT-3.1.2-11]",
    "If the Will Flag is set to 0 the Will QoS and Will Retain fields in the Connect Flags MUST be set to zero and the Will Topic and Will Message fields MUST NOT be present in the payload.",
    "will QoS without a will",
  ],
  [
    "[MQTT-3.1.2-13]",
    "If the Will Flag is set to 0, then the Will QoS MUST be set to 0 (0x00).",
    "will QoS without a will",
  ],
  [
    "[MQTT-3.1.2-15]",
    "If the Will Flag is set to 0, then the Will Retain Flag MUST be set to 0.",
    "will retain without a will",
  ],
  [
    "[MQTT-3.1.2-18]",
    "If the User Name Flag is set to 0, a user name MUST NOT be present in the payload.",
    "a user name that was not announced",
  ],
  [
    "[MQTT-3.1.2-19]",
    "If the User Name Flag is set to 1, a user name MUST be present in the payload.",
    "a user name announced that is not there",
  ],
  [
    "[MQTT-3.1.2-20]",
    "If the Password Flag is set to 0, a password MUST NOT be present in the payload.",
    "a password that was not announced",
  ],
  [
    "[MQTT-3.1.2-21]",
    "If the Password Flag is set to 1, a password MUST be present in the payload.",
    "a password announced that is not there",
  ],
  [
    "[MQTT-3.1.3-1]",
    "These fields, if present, MUST appear in the order Client Identifier, Will Topic, Will Message, User Name, Password.",
    "fields in another order",
  ],
  [
    "[MQTT-3.1.3-3]",
    "The Client Identifier (ClientId) MUST be present and MUST be the first field in the CONNECT packet payload.",
    "no client identifier",
  ],
  ["[MQTT-3.1.3-4]", "The ClientId MUST be a UTF-8 encoded string.", "a client identifier that is no UTF-8"],
  ["[MQTT-3.1.3-10]", "The Will Topic MUST be a UTF-8 encoded string.", "a will topic that is no UTF-8"],
  ["[MQTT-3.1.3-11]", "The User Name MUST be a UTF-8 encoded string.", "a user name that is no UTF-8"],
];

describe("MQTT 3.1.1 the form of CONNECT", () => {
  for (const [clause, quote, what] of statements) {
    requirement(clause, quote, (t) => refusesConnect(t, what));
  }
  requirement(
    "[MQTT-1.5.3-2]",
    "A UTF-8 encoded string MUST NOT include an encoding of the null character U+0000. If a receiver receives a Control Packet containing U+0000 it MUST close the Network Connection.",
    (t) => refusesConnect(t, "a client identifier with U+0000"),
    { about: "NUL in a client identifier" },
  );

  requirement(
    "[MQTT-3.1.3-2]",
    "The Server MUST use the ClientId to identify state that it holds relating to this MQTT Session between the Client and the Server.",
    async (t) => {
      const [mine, yours] = [t.lasting(), t.lasting()];
      const first = await t.connect(mine);
      await first.subscribe(t.topic(), 1);
      await first.drop();

      const [other, again] = [await t.connect(yours), await t.connect(mine)];

      assert.deepEqual([other.connack.sessionPresent, again.connack.sessionPresent], [false, true]);
    },
  );
  requirement(
    "[MQTT-3.1.3-7]",
    "If the Client supplies a zero-byte ClientId, the Client MUST also set CleanSession to 1: with it, the Server may make one up.",
    async (t) => {
      const client = await t.answer({ clientId: "", clean: true });
      if (client.connack.code === 0x02) throw new NotOffered("it wants a client identifier");
      assert.deepEqual([client.connack.code, client.connack.sessionPresent], [0, false]);
    },
  );
  requirement(
    "[MQTT-3.1.3-9]",
    "If the Server rejects the ClientId it MUST respond to the CONNECT Packet with a CONNACK return code 0x02 (Identifier rejected) and then close the Network Connection.",
    async (t) => {
      const client = await t.answer({ clientId: "x".repeat(65_000) });
      if (client.connack.code === 0) throw new NotOffered("it takes any client identifier");
      assert.equal(client.connack.code, 0x02);
      await client.closed();
    },
  );
  requirement("[MQTT-3.1.4-3]", "The Server MUST perform the processing of CleanSession.", async (t) => {
    const options = t.lasting();
    const present: boolean[] = [];
    for (const clean of [false, false, true, false, false]) {
      const client = await t.connect({ ...options, clean });
      present.push(client.connack.sessionPresent);
      await client.drop();
    }
    assert.deepEqual(present, [false, true, false, false, true], "a clean session ends with its connection");
  });
  requirement(
    "[MQTT-3.1.2-4]",
    "If CleanSession is set to 0, the Server MUST resume communications with the Client based on state from the current Session (as identified by the Client identifier). If there is no Session associated with the Client identifier the Server MUST create a new Session.",
    async (t) => {
      const options = t.lasting();
      const first = await t.connect(options);
      await first.subscribe(t.topic(), 1);
      await first.drop();
      const [second, publisher] = [await t.connect(options), await t.connect()];

      await publisher.publish({ topic: t.topic(), payload: "x", qos: 1 });

      assert.equal((await second.message()).text, "x", "the subscription lives on");
    },
  );
  requirement(
    "[MQTT-3.2.2-6]",
    "If none of the return codes listed are deemed applicable, then the Server MUST close the Network Connection without sending a CONNACK.",
    async (t) => {
      // A Will Topic with a wildcard is wrong in a way that 3.1.1 has no return code for.
      const client = await t.open();
      client.send(t.hello({ will: { topic: "a/#", payload: "x" } }));
      const outcome = (await t.answered(client, "connack"))?.code;
      if (outcome === 0) throw new NotOffered("it looks at a will's topic when it is due");
      assert.ok(outcome === undefined || outcome <= 5, `return code ${outcome}`);
      await client.closed();
    },
  );

  requirement(
    "[MQTT-3.1.2-10]",
    "The Will Message MUST be removed from the stored Session state in the Server once it has been published or the Server has received a DISCONNECT packet from the Client.",
    retain.willIsSaidOnce,
  );
  requirement(
    "[MQTT-3.1.2-12]",
    "If the Will Flag is set to 0, a Will Message MUST NOT be published when this Network Connection ends.",
    retain.noWill,
  );
  requirement(
    "[MQTT-3.1.2-16]",
    "If the Will Flag is set to 1 and if Will Retain is set to 0, the Server MUST publish the Will Message as a non-retained message.",
    (t) => retain.willRetain(t, false),
  );
  requirement(
    "§3.1.2.6",
    "These two bits specify the QoS level to be used when publishing the Will Message.",
    retain.willQos,
  );
});
