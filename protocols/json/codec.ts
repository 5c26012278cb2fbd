// Frames to lines, lines to JSON objects, and the limits every line keeps before anyone looks at its fields.
import { Refusal } from "./faults.ts";

export type JsonObject = { readonly [key: string]: unknown };

const maxDepth = 32;
const maxKeys = 256;

/** The lines of the frames that came and were not yet handled; a frame holds one message or several, one a line. */
export class Lines {
  #frames: string[] = [];
  #at = 0;

  push(frame: string): void {
    this.#frames.push(frame);
  }

  /** The next line that is not blank, in the order received. */
  next(): string | undefined {
    for (;;) {
      const frame = this.#frames[0];
      if (frame === undefined) return undefined;
      const end = frame.indexOf("\n", this.#at);
      const line = frame.slice(this.#at, end === -1 ? undefined : end);
      this.#at = end + 1;
      if (end === -1) {
        this.#frames.shift();
        this.#at = 0;
      }
      if (line.trim() !== "") return line;
    }
  }

  clear(): void {
    this.#frames = [];
    this.#at = 0;
  }
}

/** Reads one line. Throws a Refusal, and nothing else, for what is no JSON object. */
export function parse(line: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // The parser's own message quotes the text, which may be a body or a password (P9).
    throw new Refusal("bad-request", "not JSON", { word: "bad_json" });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Refusal("bad-request", "a message is a JSON object");
  return value as JsonObject;
}

/** Refuses what is too deep, has too many keys, or a key that would reach a prototype. */
export function check(message: JsonObject): void {
  countKeys(message, 1);
}

function countKeys(value: object, depth: number): number {
  if (depth > maxDepth) throw new Refusal("bad-request", `nested deeper than ${maxDepth}`);
  let keys = 0;
  if (Array.isArray(value)) {
    for (const item of value as unknown[])
      if (typeof item === "object" && item !== null) keys += countKeys(item, depth + 1);
    return keys;
  }
  for (const key in value) {
    keys++;
    if (key === "__proto__" || key === "constructor" || key === "prototype")
      throw new Refusal("bad-request", "refused key");
    const item = (value as JsonObject)[key];
    if (typeof item === "object" && item !== null) keys += countKeys(item, depth + 1);
    if (keys > maxKeys) throw new Refusal("bad-request", `more than ${maxKeys} keys`);
  }
  return keys;
}
