// Which normative statements of MQTT have a check, by what the suites quote, and which have none and why.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

export interface Statements {
  readonly counts: Readonly<Record<string, number>>;
  readonly unchecked: Readonly<Record<string, string>>;
}

export interface Coverage {
  /** Neither checked nor excused. */
  readonly missing: readonly string[];
  /** Checked, and excused all the same. */
  readonly needless: readonly string[];
  /** Quoted, and not in the standard. */
  readonly unknown: readonly string[];
}

/** Reads the suite's sources: what is quoted as a clause there is checked. */
export async function coverage(folder: string, { counts, unchecked }: Statements): Promise<Coverage> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".ts") && name !== "statements.ts");
  const sources = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  const quoted = new Set(
    sources.flatMap((source) => [...source.matchAll(/"(\[MQTT-[\d.-]+\])"/g)].map(([, id]) => id!)),
  );
  const all = Object.entries(counts).flatMap(([section, count]) =>
    Array.from({ length: count }, (_, n) => `[MQTT-${section}-${n + 1}]`),
  );
  return {
    missing: all.filter((id) => !quoted.has(id) && unchecked[id] === undefined),
    needless: Object.keys(unchecked).filter((id) => quoted.has(id) || !all.includes(id)),
    unknown: [...quoted].filter((id) => !all.includes(id)),
  };
}
