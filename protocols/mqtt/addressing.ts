// Topics under `chat/`, seen from the connected account, and the conversations they stand for.
import {
  type ConversationId,
  directOf,
  Fault,
  hostOf,
  isTopic,
  kindOf,
  membersOfDirect,
  nameOf,
  peerOf,
  preparedName,
  roomNameOf,
  roomOf,
  topicLogOf,
  topicOfLog,
  usernameCaseMapped,
  userOf,
  type UserId,
} from "#core";

/** Families of chat topics; `#` below stands for a name. Every topic and filter under the prefix is one of these or nothing. */
const templates = {
  dm: ["dm", "#"],
  dmText: ["dm", "#", "text"],
  room: ["room", "#"],
  roomText: ["room", "#", "text"],
  presence: ["presence", "#"],
  typingDm: ["typing", "dm", "#"],
  typingRoom: ["typing", "room", "#"],
  receiptDm: ["receipt", "dm", "#"],
  receiptRoom: ["receipt", "room", "#"],
  historyDm: ["history", "dm", "#"],
  historyRoom: ["history", "room", "#"],
  /** Of a kept topic, all of whose levels follow. */
  historyTopic: ["history", "topic", "#"],
} as const satisfies Record<string, readonly string[]>;

export type Family = keyof typeof templates;
export const families = Object.keys(templates) as readonly Family[];

export interface ChatTopic {
  readonly family: Family;
  readonly name: string;
}

/** Which names of each family a filter reaches: one, or all. */
export type Reach = { readonly [F in Family]?: string | typeof everyone };
export const everyone: unique symbol = Symbol("every name");

/** The username or a name in a topic, `alice` or `alice@host`. Undefined when it is no account of this host. */
export function userNamed(name: string, host: string): UserId | undefined {
  const at = name.lastIndexOf("@");
  const local = at === -1 ? name : name.slice(0, at);
  if (at !== -1 && name.slice(at + 1).toLowerCase() !== host) return undefined;
  const canonical = preparedName(local);
  return canonical === undefined ? undefined : userOf(canonical, host);
}

export class Addressing {
  readonly #prefix: string;
  readonly #host: string;

  constructor(prefix: string, host: string) {
    this.#prefix = prefix;
    this.#host = host;
  }

  /** Whether topic or filter lies under the prefix. A filter that begins with a wildcard does not, as with `$` topics. */
  isChat(topic: string): boolean {
    return (
      topic.startsWith(this.#prefix) &&
      (topic.length === this.#prefix.length || topic.charCodeAt(this.#prefix.length) === 0x2f)
    );
  }

  /** The family and name of a topic under the prefix; undefined: there is no such chat topic. */
  parse(topic: string): ChatTopic | undefined {
    const levels = topic.split("/").slice(1);
    const kept = keptIn(levels);
    if (kept !== undefined) return { family: "historyTopic", name: kept };
    for (const family of families) {
      const name = bind(levels, templates[family]);
      if (typeof name === "string") return { family, name };
    }
    return undefined;
  }

  /** What a filter under the prefix reaches; empty when it can match no chat topic. */
  reach(filter: string): Reach {
    const levels = filter.split("/").slice(1);
    const reach: { [F in Family]?: string | typeof everyone } = {};
    const kept = keptIn(levels);
    if (kept !== undefined && isTopic(kept)) return { historyTopic: kept };
    for (const family of families) {
      const name = bind(levels, templates[family]);
      // Topics are sent under canonical names, so a filter with another spelling would match nothing.
      if (name !== undefined && (name === everyone || name === preparedName(name))) reach[family] = name;
    }
    return reach;
  }

  /** The account or room a topic names. Fault `not-found` when none can have that name. */
  userOf(name: string): UserId {
    const user = userNamed(name, this.#host);
    if (user === undefined) throw new Fault("not-found", "no such account");
    return user;
  }

  conversationOf({ family, name }: ChatTopic, me: UserId): ConversationId {
    if (family === "historyTopic") return topicLogOf(name, this.#host);
    if (family.endsWith("Room") || family.startsWith("room")) {
      const room = preparedName(name);
      if (room === undefined) throw new Fault("not-found", "no such room");
      return roomOf(room, this.#host);
    }
    return directOf(me, this.#peer(name));
  }

  /** With another host, somebody there: whether there is anybody the core knows. */
  #peer(name: string): UserId {
    const at = name.lastIndexOf("@");
    const host = at === -1 ? this.#host : name.slice(at + 1).toLowerCase();
    const local = host === this.#host ? undefined : usernameCaseMapped(decoded(name.slice(0, at)));
    return local === undefined ? this.userOf(name) : userOf(local, host);
  }

  topic(family: Family, name: string): string {
    return `${this.#prefix}/${templates[family].map((level) => (level === "#" ? name : level)).join("/")}`;
  }
}

function decoded(name: string): string {
  return name.replace(/%(?:25|2B|23)/g, (each) => decodeURIComponent(each));
}

/** The topic behind `history/topic/`: of any depth, wildcards included. */
function keptIn(levels: readonly string[]): string | undefined {
  if (levels.length < 3 || levels[0] !== "history" || levels[1] !== "topic") return undefined;
  return levels.slice(2).join("/");
}

/** How the account calls a conversation: its peer's name, or the room's. */
export function nameFor(conversation: ConversationId, me: UserId): string {
  const peer = peerOf(conversation, me);
  if (peer === undefined) return roomNameOf(conversation);
  return nameIn(conversation, peer).replace(/[%+#]/g, (each) => encodeURIComponent(each)); // what no topic may hold
}

/** What somebody is called there: with the host in a talk with somebody of another, who might else pass for one of ours. */
export function nameIn(conversation: ConversationId, user: UserId): string {
  const members = membersOfDirect(conversation);
  return members === undefined || hostOf(members[0]) === hostOf(members[1]) ? nameOf(user) : user;
}

/** A conversation's id towards clients: without hosts, as in the JSON dialect. */
export function clientId(conversation: ConversationId): string {
  if (kindOf(conversation) === "room") return `room:${roomNameOf(conversation)}`;
  if (kindOf(conversation) === "topic") return `topic:${topicOfLog(conversation)}`;
  const [one, other] = membersOfDirect(conversation)!;
  return `dm:${nameIn(conversation, one)}:${nameIn(conversation, other)}`;
}

/**
 * Matches levels (of a topic or a filter) with a template: the name, or `everyone` where a wildcard stands for it. The
 * level `text` must be written out: a wildcard would otherwise deliver every message twice, as an event and as text.
 */
function bind(levels: readonly string[], template: readonly string[]): string | typeof everyone | undefined {
  let name: string | typeof everyone | undefined;
  for (let at = 0; at < template.length; at++) {
    const level = levels[at];
    const wanted = template[at]!;
    if (level === undefined) return undefined;
    if (level === "#") return wanted === "text" || template.includes("text") ? undefined : (name ?? everyone);
    if (wanted === "#") name = level === "+" ? everyone : level;
    else if (level === "+" ? wanted === "text" : level !== wanted) return undefined;
  }
  const rest = levels.slice(template.length);
  if (rest.length === 0 || (rest.length === 1 && rest[0] === "#")) return name;
  return undefined;
}
