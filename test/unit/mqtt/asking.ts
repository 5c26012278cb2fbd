// What the server answers: the code, when that is what a test is about.
import type { IConnackPacket, IConnectPacket, IPublishPacket } from "mqtt-packet";
import type { TestClient } from "./harness.ts";

/** What a CONNECT is answered with: its reason or return code. */
export async function refusal(
  client: TestClient,
  name: string,
  options: Partial<IConnectPacket> = {},
): Promise<number> {
  client.packet({
    cmd: "connect",
    protocolId: client.version === 3 ? "MQIsdp" : "MQTT",
    protocolVersion: client.version,
    clean: true,
    keepalive: 0,
    clientId: `${name}-1`,
    username: name,
    password: Buffer.from(`secret-${name}`),
    ...options,
  });
  const connack = (await client.receive("connack")) as IConnackPacket;
  await client.end();
  return (client.version === 5 ? connack.reasonCode : connack.returnCode)!;
}

/** The reason code a QoS 1 message is answered with. */
export async function code(
  client: TestClient,
  topic: string,
  payload: string | Buffer,
  options: Partial<IPublishPacket> = {},
): Promise<number> {
  client.publish(topic, payload, { qos: 1, messageId: 500, ...options });
  return ((await client.receive("puback")) as { reasonCode: number }).reasonCode;
}
