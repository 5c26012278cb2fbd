// One connection to the remote broker, by MQTT.js: from CONNECT to its end, and never again.
import type { IClientOptions, IConnackPacket, IPublishPacket, MqttClient } from "mqtt";
import type { BridgeOptions } from "./options.ts";

const connectMs = 10_000;
/** How long the remote is asked to keep what it owes us, where we may say so. */
const expiryS = 30 * 86_400;
/** Publications of the remote that it may have unfinished towards us. */
const receiveMaximum = 100;

export interface RemoteListener {
  /** A publication came; it is acknowledged once this resolves. Rejects to leave it unacknowledged. */
  heard(packet: IPublishPacket): Promise<void>;
  /** The connection is no more; told once. */
  lost(reason: string): void;
}

export class Remote {
  readonly #client: MqttClient;
  readonly connack: IConnackPacket;

  private constructor(client: MqttClient, connack: IConnackPacket) {
    this.#client = client;
    this.connack = connack;
  }

  /** Resolves when the remote has accepted us. `withdrawn` aborted: not any more. */
  static async connect(options: BridgeOptions, listener: RemoteListener, withdrawn: AbortSignal): Promise<Remote> {
    // Loaded by servers that have a bridge, and by no others.
    const { connect } = await import("mqtt");
    withdrawn.throwIfAborted();
    const client = connect(options.url, clientOptions(options));
    // Called for each PUBLISH in turn; PUBACK goes out when it calls back.
    client.handleMessage = (packet, done) => {
      listener.heard(packet).then(
        () => done(),
        () => client.end(true), // without PUBACK the remote sends it again to the next connection
      );
    };
    return new Promise((resolve, reject) => {
      let remote: Remote | undefined;
      let failure = "the connection ended";
      const giveUp = (): void => void client.end(true);
      withdrawn.addEventListener("abort", giveUp, { once: true });
      client.on("connect", (connack) => resolve((remote = new Remote(client, connack))));
      client.on("error", (error) => {
        failure = error.message;
        client.end(true);
      });
      client.on("disconnect", ({ reasonCode }) => (failure = `DISCONNECT ${reasonCode}`));
      client.once("close", () => {
        withdrawn.removeEventListener("abort", giveUp);
        client.end(true);
        if (remote === undefined) reject(new Error(failure));
        else listener.lost(failure);
      });
    });
  }

  /** Largest packet that the remote takes. */
  get maximumPacketSize(): number {
    return this.connack.properties?.maximumPacketSize ?? Infinity;
  }

  /** The filters that the remote did not grant. `quiet`: it need not send what is ours (MQTT 5). */
  async subscribe(filters: readonly { readonly filter: string; readonly qos: 0 | 1 }[]): Promise<readonly string[]> {
    const refused: string[] = [];
    for (const { filter, qos } of filters) {
      // No Local; retain as published; retained messages for a new subscription only (MQTT 5.0 §3.8.3.1).
      const [grant] = await this.#client.subscribeAsync(filter, { qos, nl: true, rap: true, rh: 1 }).catch(() => []);
      if (grant === undefined || grant.qos >= 128) refused.push(filter);
    }
    return refused;
  }

  /** Calls back when the remote has it (QoS 0: when it was sent), or with why not. */
  publish(
    topic: string,
    payload: Uint8Array,
    options: NonNullable<Parameters<MqttClient["publish"]>[2]>,
    done: (error: Error | undefined) => void,
  ): void {
    this.#client.publish(topic, Buffer.from(payload), options, (error) => done(error ?? undefined));
  }

  /** Says goodbye; with nothing under way, or it would wait for that. */
  async end(): Promise<void> {
    if (this.#client.connected) await this.#client.endAsync().catch(() => undefined); // it is gone either way
  }

  cut(): void {
    this.#client.end(true);
  }
}

function clientOptions(options: BridgeOptions): IClientOptions {
  const { clientId, username, password, version, clean, keepaliveS, tls } = options;
  return {
    clientId,
    protocolVersion: version,
    clean,
    keepalive: keepaliveS,
    reconnectPeriod: 0, // a connection that is lost leaves nothing behind: what it owes is in our queue
    connectTimeout: connectMs,
    resubscribe: false,
    queueQoSZero: false,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(version === 5 && { properties: { receiveMaximum, ...(!clean && { sessionExpiryInterval: expiryS }) } }),
    ...(tls.ca !== undefined && { ca: tls.ca }),
    ...(tls.cert !== undefined && { cert: tls.cert }),
    ...(tls.key !== undefined && { key: tls.key }),
    ...(tls.servername !== undefined && { servername: tls.servername }),
    rejectUnauthorized: true,
  };
}
