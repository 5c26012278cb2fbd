// What this node wants to hear, counted, so that the bus is told once when the first wants it and when the last is gone.
import type { Bus, InterestKey } from "../bus/bus.ts";
import { type ConversationId, membersOfDirect, type UserId } from "../model/ids.ts";

export class Interests {
  readonly #bus: Pick<Bus, "watch" | "unwatch">;
  readonly #counts = new Map<InterestKey, number>();

  constructor(bus: Pick<Bus, "watch" | "unwatch">) {
    this.#bus = bus;
  }

  async add(key: InterestKey): Promise<void> {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    await this.#bus.watch(key); // idempotent: a second one waits for the first's registration
  }

  drop(key: InterestKey): void {
    const count = this.#counts.get(key);
    if (count === undefined) return;
    if (count > 1) this.#counts.set(key, count - 1);
    else {
      this.#counts.delete(key);
      this.#bus.unwatch(key);
    }
  }
}

export function userKey(user: string): InterestKey {
  return `user:${user}`;
}

/** Where news of a conversation is announced, when that of an account is announced at `keyOf` it; made once for each pair. */
export function announcedAt(
  keyOf: (user: UserId) => InterestKey,
): (conversation: ConversationId) => readonly InterestKey[] {
  const keysOfMembers = new WeakMap<readonly UserId[], readonly InterestKey[]>();
  return (conversation) => {
    const members = membersOfDirect(conversation);
    if (members === undefined) return [conversation];
    let keys = keysOfMembers.get(members);
    if (keys === undefined) keysOfMembers.set(members, (keys = members.map(keyOf)));
    return keys;
  };
}

/** Where those are who are told of a conversation besides its entries: accounts. */
export const keysOf = announcedAt(userKey);

export function presenceKey(user: string): InterestKey {
  return `presence:${user}`;
}

export function topicsKey(host: string): InterestKey {
  return `topics:${host}`;
}

/** What is for one node alone. */
export function nodeKey(node: string): InterestKey {
  return `node:${node}`;
}

export const nodesKey: InterestKey = "nodes";
