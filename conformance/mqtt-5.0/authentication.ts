// §3.15 AUTH, §4.12 enhanced authentication, here by SCRAM-SHA-256, the method the standard gives as its example.
import assert from "node:assert/strict";
import { auth, publish } from "../clients/mqtt-packets.ts";
import { NotOffered } from "../requirement.ts";
import { requirement } from "./requirement.ts";
import { method, ScramClient } from "./scram-client.ts";

const reserved = Buffer.from([0xf1, 2, 0x19, 0]);

describe("MQTT 5.0 enhanced authentication", () => {
  requirement(
    "[MQTT-4.12.0-2]",
    "If the Server requires additional information to complete the authentication, it can send an AUTH packet to the Client. This packet MUST contain a Reason Code of 0x18 (Continue authentication).",
    async (t) => {
      const client = await ScramClient.begin(t);

      assert.equal((await client.challenge()).code, 0x18);
    },
  );
  requirement(
    "[MQTT-3.15.2-1]",
    "The sender of the AUTH Packet MUST use one of the Authenticate Reason Codes.",
    async (t) => {
      const own = await ScramClient.begin(t);
      const codes = [(await own.challenge()).code];
      const second = await ScramClient.begin(t);
      await second.finish();
      second.again();
      const challenge = await second.client.take("auth");
      second.respond(challenge);
      codes.push(challenge.code, (await second.client.take("auth")).code);

      assert.deepEqual(codes, [0x18, 0x18, 0x00]);
    },
  );
  requirement(
    "[MQTT-4.12.0-5]",
    "If the initial CONNECT packet included an Authentication Method property then all AUTH packets, and any successful CONNACK packet MUST include an Authentication Method Property with the same value as in the CONNECT packet.",
    async (t) => {
      const own = await ScramClient.begin(t);
      const challenge = await own.challenge();
      own.respond(challenge);
      const connack = await own.client.take("connack");

      assert.equal(connack.code, 0);
      assert.deepEqual([challenge.properties.authMethod, connack.properties.authMethod], [method, method]);
      assert.ok(own.proven(connack), "the server proves that it knows the keys (RFC 5802 §5)");
      await own.client.ping();
    },
  );
  requirement(
    "[MQTT-4.12.0-4]",
    "The Server can reject the authentication at any point in this process. It MAY send a CONNACK with a Reason Code of 0x80 or above, and MUST close the Network Connection.",
    async (t) => {
      for (const options of [{ wrongProof: true }, { wrongNonce: true }]) {
        const own = await ScramClient.begin(t, {}, options);
        own.respond(await own.challenge());

        await own.client.closed();
        assert.ok(own.client.waiting.every(({ kind, code }) => kind === "connack" && code >= 0x80));
      }
    },
  );
  requirement(
    "[MQTT-4.12.0-3]",
    "The Client responds to an AUTH packet from the Server by sending a further AUTH packet. This packet MUST contain a Reason Code of 0x18 (Continue authentication).",
    async (t) => {
      const own = await ScramClient.begin(t);
      await own.challenge();

      own.client.send(auth(0x00, { authMethod: method, authData: Buffer.from("x") }));

      await own.client.closed();
      assert.ok(own.client.waiting.every(({ kind, code }) => kind === "connack" && code >= 0x80));
    },
  );
  requirement(
    "[MQTT-4.12.0-6]",
    "If the Client does not include an Authentication Method in the CONNECT, the Server MUST NOT send an AUTH packet, and it MUST NOT send an Authentication Method in the CONNACK packet.",
    async (t) => {
      const client = await t.open();
      client.send(t.hello());

      const first = await client.next();
      assert.deepEqual([first.kind, first.properties.authMethod], ["connack", undefined]);
    },
  );
  requirement(
    "[MQTT-4.12.0-7]",
    "If the Client does not include an Authentication Method in the CONNECT, the Client MUST NOT send an AUTH packet to the Server.",
    async (t) => {
      const client = await t.connect();
      client.send(auth(0x19, { authMethod: method, authData: Buffer.from("n,,n=x,r=y") }));
      await t.refuses(client, 0x82, 0x81);
    },
    { about: "re-authentication without authentication" },
  );
  requirement(
    "[MQTT-3.1.2-30]",
    "If a Client sets an Authentication Method in the CONNECT, the Client MUST NOT send any packets other than AUTH or DISCONNECT packets until it has received a CONNACK packet.",
    async (t) => {
      const own = await ScramClient.begin(t);
      await own.challenge();
      const listener = await t.connect();
      await listener.subscribe(t.topic(), 1);

      own.client.send(publish(5, { topic: t.topic(), payload: "smuggled" }));

      await own.client.closed();
      await listener.publish({ topic: t.topic(), payload: "marker", qos: 1 });
      assert.equal((await listener.message()).text, "marker");
    },
  );
  requirement(
    "[MQTT-4.12.1-1]",
    "If the Client supplied an Authentication Method in the CONNECT packet it can initiate a re-authentication at any time after receiving a CONNACK. The Client MUST set the Authentication Method to the same value as the Authentication Method originally used.",
    async (t) => {
      const own = await ScramClient.begin(t);
      await own.finish();
      own.again("SCRAM-SHA-1");
      await t.refuses(own.client, 0x82, 0x8c);
    },
    { about: "another method" },
  );
  requirement(
    "§4.12.1",
    "The Server responds to a re-authentication by sending an AUTH packet with a Reason Code of 0x00 (Success) to indicate that it is complete, or 0x18; the Client can continue to send and receive other Control Packets meanwhile.",
    async (t) => {
      const own = await ScramClient.begin(t);
      await own.finish();
      own.again();
      const challenge = await own.client.take("auth");
      await own.client.subscribe(t.topic(), 1);
      await own.client.publish({ topic: t.topic(), payload: "meanwhile", qos: 1 });
      assert.equal((await own.client.message()).text, "meanwhile");

      own.respond(challenge);

      const done = await own.client.take("auth");
      assert.deepEqual([done.code, done.properties.authMethod, own.proven(done)], [0x00, method, true]);
    },
    { about: "re-authentication" },
  );
  requirement(
    "[MQTT-4.12.1-2]",
    "If the re-authentication fails, the Client or Server SHOULD send DISCONNECT with an appropriate Reason Code, and MUST close the Network Connection.",
    async (t) => {
      const own = await ScramClient.begin(t);
      await own.finish();
      own.spoil();
      own.again();
      own.respond(await own.client.take("auth"));

      await t.refuses(own.client, 0x87, 0x86, 0x80);
    },
  );
  requirement(
    "[MQTT-3.15.1-1]",
    "Bits 3,2,1 and 0 of the Fixed Header of the AUTH packet are reserved and MUST all be set to 0. The Client or Server MUST treat any other value as malformed and close the Network Connection.",
    async (t) => {
      const client = await t.connect();
      client.send(reserved);
      await t.refuses(client, 0x81, 0x82);
    },
  );
  requirement(
    "§4.12",
    "A Client that begins an authentication for one account does not end it as another.",
    async (t) => {
      const other = t.target.logins[1];
      if (other === undefined) throw new NotOffered("one account is not enough");
      const own = await ScramClient.begin(t);
      const challenge = await own.challenge();
      const [text] = [challenge.properties.authData!.toString()];
      assert.ok(text.includes("r=") && text.includes("s=") && text.includes("i="), text.replace(/[rs]=[^,]*/g, ""));

      own.client.send(auth(0x18, { authMethod: method, authData: Buffer.from(`c=biws,r=x,p=AAAA,n=${other.user}`) }));

      await own.client.closed();
    },
    { needs: ["policy"] },
  );
});
