// §3.3.1 the flags of PUBLISH, §3.1.2.6 and §3.1.2.7 those of the will.
import assert from "node:assert/strict";
import * as receiver from "../mqtt-checks/receiver.ts";
import * as retain from "../mqtt-checks/retain.ts";
import * as sender from "../mqtt-checks/sender.ts";
import { requirement } from "./requirement.ts";

describe("MQTT 5.0 DUP and RETAIN", () => {
  requirement(
    "[MQTT-3.3.1-1]",
    "The DUP flag MUST be set to 1 by the Client or Server when it attempts to re-deliver a PUBLISH packet.",
    (t) => sender.unacknowledgedIsSentAgain(t, 1),
  );
  requirement("[MQTT-3.3.1-2]", "The DUP flag MUST be set to 0 for all QoS 0 messages.", sender.dupNeverAtQos0);
  requirement(
    "[MQTT-3.3.1-3]",
    "The DUP flag in the outgoing PUBLISH packet is set independently to the incoming PUBLISH packet, its value MUST be determined solely by whether the outgoing PUBLISH packet is a retransmission.",
    sender.dupIsNotPassedOn,
  );
  requirement(
    "[MQTT-3.3.1-5]",
    "If the RETAIN flag is set to 1 in a PUBLISH packet sent by a Client to a Server, the Server MUST replace any existing retained message for this topic and store the Application Message.",
    retain.replacesTheRetained,
  );
  requirement(
    "[MQTT-3.3.1-7]",
    "A retained message with a Payload containing zero bytes MUST NOT be stored as a retained message on the Server.",
    retain.keepsNoEmptyPayload,
  );
  requirement(
    "[MQTT-3.3.1-8]",
    "If the RETAIN flag is 0 in a PUBLISH packet sent by a Client to a Server, the Server MUST NOT store the message as a retained message and MUST NOT remove or replace any existing retained message.",
    retain.plainIsNotRetained,
  );
  requirement(
    "[MQTT-3.3.1-12]",
    "If the value of Retain As Published subscription option is set to 0, the Server MUST set the RETAIN flag to 0 when forwarding an Application Message regardless of how the RETAIN flag was set in the received PUBLISH packet.",
    retain.retainedOnlyWhenNew,
  );
  requirement(
    "§3.3.1.3",
    "A retained message has the properties it was published with; its Message Expiry Interval goes on being counted, and it is not sent once it has passed.",
    async (t) => {
      const publisher = await t.connect();
      await t.retain(publisher, t.topic("short"), "", 1);
      await publisher.publish({
        topic: t.topic("short"),
        payload: "gone",
        qos: 1,
        retain: true,
        properties: { messageExpiry: 1 },
      });
      await t.retain(publisher, t.topic("long"), "", 1);
      await publisher.publish({
        topic: t.topic("long"),
        payload: "kept",
        qos: 1,
        retain: true,
        properties: { messageExpiry: 100, contentType: "text/plain", userProperty: [["k", "v"]] },
      });
      await new Promise((resolve) => setTimeout(resolve, 2_100));
      const late = await t.connect();

      await late.subscribe(t.topic("+"), 1);

      const got = await late.message();
      assert.deepEqual(
        [got.text, got.properties.contentType, got.properties.userProperty],
        ["kept", "text/plain", [["k", "v"]]],
      );
      assert.ok(got.properties.messageExpiry! >= 90 && got.properties.messageExpiry! <= 99);
      await late.ping();
      assert.deepEqual(late.waiting, []);
    },
    { about: "properties of the retained" },
  );

  requirement(
    "[MQTT-3.1.2-14]",
    "If the Will Flag is set to 1 and Will Retain is set to 0, the Server MUST publish the Will Message as a non-retained message.",
    (t) => retain.willRetain(t, false),
  );
  requirement(
    "[MQTT-3.1.2-15]",
    "If the Will Flag is set to 1 and Will Retain is set to 1, the Server MUST publish the Will Message as a retained message.",
    (t) => retain.willRetain(t, true),
  );
  requirement(
    "[MQTT-3.1.2-10]",
    "The Will Message MUST be removed from the stored Session State in the Server once it has been published or the Server has received a DISCONNECT packet with a Reason Code of 0x00 (Normal disconnection) from the Client.",
    retain.willIsSaidOnce,
  );
  requirement(
    "§3.1.2.6",
    "Will QoS: these two bits specify the QoS level to be used when publishing the Will Message.",
    retain.willQos,
  );
  requirement(
    "§3.3.3",
    "The content and format of the data is application specific; it is valid for a PUBLISH packet to contain a zero length Payload.",
    async (t) => {
      await receiver.anyBytes(t);
      const [publisher, subscriber] = await t.pair(t.topic("empty"), 1);
      await publisher.publish({ topic: t.topic("empty"), payload: "", qos: 1 });
      assert.equal((await subscriber.message()).text, "");
    },
  );
});
