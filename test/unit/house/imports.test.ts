import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

/** A file, what it imports, and what the refusal says. */
const refused: readonly (readonly [file: string, imports: string, reason: RegExp])[] = [
  ["src/model/a.ts", "../store/store.ts", /model imports nothing but itself/],
  ["src/model/b.ts", "zod", /model imports nothing but itself/],
  ["src/routing/a.ts", "pg", /belongs in its adapter/],
  ["src/routing/b.ts", "ws", /belong in src\/net/],
  ["src/routing/c.ts", "../store/sqlite/index.ts", /adapters are chosen in main\.ts/],
  ["src/sessions/a.ts", "../../protocols/mqtt/index.ts", /knows no protocol/],
  ["src/sessions/b.ts", "../net/tcp-listener.ts", /sessions, not sockets/],
  ["src/people/a.ts", "../main.ts", /nobody imports them/],
  ["src/index.ts", "./store/postgres/index.ts", /adapters are chosen in main\.ts/],
  ["src/create-core.ts", "./bus/redis/index.ts", /adapters are chosen in main\.ts/],
  ["src/store/sqlite/a.ts", "pg", /belongs in its adapter/],
  ["src/store/postgres/a.ts", "better-sqlite3", /belongs in its adapter/],
  ["src/store/memory/a.ts", "../../routing/router.ts", /contract with model alone/],
  ["src/bus/redis/a.ts", "../../sessions/registry.ts", /contract with model alone/],
  ["src/net/a.ts", "../store/store.ts", /links, not sessions or stores/],
  ["src/net/b.ts", "mqtt-packet", /net carries bytes/],
  ["src/ops/a.ts", "../routing/router.ts", /serves every part/],
  ["protocols/xmpp/a.ts", "../mqtt/index.ts", /never import each other/],
  ["protocols/xmpp/features/a.ts", "../../json/index.ts", /never import each other/],
  ["protocols/mqtt/a.ts", "../../src/core.ts", /imports #core alone/],
  ["protocols/mqtt/packets/a.ts", "../../xmpp/index.ts", /never import each other/],
  ["protocols/json/a.ts", "ws", /ws and fastify live in src\/net/],
  ["protocols/json/b.ts", "../mqtt/index.ts", /never import each other/],
  ["protocols/json/c.ts", "pg", /through #core alone/],
  ["conformance/xmpp/a.ts", "#core", /imports nothing of ours/],
  ["conformance/mqtt/a.ts", "../../src/index.ts", /imports nothing of ours/],
  ["conformance/b.ts", "../protocols/json/index.ts", /imports nothing of ours/],
];

const accepted: readonly (readonly [file: string, imports: string])[] = [
  ["src/model/c.ts", "./ids.ts"],
  ["src/routing/d.ts", "../sessions/registry.ts"],
  ["src/routing/e.ts", "../store/store.ts"],
  ["src/store/sqlite/b.ts", "better-sqlite3"],
  ["src/store/postgres/b.ts", "pg"],
  ["src/bus/redis/b.ts", "ioredis"],
  ["src/net/c.ts", "ws"],
  ["src/net/d.ts", "../ops/log.ts"],
  ["src/main.ts", "./store/sqlite/index.ts"],
  ["src/cli/a.ts", "../store/sqlite/index.ts"],
  ["protocols/xmpp/b.ts", "#core"],
  ["protocols/xmpp/features/b.ts", "../addressing.ts"],
  ["protocols/json/verbs/a.ts", "zod"],
  ["protocols/mqtt/b.ts", "mqtt-packet"],
  ["conformance/clients/a.ts", "ws"],
  ["test/journeys/a.ts", "../../protocols/json/index.ts"],
];

describe("the import rules", () => {
  let findings: ReadonlyMap<string, string>;
  before(function () {
    this.timeout(20_000);
    findings = lint([...refused, ...accepted]);
  });

  for (const [file, imports, reason] of refused) {
    it(`refuse ${imports} in ${file}`, () => {
      assert.match(findings.get(file) ?? "nothing was found", reason);
    });
  }

  for (const [file, imports] of accepted) {
    it(`accept ${imports} in ${file}`, () => {
      assert.equal(findings.get(file), undefined);
    });
  }
});

/** Plants the files in a folder of their own and returns what the linter says about imports, by file. */
function lint(planted: readonly (readonly [string, string, ...unknown[]])[]): ReadonlyMap<string, string> {
  const folder = mkdtempSync(join(tmpdir(), "trivium-planted-"));
  try {
    const rules = JSON.parse(readFileSync(join(root, ".oxlintrc.json"), "utf8"));
    writeFileSync(join(folder, ".oxlintrc.json"), JSON.stringify({ ...rules, options: {} }));
    for (const [file, imports] of planted) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), `import { thing } from "${imports}";\nconsole.log(thing);\n`);
    }
    const run = spawnSync(join(root, "node_modules/.bin/oxlint"), ["--format", "json"], {
      cwd: folder,
      encoding: "utf8",
    });
    const { diagnostics } = JSON.parse(run.stdout) as {
      diagnostics: { filename: string; code: string; help?: string }[];
    };
    return new Map(
      diagnostics
        .filter(({ code }) => code.includes("no-restricted-imports"))
        .map(({ filename, help }) => [filename, help ?? ""]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
