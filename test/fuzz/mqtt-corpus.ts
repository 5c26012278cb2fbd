// Valid control packets of every type and version: what the fuzzer starts from.
import { generate, type Packet } from "mqtt-packet";

export type Version = 3 | 4 | 5;
export const versions: readonly Version[] = [3, 4, 5];

/** A control packet in its two parts; the remaining length is written last, truly or not. */
export interface Piece {
  readonly first: number;
  readonly body: Buffer;
}

export interface Login {
  readonly username: string;
  readonly password: string;
}

/** A CONNECT that is welcome wherever this login is. */
export function connectOf(version: Version, clientId: string, login: Login, more: object = {}): Buffer {
  return generate(
    {
      cmd: "connect",
      protocolId: version === 3 ? "MQIsdp" : "MQTT",
      protocolVersion: version,
      clean: true,
      keepalive: 600,
      clientId,
      username: login.username,
      password: Buffer.from(login.password),
      ...more,
    },
    { protocolVersion: version },
  );
}

const topics = ["a", "a/b", "fuzz/é/x", "/", "chat/dm/bob", "chat/room/den", "chat/typing/dm/bob", "chat/nothing"];
const filters = ["a/#", "+/b", "#", "chat/dm/bob", "chat/room/den/text", "$share/g/a/#", "$SYS/#", "fuzz/é/+"];
const userProperties = { a: "1", b: ["2", "3"] };

function publishes(version: Version): Packet[] {
  const bare = topics.flatMap((topic) =>
    ([0, 1, 2] as const).map((qos) => ({
      cmd: "publish" as const,
      topic,
      payload: topic.startsWith("chat") ? '{"body":"x","state":"active"}' : "21.5",
      qos,
      dup: false,
      retain: qos === 1,
      messageId: qos === 0 ? undefined : qos,
    })),
  );
  const rich = {
    ...bare[4]!,
    properties: {
      payloadFormatIndicator: true,
      messageExpiryInterval: 60,
      topicAlias: 1,
      responseTopic: "answers/here",
      correlationData: Buffer.from([0, 1, 255]),
      userProperties,
      contentType: "text/plain",
    },
  };
  const long = { ...bare[0]!, payload: Buffer.alloc(3_000, 7) };
  return [...bare, long, ...(version === 5 ? [rich] : [])] as Packet[];
}

function connects(version: Version): Packet[] {
  const plain = {
    cmd: "connect" as const,
    protocolId: version === 3 ? "MQIsdp" : "MQTT",
    protocolVersion: version,
    clean: true,
    keepalive: 60,
    clientId: "corpus",
    username: "nobody",
    password: Buffer.from("nothing"),
  };
  const will = { topic: "a/will", payload: Buffer.from("gone"), qos: 1 as const, retain: true };
  const willProperties = { willDelayInterval: 5, contentType: "text/plain", userProperties };
  const properties = {
    sessionExpiryInterval: 60,
    receiveMaximum: 5,
    maximumPacketSize: 1_000,
    topicAliasMaximum: 3,
    requestResponseInformation: true,
    requestProblemInformation: true,
    userProperties,
  };
  return [
    plain,
    { ...plain, will, clean: version !== 3 },
    ...(version === 5 ? [{ ...plain, properties, will: { ...will, properties: willProperties } }] : []),
  ] as Packet[];
}

function others(version: Version): Packet[] {
  const reasonString = "because";
  const five = version === 5;
  const acks = (["puback", "pubrec", "pubrel", "pubcomp"] as const).flatMap((cmd) => [
    { cmd, messageId: 1 },
    ...(five ? [{ cmd, messageId: 2, reasonCode: 0, properties: { reasonString, userProperties } }] : []),
  ]);
  const options = five ? { nl: true, rap: true, rh: 1 } : {};
  const subscriptions = filters.map((topic, at) => ({ topic, qos: at % 3, ...(at === 5 ? {} : options) }));
  return [
    ...acks,
    { cmd: "subscribe", messageId: 7, subscriptions, ...(five && { properties: { subscriptionIdentifier: 9 } }) },
    { cmd: "subscribe", messageId: 8, subscriptions: [{ topic: "a/b", qos: 2 }] },
    { cmd: "unsubscribe", messageId: 9, unsubscriptions: filters, ...(five && { properties: { userProperties } }) },
    { cmd: "pingreq" },
    { cmd: "disconnect", ...(five && { reasonCode: 4, properties: { sessionExpiryInterval: 0, reasonString } }) },
    ...(five
      ? [
          {
            cmd: "auth",
            reasonCode: 0x18,
            properties: { authenticationMethod: "SCRAM-SHA-256", authenticationData: Buffer.from("n,,n=x,r=y") },
          },
        ]
      : []),
  ] as Packet[];
}

/** Every packet a client of this version may send; the CONNECTs apart. */
export function corpusOf(version: Version): { readonly connects: readonly Piece[]; readonly later: readonly Piece[] } {
  const cut = (packet: Packet): Piece => pieceOf(generate(packet, { protocolVersion: version }));
  return {
    connects: connects(version).map(cut),
    later: [...publishes(version), ...others(version)].map(cut),
  };
}

function pieceOf(bytes: Buffer): Piece {
  let at = 1;
  while (bytes[at]! >= 0x80) at++;
  return { first: bytes[0]!, body: bytes.subarray(at + 1) };
}
