// MQTT over WebSocket (3.1.1 and 5.0 §6): our own socket, since what is looked at is the frames.
import assert from "node:assert/strict";
import WebSocket from "ws";
import { pingreq } from "../clients/mqtt-packets.ts";
import type { MqttKit } from "../mqtt-kit.ts";
import { NotOffered } from "../requirement.ts";

export async function selectsSubprotocol(t: MqttKit): Promise<void> {
  for (const offered of [["mqtt"], ["something-else", "mqtt"]]) {
    const socket = await dial(t, offered);
    assert.equal(socket.protocol, "mqtt");
    socket.close();
  }
}

/** However packets are cut into frames, they are read. */
export async function frameBoundaries(t: MqttKit): Promise<void> {
  const bytes = Buffer.concat([t.hello(), pingreq, pingreq]);
  for (const size of [1, 7, bytes.length]) {
    const socket = await dial(t, ["mqtt"]);
    let received = Buffer.alloc(0);
    const answered = new Promise<void>((resolve, reject) => {
      socket.once("close", () => reject(new Error("closed")));
      socket.on("message", (frame: Buffer, binary: boolean) => {
        assert.ok(binary, "[MQTT-6.0.0-1] a text frame");
        received = Buffer.concat([received, frame]);
        if (received.length > 4 && received.subarray(-4).equals(Buffer.from([0xd0, 0, 0xd0, 0]))) resolve();
      });
    });

    for (let at = 0; at < bytes.length; at += size) socket.send(bytes.subarray(at, at + size));

    await answered;
    assert.equal(received[0], 0x20);
    socket.removeAllListeners("close");
    socket.close();
  }
}

export async function binaryOnly(t: MqttKit): Promise<void> {
  const socket = await dial(t, ["mqtt"]);
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));

  socket.send(t.hello().toString("latin1"));

  await closed;
}

/** A client that does not offer the subprotocol speaks something else. */
export async function wantsSubprotocol(t: MqttKit): Promise<void> {
  const { mqttWebSocket } = t.target;
  if (mqttWebSocket === undefined) throw new NotOffered(`${t.target.name} is not said to speak MQTT over WebSocket`);
  const socket = new WebSocket(mqttWebSocket, ["amqp"], { perMessageDeflate: false });
  const outcome = await new Promise<string>((resolve) => {
    socket.once("open", () => resolve(socket.protocol)).once("error", () => resolve("refused"));
  });
  socket.terminate();
  assert.notEqual(outcome, "mqtt");
  assert.ok(["refused", ""].includes(outcome), `it selected ${outcome}`);
}

async function dial(t: MqttKit, protocols: readonly string[]): Promise<WebSocket> {
  const { mqttWebSocket } = t.target;
  if (mqttWebSocket === undefined) throw new NotOffered(`${t.target.name} is not said to speak MQTT over WebSocket`);
  const socket = new WebSocket(mqttWebSocket, [...protocols], { perMessageDeflate: false });
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  return socket;
}
