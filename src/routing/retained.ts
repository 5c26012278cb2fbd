// The last value of each topic, for whoever subscribes later (MQTT 5.0 §3.3.1.3). In memory here, durable in the store.
import type { Publication } from "../model/event.ts";

class Node {
  readonly children = new Map<string, Node>();
  value: Publication | undefined;
  /** When it was set, as a number that grows. */
  version = 0;
}

export interface RetainedBounds {
  readonly messages: number;
  /** Of payloads and topics. */
  readonly bytes: number;
}

export class Retained {
  readonly #root = new Node();
  readonly #bounds: RetainedBounds;
  #size = 0;
  #bytes = 0;
  #topicBytes = 0;
  #version = 0;
  /** Nothing expires before. */
  #soonest = Infinity;

  constructor(bounds: RetainedBounds) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#size;
  }

  /** Of the payloads. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether the publication may be kept: it deletes, or there is room for what it adds. */
  admits({ topic, payload }: Publication): boolean {
    if (payload.length === 0) return true;
    const { messages, bytes } = this.#bounds;
    const before = this.#find(topic)?.value;
    if (before !== undefined && payload.length <= before.payload.length) return true;
    const more = before === undefined ? topic.length + payload.length : payload.length - before.payload.length;
    return (before !== undefined || this.#size < messages) && this.#bytes + this.#topicBytes + more <= bytes;
  }

  /** Replaces the topic's value; an empty payload deletes it [MQTT-3.3.1-6]. */
  set(publication: Publication): void {
    if (publication.payload.length === 0) return this.#delete(publication.topic);
    let node = this.#root;
    for (const level of publication.topic.split("/")) {
      let child = node.children.get(level);
      if (child === undefined) node.children.set(level, (child = new Node()));
      node = child;
    }
    if (node.value === undefined) {
      this.#size++;
      this.#topicBytes += publication.topic.length;
    }
    this.#bytes += publication.payload.length - (node.value?.payload.length ?? 0);
    node.value = publication;
    node.version = ++this.#version;
    if (publication.expiresAt !== undefined) this.#soonest = Math.min(this.#soonest, publication.expiresAt);
  }

  /** Takes what is stored for the truth, but for topics that changed after `since` (Unix milliseconds). */
  async reconcile(stored: AsyncIterable<readonly Publication[]>, since: number): Promise<void> {
    const topics = new Set<string>();
    for await (const page of stored) {
      for (const publication of page) {
        topics.add(publication.topic);
        const known = this.#find(publication.topic)?.value;
        if (known === undefined || known.at < publication.at) this.set(publication);
      }
    }
    for (const { value } of everything(this.#root, false))
      if (value !== undefined && value.at < since && !topics.has(value.topic)) this.#delete(value.topic);
  }

  /** Values of the topics that the filter matches, unless expired. */
  match(filter: string, nowMs: number): Publication[] {
    return [...this.walk(filter)].filter(({ expiresAt }) => expiresAt === undefined || expiresAt > nowMs);
  }

  /**
   * The same one by one, as they are when they are asked for, but for those that came after the first was asked for: so
   * that a walk through a hundred thousand may take as long as its reader, and holds none of them.
   */
  *walk(filter: string): Generator<Publication> {
    const until = this.#version;
    for (const { value, version } of nodesOf(this.#root, filter.split("/"), 0))
      if (value !== undefined && version <= until) yield value;
  }

  /** Forgets what has expired; costs nothing until the first may have. */
  sweep(nowMs: number): void {
    if (nowMs < this.#soonest) return;
    this.#soonest = Infinity;
    for (const { value } of everything(this.#root, false))
      if (value?.expiresAt !== undefined && value.expiresAt > nowMs)
        this.#soonest = Math.min(this.#soonest, value.expiresAt);
    for (const { value } of everything(this.#root, false))
      if (value?.expiresAt !== undefined && value.expiresAt <= nowMs) this.#delete(value.topic);
  }

  #find(topic: string): Node | undefined {
    let node: Node | undefined = this.#root;
    for (const level of topic.split("/")) node = node?.children.get(level);
    return node;
  }

  #delete(topic: string): void {
    const levels = topic.split("/");
    const path = [this.#root];
    for (const level of levels) {
      const child = path.at(-1)!.children.get(level);
      if (child === undefined) return;
      path.push(child);
    }
    if (path.at(-1)!.value === undefined) return;
    this.#bytes -= path.at(-1)!.value!.payload.length;
    path.at(-1)!.value = undefined;
    this.#size--;
    this.#topicBytes -= topic.length;
    for (let at = levels.length; at > 0 && path[at]!.value === undefined && path[at]!.children.size === 0; at--) {
      path[at - 1]!.children.delete(levels[at - 1]!);
    }
  }
}

/** Maps may change while they are walked: what is removed is passed over, what is added comes last. */
function* nodesOf(node: Node, filter: readonly string[], at: number): Generator<Node> {
  if (at === filter.length) return yield node;
  const level = filter[at]!;
  if (level === "#") return yield* everything(node, at === 0);
  if (level !== "+") {
    const child = node.children.get(level);
    if (child !== undefined) yield* nodesOf(child, filter, at + 1);
    return;
  }
  for (const [name, child] of node.children) {
    if (at > 0 || !name.startsWith("$")) yield* nodesOf(child, filter, at + 1); // [MQTT-4.7.2-1]
  }
}

function* everything(node: Node, first: boolean): Generator<Node> {
  yield node;
  for (const [name, child] of node.children) if (!first || !name.startsWith("$")) yield* everything(child, false);
}
