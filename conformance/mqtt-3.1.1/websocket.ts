// §6 Using WebSocket as a network transport.
import assert from "node:assert/strict";
import WebSocket from "ws";
import { pingreq } from "../clients/mqtt-packets.ts";
import type { MqttKit } from "../mqtt-kit.ts";
import { NotOffered } from "../requirement.ts";
import { requirement } from "./requirement.ts";

describe("MQTT 3.1.1 over WebSocket", () => {
  requirement(
    "[MQTT-6.0.0-4]",
    'The WebSocket Sub Protocol name selected and returned by the server MUST be "mqtt".',
    async (t) => {
      const socket = await dial(t, ["mqtt"]);

      assert.equal(socket.protocol, "mqtt");
      socket.close();
    },
  );

  requirement(
    "[MQTT-6.0.0-2]",
    "A single WebSocket data frame can contain multiple or partial MQTT Control Packets. The receiver MUST NOT assume that MQTT Control Packets are aligned on WebSocket frame boundaries.",
    async (t) => {
      const socket = await dial(t, ["mqtt"]);
      const received: Buffer[] = [];
      const answered = new Promise<void>((resolve) => {
        socket.on("message", (bytes: Buffer) => {
          received.push(bytes);
          if (Buffer.concat(received).length >= 8) resolve();
        });
      });
      const bytes = Buffer.concat([t.hello(), pingreq, pingreq]);

      for (let at = 0; at < bytes.length; at += 7) socket.send(bytes.subarray(at, at + 7));

      await answered;
      assert.deepEqual([...Buffer.concat(received)], [0x20, 2, 0, 0, 0xd0, 0, 0xd0, 0]);
      socket.close();
    },
  );

  requirement(
    "[MQTT-6.0.0-1]",
    "MQTT Control Packets MUST be sent in WebSocket binary data frames. If any other type of data frame is received the recipient MUST close the Network Connection.",
    async (t) => {
      const socket = await dial(t, ["mqtt"]);
      const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));

      socket.send(t.hello().toString("latin1"));

      await closed;
    },
  );
});

/** Our own socket, since what is looked at is the frames. */
async function dial(t: MqttKit, protocols: readonly string[]): Promise<WebSocket> {
  const { mqttWebSocket } = t.target;
  if (mqttWebSocket === undefined) throw new NotOffered(`${t.target.name} is not said to speak MQTT over WebSocket`);
  const socket = new WebSocket(mqttWebSocket, [...protocols], { perMessageDeflate: false });
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  return socket;
}
