// Ordinary MQTT: publishers, and subscribers with durable sessions, on QoS 1 and QoS 2.
import { setTimeout as pause } from "node:timers/promises";
import { connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import { passwordOf, type Server } from "../support/server.ts";

export const topicUser = "sensor";

export interface TopicTotals {
  readonly published: number;
  readonly acknowledged: number;
  /** Acknowledged, and never heard by one of the subscribers. */
  readonly lost: number;
  readonly reordered: number;
  /** QoS 1, DUP set. Without DUP it may be the publisher's: one that repeats after a cut makes two of one, by the protocol. */
  readonly markedTwins: number;
  /** QoS 2: heard twice by an app, whatever was on the wire. */
  readonly duplicated: number;
}

export interface TopicLoad {
  /** The protocol version of each publisher and each subscriber; all hear all. */
  readonly publishers: readonly (4 | 5)[];
  readonly subscribers: readonly (4 | 5)[];
  /** A publisher publishes once at each QoS, and waits half of this on average. */
  readonly pauseMs: number;
  /** What a publisher leaves unanswered at most. */
  readonly inFlight: number;
}

const aSensor: TopicLoad = { publishers: [4], subscribers: [5], pauseMs: 20, inFlight: 1000 };

/** What one publisher says at one QoS. */
interface Lane {
  readonly qos: 1 | 2;
  readonly topic: string;
  published: number;
  readonly acknowledged: Set<number>;
  /** The library had not sent them yet when the connection broke, and said so. */
  readonly unsent: Set<number>;
  readonly ears: readonly Ear[];
}

/** What one subscriber has of a lane. */
interface Ear {
  readonly heard: Set<number>;
  highest: number;
}

interface Publisher {
  readonly client: MqttClient;
  readonly lanes: readonly Lane[];
}

export class PlainTopics {
  readonly #load: TopicLoad;
  readonly #publishers: Publisher[] = [];
  readonly #subscribers: MqttClient[] = [];
  readonly #lanes = new Map<string, Lane>();
  #reordered = 0;
  #markedTwins = 0;
  #duplicated = 0;

  private constructor(load: TopicLoad) {
    this.#load = load;
  }

  static async open(from: Server, to: Server, load: TopicLoad = aSensor): Promise<PlainTopics> {
    const plain = new PlainTopics(load);
    for (const [nth, version] of load.subscribers.entries()) await plain.#subscribe(to, nth, version);
    for (const [nth, version] of load.publishers.entries()) await plain.#publishFrom(from, nth, version);
    return plain;
  }

  async #subscribe(server: Server, nth: number, version: 4 | 5): Promise<void> {
    const client = await connectAsync(`mqtt://127.0.0.1:${server.mqtt}`, login(`subscriber-${nth}`, version));
    client.on("error", () => {}); // it tries again by itself
    client.on("message", (topic, payload, { dup }) => this.#hear(nth, topic, Number(payload), dup));
    await client.subscribeAsync("plant/#", { qos: 2 });
    this.#subscribers.push(client);
  }

  async #publishFrom(server: Server, nth: number, version: 4 | 5): Promise<void> {
    const client = await connectAsync(`mqtt://127.0.0.1:${server.mqtt}`, login(`publisher-${nth}`, version));
    client.on("error", () => {});
    const lanes = ([1, 2] as const).map((qos): Lane => {
      const ears = this.#load.subscribers.map(() => ({ heard: new Set<number>(), highest: 0 }));
      return { qos, topic: `plant/${nth}/${qos}`, published: 0, acknowledged: new Set(), unsent: new Set(), ears };
    });
    for (const lane of lanes) this.#lanes.set(lane.topic, lane);
    this.#publishers.push({ client, lanes });
  }

  /** Publishes until told to stop. */
  async talk(stop: AbortSignal): Promise<void> {
    await Promise.all(this.#publishers.map((publisher) => this.#talk(publisher, stop)));
  }

  async #talk({ client, lanes }: Publisher, stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await pause(Math.random() * this.#load.pauseMs);
      if (!client.connected) continue;
      for (const lane of lanes) {
        if (lane.published - lane.acknowledged.size - lane.unsent.size >= this.#load.inFlight) continue;
        const number = ++lane.published;
        client.publishAsync(lane.topic, String(number), { qos: lane.qos }).then(
          () => lane.acknowledged.add(number),
          () => lane.unsent.add(number),
        );
      }
    }
  }

  /** Sent, and not yet acknowledged or not yet heard by all. */
  get outstanding(): number {
    return this.#sum(({ published, unsent, acknowledged, ears }) => {
      let count = published - unsent.size - acknowledged.size;
      for (const { heard } of ears) for (const one of acknowledged) if (!heard.has(one)) count++;
      return count;
    });
  }

  get connected(): boolean {
    return [...this.#publishers.map(({ client }) => client), ...this.#subscribers].every(({ connected }) => connected);
  }

  async close(): Promise<TopicTotals> {
    const clients = [...this.#publishers.map(({ client }) => client), ...this.#subscribers];
    await Promise.all(clients.map((client) => client.endAsync()));
    return {
      published: this.#sum(({ published, unsent }) => published - unsent.size),
      acknowledged: this.#sum(({ acknowledged }) => acknowledged.size),
      lost: this.#sum(({ acknowledged, ears }) =>
        ears.reduce((sum, { heard }) => sum + [...acknowledged].filter((one) => !heard.has(one)).length, 0),
      ),
      reordered: this.#reordered,
      markedTwins: this.#markedTwins,
      duplicated: this.#duplicated,
    };
  }

  /** What acknowledged messages somebody never heard, for people. */
  get missing(): readonly string[] {
    return [...this.#lanes.values()].flatMap(({ topic, acknowledged, ears }) =>
      ears.flatMap(({ heard }, nth) => {
        const never = [...acknowledged].filter((one) => !heard.has(one));
        return never.length === 0 ? [] : [`subscriber-${nth} never heard ${topic}: ${never.join(" ")}`];
      }),
    );
  }

  #hear(nth: number, topic: string, number: number, dup: boolean): void {
    const { qos, ears } = this.#lanes.get(topic)!;
    const ear = ears[nth]!;
    if (ear.heard.has(number)) {
      if (qos === 2) this.#duplicated++;
      else if (dup) this.#markedTwins++;
      return;
    }
    ear.heard.add(number);
    if (number < ear.highest) this.#reordered++;
    ear.highest = Math.max(ear.highest, number);
  }

  #sum(of: (lane: Lane) => number): number {
    return [...this.#lanes.values()].reduce((total, lane) => total + of(lane), 0);
  }
}

function login(clientId: string, protocolVersion: 4 | 5): IClientOptions {
  return {
    clientId, protocolVersion, clean: false, reconnectPeriod: 50, reconnectOnConnackError: true, username: topicUser, password: passwordOf(topicUser),
    ...(protocolVersion === 5 ? { properties: { sessionExpiryInterval: 3600 } } : {}),
  }; // prettier-ignore
}
