// MQTT.js, 4 and 5: what the two have in common is all that is used.
import { readFileSync } from "node:fs";
import mqtt5, { type IClientOptions, type IConnackPacket, type IPublishPacket, type MqttClient } from "mqtt";
import mqtt4 from "mqtt4";
import { Journal } from "../journal.ts";
import type { Arrival, Connect, Device, DeviceOptions, PublishOptions } from "./device.ts";

export const mqttJs5: Connect = (options) => connect(mqtt5.connect, options);
export const mqttJs4: Connect = (options) => connect(mqtt4.connect as unknown as typeof mqtt5.connect, options);

const schemes = { tcp: "mqtt", tls: "mqtts", ws: "ws", wss: "wss" } as const;

async function connect(dial: typeof mqtt5.connect, options: DeviceOptions): Promise<Device> {
  const { version, transport, port, ca, clientId, username, password, lasting = false, will } = options;
  const path = transport.startsWith("ws") ? "/mqtt" : "";
  const settings: IClientOptions = {
    protocolVersion: version,
    clientId,
    username,
    password,
    clean: !lasting,
    reconnectPeriod: 0,
    ...(transport === "tcp" || transport === "ws" ? {} : { ca: readFileSync(ca) }),
    ...(version === 5 && lasting && { properties: { sessionExpiryInterval: 600 } }),
    ...(will !== undefined && { will: { ...will, payload: will.payload as unknown as Buffer } }),
  };
  const client = dial(`${schemes[transport]}://localhost:${port}${path}`, settings);
  const device = new MqttJs(client);
  const connack = await new Promise<IConnackPacket>((resolve, reject) => {
    client.once("connect", resolve);
    client.on("error", reject);
    client.once("close", () => reject(new Error("closed before CONNACK")));
  });
  device.sessionPresent = connack.sessionPresent;
  return device;
}

class MqttJs implements Device {
  readonly arrivals = new Journal<Arrival>("arrivals at MQTT.js");
  sessionPresent = false;
  readonly #client: MqttClient;

  constructor(client: MqttClient) {
    this.#client = client;
    client.on("message", (topic, payload, packet) => this.arrivals.add(arrivalOf(topic, payload, packet)));
  }

  subscribe(filter: string, qos: 0 | 1 | 2): Promise<void> {
    return new Promise((resolve, reject) =>
      this.#client.subscribe(filter, { qos }, (error) => (error ? reject(error) : resolve())),
    );
  }

  publish(topic: string, payload: string, { qos, retain = false, properties }: PublishOptions): Promise<void> {
    const { contentType, responseTopic, correlation, user, expiryS } = properties ?? {};
    const written = {
      ...(contentType !== undefined && { contentType }),
      ...(responseTopic !== undefined && { responseTopic }),
      ...(correlation !== undefined && { correlationData: Buffer.from(correlation) }),
      ...(user !== undefined && { userProperties: { ...user } }),
      ...(expiryS !== undefined && { messageExpiryInterval: expiryS }),
    };
    const options = { qos, retain, ...(properties !== undefined && { properties: written }) };
    return new Promise((resolve, reject) =>
      this.#client.publish(topic, payload, options, (error) => (error ? reject(error) : resolve())),
    );
  }

  disconnect(): Promise<void> {
    return new Promise((resolve) => this.#client.end(false, {}, () => resolve()));
  }

  cut(): Promise<void> {
    return new Promise((resolve) => {
      this.#client.once("close", () => resolve());
      if (this.#client.stream.destroyed) resolve();
      this.#client.stream.destroy();
    });
  }
}

function arrivalOf(topic: string, payload: Buffer, { qos, retain, properties = {} }: IPublishPacket): Arrival {
  const { contentType, responseTopic, correlationData, userProperties, messageExpiryInterval } = properties;
  return {
    topic,
    payload: payload.toString(),
    qos,
    retain,
    properties: {
      ...(contentType !== undefined && { contentType }),
      ...(responseTopic !== undefined && { responseTopic }),
      ...(correlationData !== undefined && { correlation: correlationData.toString() }),
      ...(userProperties !== undefined && { user: { ...userProperties } as Record<string, string> }),
      ...(messageExpiryInterval !== undefined && { expiryS: messageExpiryInterval }),
    },
  };
}
