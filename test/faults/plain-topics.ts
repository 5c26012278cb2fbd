// Ordinary MQTT beside the chat: a publisher, and a subscriber with a durable session, on QoS 1 and QoS 2.
import { setTimeout as pause } from "node:timers/promises";
import { connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import { passwordOf, type Server } from "../support/server.ts";

export const topicUser = "sensor";

export interface TopicTotals {
  readonly published: number;
  readonly acknowledged: number;
  readonly lost: number;
  readonly reordered: number;
  readonly markedTwins: number;
  /** QoS 2 only: a publisher that repeats a QoS 1 message after a cut makes two of it, by the protocol. */
  readonly unmarkedTwins: number;
}

interface Lane {
  readonly qos: 1 | 2;
  readonly topic: string;
  published: number;
  readonly acknowledged: Set<number>;
  /** The library had not sent them yet when the connection broke, and said so. */
  readonly unsent: Set<number>;
  readonly heard: Set<number>;
  highest: number;
}

export class PlainTopics {
  readonly #lanes: readonly Lane[] = ([1, 2] as const).map((qos) => ({
    qos, topic: `plant/qos-${qos}`, published: 0, acknowledged: new Set(), unsent: new Set(), heard: new Set(), highest: 0,
  })); // prettier-ignore
  readonly #publisher: MqttClient;
  readonly #subscriber: MqttClient;
  #reordered = 0;
  #markedTwins = 0;
  #unmarkedTwins = 0;

  private constructor(publisher: MqttClient, subscriber: MqttClient) {
    this.#publisher = publisher;
    this.#subscriber = subscriber;
    publisher.on("error", () => {}); // both try again by themselves
    subscriber.on("error", () => {});
    subscriber.on("message", (topic, payload, { dup }) => this.#hear(topic, Number(payload), dup));
  }

  static async open(from: Server, to: Server): Promise<PlainTopics> {
    const publisher = await connectAsync(`mqtt://127.0.0.1:${from.mqtt}`, login("publisher", 4));
    const subscriber = await connectAsync(`mqtt://127.0.0.1:${to.mqtt}`, login("subscriber", 5));
    const plain = new PlainTopics(publisher, subscriber);
    await subscriber.subscribeAsync("plant/+", { qos: 2 });
    return plain;
  }

  /** Publishes until told to stop. */
  async talk(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await pause(Math.random() * 20);
      if (!this.#publisher.connected) continue;
      for (const lane of this.#lanes) {
        const number = ++lane.published;
        this.#publisher.publishAsync(lane.topic, String(number), { qos: lane.qos }).then(
          () => lane.acknowledged.add(number),
          () => lane.unsent.add(number),
        );
      }
    }
  }

  get outstanding(): number {
    return this.#lanes.reduce((sum, { published, unsent, heard }) => sum + published - unsent.size - heard.size, 0);
  }

  get connected(): boolean {
    return this.#publisher.connected && this.#subscriber.connected;
  }

  async close(): Promise<TopicTotals> {
    await Promise.all([this.#publisher.endAsync(), this.#subscriber.endAsync()]);
    const sum = (of: (lane: Lane) => number): number => this.#lanes.reduce((total, lane) => total + of(lane), 0);
    return {
      published: sum(({ published, unsent }) => published - unsent.size),
      acknowledged: sum(({ acknowledged }) => acknowledged.size),
      lost: sum(({ acknowledged, heard }) => [...acknowledged].filter((one) => !heard.has(one)).length),
      reordered: this.#reordered,
      markedTwins: this.#markedTwins,
      unmarkedTwins: this.#unmarkedTwins,
    };
  }

  #hear(topic: string, number: number, dup: boolean): void {
    const lane = this.#lanes.find((one) => one.topic === topic)!;
    if (!lane.heard.has(number)) {
      lane.heard.add(number);
      if (number < lane.highest) this.#reordered++;
      lane.highest = Math.max(lane.highest, number);
      return;
    }
    if (dup) this.#markedTwins++;
    else if (lane.qos === 2) this.#unmarkedTwins++;
  }
}

function login(clientId: string, protocolVersion: 4 | 5): IClientOptions {
  return {
    clientId, protocolVersion, clean: false, reconnectPeriod: 50, reconnectOnConnackError: true, username: topicUser, password: passwordOf(topicUser),
    ...(protocolVersion === 5 ? { properties: { sessionExpiryInterval: 3600 } } : {}),
  }; // prettier-ignore
}
