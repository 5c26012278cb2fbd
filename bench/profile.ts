// node dist/bench/profile.js [--skip SECONDS] FILE.cpuprofile…: where the time of each thread went, by function and by file.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { parseArgs } from "node:util";

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  // The start of a process is not what a message costs.
  options: { skip: { type: "string", default: "0" } },
});
for (const file of positionals) summarise(file, Number(values.skip) * 1e6);

function summarise(file: string, skipMicros: number): void {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, "utf8")) as Profile;
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const byFunction = new Map<string, number>();
  const byFile = new Map<string, number>();
  let busy = 0;
  let at = 0;
  for (const [index, id] of samples.entries()) {
    const { functionName, url, lineNumber } = frames.get(id)!;
    const micros = timeDeltas[index]!;
    at += micros;
    if (functionName === "(idle)" || at < skipMicros) continue;
    busy += micros;
    const place = url === "" ? "" : shorten(url);
    add(
      byFunction,
      `${functionName === "" ? "(anonymous)" : functionName} ${place === "" ? "" : `${place}:${lineNumber + 1}`}`,
      micros,
    );
    add(byFile, place === "" ? functionName : place, micros);
  }
  console.log(`\n${basename(file)}: busy ${Math.round(busy / 1_000)} ms`);
  for (const [title, table, rows] of [
    ["function", byFunction, 40],
    ["file", byFile, 20],
  ] as const) {
    console.log(`  by ${title}`);
    const sorted = [...table].toSorted(([, a], [, b]) => b - a).slice(0, rows);
    for (const [name, micros] of sorted) console.log(`  ${((micros * 100) / busy).toFixed(1).padStart(6)} %  ${name}`);
  }
}

function add(table: Map<string, number>, key: string, micros: number): void {
  table.set(key, (table.get(key) ?? 0) + micros);
}

function shorten(url: string): string {
  return url.replace(/^file:\/\//, "").replace(/^.*\/(dist|node_modules)\//, "");
}
