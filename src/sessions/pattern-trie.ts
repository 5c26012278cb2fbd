// Topic filters by level, so that matching costs the topic's depth and not the number of filters (MQTT 5.0 §4.7).
import { SmallMap } from "../model/small-map.ts";

/** Most devices have topics of their own: nodes with one child, or none. */
class Node<Value> {
  children: SmallMap<string, Node<Value>> | undefined;
  /** Values of the filter that ends here, by their key. */
  values: SmallMap<string, Value> | undefined;
}

/** Many values under each filter, one for each key. */
export class PatternTrie<Value> {
  readonly #root = new Node<Value>();
  #size = 0;
  #version = 0;

  get size(): number {
    return this.#size;
  }

  /** Grows with every change; what was matched before may be kept while it stays the same. */
  get version(): number {
    return this.#version;
  }

  set(filter: string, key: string, value: Value): void {
    let node = this.#root;
    for (const level of filter.split("/")) {
      let child = node.children?.get(level);
      if (child === undefined) (node.children ??= new SmallMap()).set(level, (child = new Node()));
      node = child;
    }
    const values = (node.values ??= new SmallMap());
    if (!values.has(key)) this.#size++;
    values.set(key, value);
    this.#version++;
  }

  /** False when there was none. */
  delete(filter: string, key: string): boolean {
    const levels = filter.split("/");
    const path = [this.#root];
    for (const level of levels) {
      const child = path.at(-1)!.children?.get(level);
      if (child === undefined) return false;
      path.push(child);
    }
    if (path.at(-1)!.values?.delete(key) !== true) return false;
    for (let at = levels.length; at > 0; at--) {
      const node = path[at]!;
      if ((node.values?.size ?? 0) > 0 || (node.children?.size ?? 0) > 0) break;
      path[at - 1]!.children!.delete(levels[at - 1]!);
    }
    this.#size--;
    this.#version++;
    return true;
  }

  /** Calls for every value whose filter matches the topic; a value may come under several filters. */
  match(topic: string, found: (value: Value) => void): void {
    const levels = topic.split("/");
    // Wildcards of the first level do not match topics that begin with `$` [MQTT-4.7.2-1].
    walk(this.#root, levels, 0, topic.startsWith("$"), found);
  }
}

function walk<Value>(
  node: Node<Value>,
  levels: readonly string[],
  at: number,
  reserved: boolean,
  found: (value: Value) => void,
): void {
  if (!reserved) {
    const rest = node.children?.get("#");
    if (rest?.values !== undefined) for (const value of rest.values.values()) found(value);
  }
  if (at === levels.length) {
    if (node.values !== undefined) for (const value of node.values.values()) found(value);
    return;
  }
  const exact = node.children?.get(levels[at]!);
  if (exact !== undefined) walk(exact, levels, at + 1, false, found);
  if (reserved) return;
  const any = node.children?.get("+");
  if (any !== undefined) walk(any, levels, at + 1, false, found);
}
