// Names on the wire are seen from the tenant, `dm:alice:bob`; the core's carry it, `dm:alice@h:bob@h`.
import {
  type ConversationId,
  type DeviceId,
  directOf,
  isFilter,
  isTopic,
  kindOf,
  membersOfDirect,
  preparedName,
  roomNameOf,
  roomOf,
  shareOf,
  topicLogOf,
  topicOfLog,
  type UserId,
  usernameCaseMapped,
  userOf,
} from "#core";
import { Refusal } from "./faults.ts";

const hostName = /^[a-z0-9](?:[a-z0-9.-]{0,253}[a-z0-9])?$/;
const plain = /^[a-z0-9._-]{1,128}$/;

/** Translates names for one tenant. */
export class Names {
  readonly host: string;
  readonly #suffix: string;

  constructor(host: string) {
    this.host = host;
    this.#suffix = `@${host}`;
  }

  /** `alice`; with its host when that is another tenant. */
  ofUser(user: UserId): string {
    if (user.endsWith(this.#suffix)) return user.slice(0, -this.#suffix.length);
    return user.includes("@") ? user : `@${user}`; // a host that speaks for itself
  }

  ofConversation(conversation: ConversationId): string {
    const direct = membersOfDirect(conversation);
    if (direct !== undefined) return `dm:${this.ofUser(direct[0])}:${this.ofUser(direct[1])}`;
    if (kindOf(conversation) === "topic") return `topic:${topicOfLog(conversation)}`;
    return conversation.endsWith(this.#suffix) ? `room:${roomNameOf(conversation)}` : conversation;
  }

  /** `alice` or `alice@host`. Refused: malformed names as bad-request, other tenants' as not-found. */
  user(text: string): UserId {
    return userOf(this.#local(text), this.host);
  }

  /** The same for whom one may write to: with another host, somebody there, of whom the core knows whether there is. */
  peer(text: string): UserId {
    const at = text.lastIndexOf("@");
    const host = at === -1 ? this.host : text.slice(at + 1).toLowerCase();
    if (host === this.host) return this.user(text);
    if (!hostName.test(host)) throw new Refusal("bad-request", "malformed name");
    const local = at === 0 ? "" : usernameCaseMapped(text.slice(0, at));
    if (local === undefined) throw new Refusal("bad-request", "malformed name");
    return local === "" ? (host as UserId) : userOf(local, host);
  }

  /** A direct conversation of this account, in either order, or a room. */
  conversation(text: string, self: UserId): ConversationId {
    if (text.startsWith("room:")) return this.room(text);
    const parts = text.split(":");
    if (parts[0] !== "dm" || parts.length !== 3)
      throw new Refusal("bad-request", "c: expected dm:NAME:NAME or room:NAME");
    const one = this.peer(parts[1]!);
    const other = this.peer(parts[2]!);
    // Others' conversations look like ones that do not exist.
    if (one !== self && other !== self) throw new Refusal("not-found", "no such conversation");
    return directOf(one, other);
  }

  /** What has a log: the same, and a kept topic. */
  log(text: string, self: UserId, chatPrefix: string): ConversationId {
    return text.startsWith("topic:") ? this.topic(text, chatPrefix) : this.conversation(text, self);
  }

  /** The log of a topic, should it be kept. */
  topic(text: string, chatPrefix: string): ConversationId {
    return topicLogOf(topicOf(text, chatPrefix), this.host);
  }

  room(text: string): ConversationId {
    if (!text.startsWith("room:")) throw new Refusal("bad-request", "c: expected room:NAME");
    return roomOf(this.#local(text.slice("room:".length)), this.host);
  }

  #local(text: string): string {
    if (plain.test(text)) return text; // nearly all, without the cost of the rest
    const at = text.lastIndexOf("@");
    const local = preparedName(at === -1 ? text : text.slice(0, at));
    if (local === undefined) throw new Refusal("bad-request", "malformed name");
    if (at !== -1 && text.slice(at).toLowerCase() !== this.#suffix) throw new Refusal("not-found", "no such name here");
    return local;
  }
}

export function deviceOf(text: string): DeviceId {
  return `json:${text}` as DeviceId;
}

/** `pixel-7` of `json:pixel-7`; devices of other protocols keep their prefix. */
export function deviceName(device: DeviceId): string {
  return device.startsWith("json:") ? device.slice("json:".length) : device;
}

/** A plain topic, with or without its `topic:`; refuses those that are not for a client to publish to. */
export function topicOf(text: string, chatPrefix: string): string {
  const topic = text.startsWith("topic:") ? text.slice("topic:".length) : text;
  if (!isTopic(topic)) throw new Refusal("bad-request", "malformed topic");
  refuseReserved(topic, chatPrefix);
  return topic;
}

/** The same for a filter with `+` and `#`. */
export function filterOf(text: string, chatPrefix: string): string {
  const filter = text.startsWith("topic:") ? text.slice("topic:".length) : text;
  if (!isFilter(filter)) throw new Refusal("bad-request", "malformed topic filter");
  refuseReserved(shareOf(filter)?.filter ?? filter, chatPrefix);
  return filter;
}

function refuseReserved(topic: string, chatPrefix: string): void {
  // A plain message on a chat topic would look like one from the conversation to whoever subscribed with a wildcard.
  const first = topic.split("/", 1)[0]!;
  if (first.startsWith("$") || first === chatPrefix)
    throw new Refusal("forbidden", `topics below ${first} are the server's own`);
}
