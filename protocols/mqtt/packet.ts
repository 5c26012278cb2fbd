// Control packets as data. Names follow `mqtt-packet`, which writes those we seldom send.

/** 3: MQTT 3.1 (`MQIsdp`), 4: MQTT 3.1.1, 5: MQTT 5.0. */
export type Version = 3 | 4 | 5;
export type Qos = 0 | 1 | 2;

export type UserProperty = readonly [name: string, value: string];

/** Every property a client may send, by the name `mqtt-packet` gives it (MQTT 5.0 §2.2.2.2). */
export interface Properties {
  payloadFormatIndicator?: boolean;
  messageExpiryInterval?: number;
  contentType?: string;
  responseTopic?: string;
  correlationData?: Buffer;
  subscriptionIdentifier?: number;
  sessionExpiryInterval?: number;
  authenticationMethod?: string;
  authenticationData?: Buffer;
  requestProblemInformation?: boolean;
  willDelayInterval?: number;
  requestResponseInformation?: boolean;
  reasonString?: string;
  receiveMaximum?: number;
  topicAliasMaximum?: number;
  topicAlias?: number;
  maximumPacketSize?: number;
  /** In the order sent, which must be kept [MQTT-3.3.2-18]. */
  userProperties?: UserProperty[];
}

export interface Will {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: Qos;
  readonly retain: boolean;
  readonly properties: Properties;
  /** The properties a subscriber gets, as they were on the wire; see `PublishPacket.forwarded`. */
  readonly forwarded: Buffer | undefined;
}

export interface ConnectPacket {
  readonly cmd: "connect";
  readonly version: Version;
  /** Level with the high bit set: a bridge of another broker, which wants no local and retain as published. */
  readonly bridge: boolean;
  readonly clean: boolean;
  readonly keepAliveS: number;
  readonly clientId: string;
  readonly will: Will | undefined;
  readonly username: string | undefined;
  readonly password: Buffer | undefined;
  readonly properties: Properties;
}

/** Valid until the next packet of any connection is decoded: there is one, filled in place. */
export interface PublishPacket {
  readonly cmd: "publish";
  topic: string;
  payload: Buffer;
  qos: Qos;
  retain: boolean;
  dup: boolean;
  /** 0 at QoS 0. */
  messageId: number;
  /** 0: none. */
  topicAlias: number;
  messageExpiryInterval: number | undefined;
  /** The client says that the payload is UTF-8. */
  utf8: boolean;
  /**
   * The properties that go on to subscribers unaltered [MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17]
   * [MQTT-3.3.2-20], checked, as bytes: no property of ours can be lost or reordered on the way (P10).
   */
  forwarded: Buffer | undefined;
}

/** PUBACK, PUBREC, PUBREL and PUBCOMP. Valid until the next packet is decoded. */
export interface AckPacket<Cmd extends "puback" | "pubrec" | "pubrel" | "pubcomp"> {
  readonly cmd: Cmd;
  messageId: number;
  reasonCode: number;
}

export interface RequestedSubscription {
  readonly filter: string;
  readonly qos: Qos;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  readonly retainHandling: 0 | 1 | 2;
}

export interface SubscribePacket {
  readonly cmd: "subscribe";
  readonly messageId: number;
  readonly subscriptions: readonly RequestedSubscription[];
  readonly properties: Properties;
}

export interface UnsubscribePacket {
  readonly cmd: "unsubscribe";
  readonly messageId: number;
  readonly filters: readonly string[];
}

export interface PingreqPacket {
  readonly cmd: "pingreq";
}

export interface DisconnectPacket {
  readonly cmd: "disconnect";
  readonly reasonCode: number;
  readonly properties: Properties;
}

export interface AuthPacket {
  readonly cmd: "auth";
  readonly reasonCode: number;
  readonly properties: Properties;
}

export type ClientPacket =
  | ConnectPacket
  | PublishPacket
  | AckPacket<"puback">
  | AckPacket<"pubrec">
  | AckPacket<"pubrel">
  | AckPacket<"pubcomp">
  | SubscribePacket
  | UnsubscribePacket
  | PingreqPacket
  | DisconnectPacket
  | AuthPacket;

export type PacketOf<Cmd extends ClientPacket["cmd"]> = Extract<ClientPacket, { readonly cmd: Cmd }>;
