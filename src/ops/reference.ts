// Pages that are made from code, so that they cannot be wrong: `npm run generate` writes them, a test compares.
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { defaultFile } from "./config.ts";
import { jsonSchema, leaves, type Leaf } from "./config-leaves.ts";

/** By path from the package's root. */
export function generatedFiles(): Readonly<Record<string, string>> {
  return {
    "config/schema.json": `${JSON.stringify({ title: "Trivium's configuration", ...jsonSchema }, undefined, 2)}\n`,
    "docs/reference/configuration.md": configurationPage(),
    "docs/reference/limits.md": limitsPage(),
  };
}

const notice = "<!-- Made by `npm run generate` from src/ops/config-schema.ts and config/default.yaml. -->";

function configurationPage(): string {
  const defaults = defaultsByKey();
  const rows = leaves.map((leaf) => {
    const { key, variable, flag, description } = leaf;
    return `| \`${key}\` | ${code(defaults.get(key))} | ${allowed(leaf)} | \`${variable}\` | \`${flag}\` | ${cell(description)} |`;
  });
  return `${notice}

# Configuration

Each source overrides those before it: \`config/default.yaml\`, your own file (\`--config FILE\` or \`TRIVIUM_CONFIG\`, holding just
what differs), \`TRIVIUM_*\` variables, flags of \`trivium start\`. A key, variable or flag that does not exist is refused with the
nearest that does. A list of texts is written with commas in a variable or a flag, anything deeper as YAML (or JSON).
\`trivium config print\` shows what is in force, without passwords; \`trivium config check\` only says whether it is right. \`config/schema.json\` is the JSON Schema of the file, for editors.

| key | default | allowed | variable | flag | meaning |
|---|---|---|---|---|---|
${rows.join("\n")}
`;
}

function limitsPage(): string {
  const defaults = defaultsByKey();
  const rows = leaves
    .filter(({ key }) => key.startsWith("limits.") || (/^(?:http|tls)\./.test(key) && key.endsWith("_ms")))
    .map(({ key, description }) => `| \`${key}\` | ${code(defaults.get(key))} | ${cell(description)} |`);
  return `${notice}

# Limits

Everything a client can grow has a bound, and something named happens at the bound. While clients meet one, the log names
its setting every ten seconds (\`limit_reached\`).

| key | default | what it bounds, and what happens there |
|---|---|---|
${rows.join("\n")}

Fixed: 16 KB and 100 headers for an HTTP request (431); 64 KB for its body (413); 1,024 fragments and 4,096 pieces for one
WebSocket frame (closes with 1008); 5 s for a peer to answer a goodbye before it is cut; 5 s and 4,112 bytes for a PROXY header,
1,000 connections that wait for one (closed); 200 subscriptions of an MQTT session to topics of conversations (0x97);
10,000 BOSH sessions, and from one address as many as sockets (\`policy-violation\`), with 1 MiB that waits for a client
which asks for nothing (\`policy-violation\`); of an account 500 nodes, 20,000 items in them and 32 MiB of payloads, of the PubSub service
10,000, 200,000 and 512 MiB (\`resource-constraint\`); 10,000 items of a node (the oldest go), 256 KiB for a payload
(\`payload-too-big\`), 10,000 subscriptions and affiliations (\`too-many-subscriptions\`); tokens for 100 clients of an account (those
that would end first go).
`;
}

function defaultsByKey(): ReadonlyMap<string, unknown> {
  const tree = parse(readFileSync(defaultFile, "utf8")) as Record<string, unknown>;
  return new Map(
    leaves.map(({ key }) => {
      const names = key.split(".");
      return [key, names.reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], tree)];
    }),
  );
}

function allowed({ kind, choices, minimum, maximum }: Leaf): string {
  if (choices !== undefined) return choices.map(code).join(", ");
  if (kind !== "integer") return allowedOf[kind];
  return maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? `≥ ${minimum}` : `${minimum}–${maximum}`;
}

const allowedOf = {
  string: "text",
  boolean: "`true`, `false`",
  list: "list of texts",
  structure: "see `config/schema.json`",
} as const satisfies Record<Exclude<Leaf["kind"], "integer">, string>;

function code(value: unknown): string {
  return value === "" ? "empty" : `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
