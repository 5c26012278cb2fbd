// What the composition root may set; the rest of the front-end reads these and nothing else.

export interface MqttOptions {
  /** First level of the topics that are conversations. */
  readonly chatPrefix: string;
  /** The account that clients without credentials act as; undefined: they are refused. */
  readonly anonymous: string | undefined;
  /** Accept passwords over connections that are neither TLS nor from this machine. */
  readonly insecurePasswords: boolean;
  /** Subscribing to a room that does not exist creates it, owned by the subscriber. */
  readonly createRooms: boolean;
  /** From the connection's first moment until CONNACK. */
  readonly connectTimeoutMs: number;
  /** Largest packet after CONNECT, fixed header included; announced as Maximum Packet Size. */
  readonly maximumPacketSize: number;
  /** The first packet; a larger one closes the connection. */
  readonly maximumConnectSize: number;
  /** Packets begun and not answered; at the bound the socket is not read. */
  readonly unanswered: number;
  /** QoS 1 and 2 messages a 5.0 client may have unfinished towards us; announced as Receive Maximum. */
  readonly receiveMaximum: number;
  /** QoS 1 and 2 messages we have unfinished towards a client, which may ask for fewer. */
  readonly inFlight: number;
  /** Of a topic or filter, as the core bounds them. */
  readonly topicLevels: number;
  readonly topicBytes: number;
  /** Topic aliases a client may set; announced. We set as many towards a client that takes them. */
  readonly topicAliasMaximum: number;
  /** Session Expiry Interval we grant at most, in seconds. */
  readonly sessionExpiryMaximumS: number;
  /** How long a 3.1 or 3.1.1 session without Clean Session is kept after it was last connected. */
  readonly persistentSessionS: number;
  /** Seconds between two publications of `$SYS`; 0: it is not published. */
  readonly sysIntervalS: number;
  /** Of this program, for `$SYS/broker/version`. */
  readonly version: string;
  /** Longest keep alive in seconds; a 5.0 client that asks for more, or for none, is told this one. 0: any. */
  readonly keepAliveMaximumS: number;
  /** Response Information, with `%u` and `%c` for user and client id; empty: none is given. */
  readonly responseInformation: string;
  /** Where clients are sent when this server goes down (Server Reference); empty: they are not. */
  readonly serverReference: string;
  /** Bytes of a client id. */
  readonly maximumClientId: number;
}

export const defaultOptions: MqttOptions = {
  chatPrefix: "chat",
  anonymous: undefined,
  insecurePasswords: false,
  createRooms: true,
  connectTimeoutMs: 10_000,
  maximumPacketSize: 1 << 20,
  maximumConnectSize: 64 << 10,
  unanswered: 256,
  receiveMaximum: 1024,
  inFlight: 4096,
  topicLevels: 200,
  topicBytes: 65_535,
  topicAliasMaximum: 16,
  sessionExpiryMaximumS: 30 * 86_400,
  persistentSessionS: 7 * 86_400,
  sysIntervalS: 0,
  version: "",
  maximumClientId: 256,
  keepAliveMaximumS: 0,
  responseInformation: "responses/%u/%c",
  serverReference: "",
};
