// One MQTT client as a test sees it, whichever library speaks.
import type { Journal } from "../journal.ts";

export interface DeviceOptions {
  readonly version: 4 | 5;
  readonly transport: "tcp" | "tls" | "ws" | "wss";
  readonly port: number;
  readonly ca: string;
  readonly clientId: string;
  readonly username: string;
  readonly password: string;
  /** The session outlives the connection. */
  readonly lasting?: boolean;
  readonly will?: {
    readonly topic: string;
    readonly payload: string;
    readonly qos: 0 | 1 | 2;
    readonly retain: boolean;
  };
}

export interface PublishOptions {
  readonly qos: 0 | 1 | 2;
  readonly retain?: boolean;
  readonly properties?: {
    readonly contentType?: string;
    readonly responseTopic?: string;
    readonly correlation?: string;
    /** Each name once: not every library keeps the order of others. */
    readonly user?: Readonly<Record<string, string>>;
    readonly expiryS?: number;
  };
}

export interface Arrival {
  readonly topic: string;
  readonly payload: string;
  readonly qos: number;
  readonly retain: boolean;
  readonly properties: NonNullable<PublishOptions["properties"]>;
}

export interface Device {
  readonly arrivals: Journal<Arrival>;
  readonly sessionPresent: boolean;
  subscribe(filter: string, qos: 0 | 1 | 2): Promise<void>;
  /** Resolves when its handshake is over. */
  publish(topic: string, payload: string, options: PublishOptions): Promise<void>;
  /** In good order. */
  disconnect(): Promise<void>;
  /** As a broken network. */
  cut(): Promise<void>;
}

/** Resolves when the server has said that all is well. */
export type Connect = (options: DeviceOptions) => Promise<Device>;
