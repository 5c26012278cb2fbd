// The names of things: branded strings, so that a room is never taken for a user.

declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** An account's bare address, `alice@example.org`; the part after `@` is the tenant. */
export type UserId = Brand<string, "UserId">;
/** One client installation of an account, `xmpp:phone`, `mqtt:esp32`, `json:pixel-7`; unique within its account. */
export type DeviceId = Brand<string, "DeviceId">;
/** A log: `dm:alice@h:bob@h`, `room:lobby@h` or (kept topics) `topic:h/plant/7/temp`. */
export type ConversationId = Brand<string, "ConversationId">;
/** A message's own name, a UUIDv7 in its usual text form. */
export type MessageId = Brand<string, "MessageId">;
/** The sender's own name for a message: (author, conversation, origin id) names it once (PROMISE P3). */
export type OriginId = Brand<string, "OriginId">;
/** One running server process. */
export type NodeId = Brand<string, "NodeId">;

export type ConversationKind = "direct" | "room" | "topic";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether the text can be the name of an entry; whoever asks for another would only learn that there is none. */
export function isMessageId(text: string): text is MessageId {
  return uuid.test(text);
}

/** The tenant of an account: what stands after `@`. */
export function hostOf(user: UserId): string {
  return user.slice(user.lastIndexOf("@") + 1);
}

/** The account's name within its tenant: what stands before `@`. */
export function nameOf(user: UserId): string {
  return user.slice(0, user.lastIndexOf("@"));
}

export function userOf(name: string, host: string): UserId {
  return `${name}@${host}` as UserId;
}

/** Names one device among all accounts': an account's address holds no blank, whatever a device's id does. */
export function deviceKey(user: UserId, device: DeviceId): string {
  return `${user} ${device}`;
}

/** The deterministic key of the conversation of two accounts; the order of the arguments does not matter. */
export function directOf(one: UserId, other: UserId): ConversationId {
  return (one < other ? `dm:${one}:${other}` : `dm:${other}:${one}`) as ConversationId;
}

export function roomOf(name: string, host: string): ConversationId {
  return `room:${name}@${host}` as ConversationId;
}

/** The log of a kept topic. */
export function topicLogOf(topic: string, host: string): ConversationId {
  return `topic:${host}/${topic}` as ConversationId;
}

/** The topic of such a log: what stands behind the host, which has no "/". */
export function topicOfLog(conversation: ConversationId): string {
  return conversation.slice(conversation.indexOf("/") + 1);
}

export function kindOf(conversation: ConversationId): ConversationKind {
  if (conversation.startsWith("dm:")) return "direct";
  return conversation.startsWith("room:") ? "room" : "topic";
}

/** A room's name within its tenant: `lobby` of `room:lobby@h`. */
export function roomNameOf(conversation: ConversationId): string {
  return conversation.slice("room:".length, conversation.lastIndexOf("@"));
}

/** The two accounts of a direct conversation, in key order; undefined for any other kind. */
export function membersOfDirect(conversation: ConversationId): readonly [UserId, UserId] | undefined {
  if (!conversation.startsWith("dm:")) return undefined;
  const known = members.get(conversation);
  if (known !== undefined) return known;
  // An account's address holds no ":" (RFC 7622 §3.3.1 forbids it in a localpart, and hosts here are names).
  const cut = conversation.indexOf(":", 3);
  const both = [conversation.slice(3, cut) as UserId, conversation.slice(cut + 1) as UserId] as const;
  if (members.size >= membersBound) members.clear();
  members.set(conversation, both);
  return both;
}

/** Asked half a dozen times for each message: the same strings each time are also found faster by those who look them up. */
const members = new Map<ConversationId, readonly [UserId, UserId]>();
const membersBound = 10_000;

/** The other account of a direct conversation (oneself, in a conversation with oneself). */
export function peerOf(conversation: ConversationId, user: UserId): UserId | undefined {
  const members = membersOfDirect(conversation);
  if (members === undefined) return undefined;
  return members[0] === user ? members[1] : members[0];
}
