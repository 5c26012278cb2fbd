// Reads the configuration: the defaults, a file, TRIVIUM_* variables, flags; each overrides those before it.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { closest } from "fastest-levenshtein";
import { parse, parseDocument } from "yaml";
import { leaves, sections, type Leaf } from "./config-leaves.ts";
import { configSchema, type Config } from "./config-schema.ts";

export interface ConfigSources {
  /** A file that overrides the defaults. */
  readonly file?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** By flag name, `--http-port`. */
  readonly flags?: Readonly<Record<string, string>>;
}

/** What is wrong with a configuration, all of it, one complaint a line. */
export class ConfigError extends Error {
  constructor(complaints: readonly string[]) {
    super(complaints.join("\n"));
    this.name = "ConfigError";
  }
}

/** The package's own default.yaml. */
export const defaultFile = fileURLToPath(new URL("../../../config/default.yaml", import.meta.url));

/** A value with the place it came from. */
interface Setting {
  readonly value: unknown;
  readonly from: string;
}

/** Throws a ConfigError. */
export function loadConfig(sources: ConfigSources): Config {
  const settings = new Map<string, Setting>();
  const complaints: string[] = [];
  const file = sources.file ?? sources.env["TRIVIUM_CONFIG"];
  addFile(defaultFile, settings, complaints);
  if (file !== undefined && file !== "") addFile(file, settings, complaints);
  addVariables(sources.env, settings, complaints);
  addFlags(sources.flags ?? {}, settings, complaints);
  if (complaints.length > 0) throw new ConfigError(complaints);
  return checked(settings);
}

function addFile(file: string, settings: Map<string, Setting>, complaints: string[]): void {
  const document = parseDocument(readText(file));
  if (document.errors.length > 0) {
    // The parser quotes the file's text, which may hold a password.
    complaints.push(
      ...document.errors.map(
        ({ linePos, code }) => `${file}:${linePos?.[0].line ?? 1}: not YAML (${code.toLowerCase()})`,
      ),
    );
    return;
  }
  const content: unknown = document.toJS() ?? {};
  addObject(content, "", file, settings, complaints);
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new ConfigError([`cannot read ${file}: ${(cause as NodeJS.ErrnoException).code}`]);
  }
}

function addObject(
  content: unknown,
  at: string,
  from: string,
  settings: Map<string, Setting>,
  complaints: string[],
): void {
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    complaints.push(`${from}: ${at === "" ? "the file" : at} must hold keys and values`);
    return;
  }
  for (const [name, value] of Object.entries(content)) {
    const key = at === "" ? name : `${at}.${name}`;
    if (sections.includes(key)) addObject(value, key, from, settings, complaints);
    else if (leaves.some((leaf) => leaf.key === key)) settings.set(key, { value, from });
    else
      complaints.push(
        `${from}: unknown key ${key}; did you mean ${nearest(key, [...sections, ...leaves.map((leaf) => leaf.key)])}?`,
      );
  }
}

function addVariables(env: ConfigSources["env"], settings: Map<string, Setting>, complaints: string[]): void {
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith("TRIVIUM_") || variable === "TRIVIUM_CONFIG" || text === undefined) continue;
    const leaf = leaves.find((one) => one.variable === variable);
    if (leaf !== undefined) settings.set(leaf.key, { value: valueOf(leaf, text), from: variable });
    else
      complaints.push(
        `unknown variable ${variable}; did you mean ${nearest(variable, [...leaves.map((one) => one.variable), "TRIVIUM_CONFIG"])}?`,
      );
  }
}

function addFlags(flags: Readonly<Record<string, string>>, settings: Map<string, Setting>, complaints: string[]): void {
  for (const [flag, text] of Object.entries(flags)) {
    const leaf = leaves.find((one) => one.flag === flag);
    if (leaf !== undefined) settings.set(leaf.key, { value: valueOf(leaf, text), from: flag });
    else
      complaints.push(
        `unknown flag ${flag}; did you mean ${nearest(
          flag,
          leaves.map((one) => one.flag),
        )}?`,
      );
  }
}

/** What is no number stays text, for the schema to complain about. */
function valueOf(leaf: Leaf, text: string): unknown {
  if (leaf.kind === "integer") return /^-?\d+$/.test(text) ? Number(text) : text;
  if (leaf.kind === "boolean") return text === "true" ? true : text === "false" ? false : text;
  if (leaf.kind === "structure") return structureOf(text);
  if (leaf.kind === "list")
    return text
      .split(",")
      .map((one) => one.trim())
      .filter((one) => one !== "");
  return text;
}

/** YAML, and so JSON too. What is neither stays text. */
function structureOf(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return text; // without the parser's words, which quote it: it may hold a password
  }
}

function checked(settings: ReadonlyMap<string, Setting>): Config {
  const parsed = configSchema.safeParse(treeOf(settings));
  if (!parsed.success) {
    throw new ConfigError(
      parsed.error.issues.map(({ path, message }) => `${origin(path, settings)}: ${path.join(".")}: ${message}`),
    );
  }
  if (parsed.data.store === "postgres" && parsed.data.postgres.url === "") {
    throw new ConfigError([`${settings.get("store")?.from}: store is postgres, but postgres.url is empty`]);
  }
  const { tls, proxy_protocol: proxies } = parsed.data;
  if ((tls.cert === "") !== (tls.key === ""))
    throw new ConfigError([`${settings.get("tls.cert")?.from}: tls.cert and tls.key go together`]);
  if (tls.cert === "" && tls.hosts.length > 0)
    throw new ConfigError([`${settings.get("tls.hosts")?.from}: tls.hosts are for further names; tls.cert is empty`]);
  if (tls.client_certificates !== "none" && tls.ca === "")
    throw new ConfigError([`${settings.get("tls.client_certificates")?.from}: tls.client_certificates need tls.ca`]);
  if (proxies.listeners.length > 0 && proxies.trusted.length === 0)
    throw new ConfigError([
      `${settings.get("proxy_protocol.listeners")?.from}: proxy_protocol.trusted must name the proxies`,
    ]);
  return parsed.data;
}

/** Where the value came from, or the one that it is a part of. */
function origin(path: readonly PropertyKey[], settings: ReadonlyMap<string, Setting>): string {
  for (let length = path.length; length > 0; length--) {
    const setting = settings.get(path.slice(0, length).join("."));
    if (setting !== undefined) return setting.from;
  }
  return defaultFile;
}

function treeOf(settings: ReadonlyMap<string, Setting>): Record<string, unknown> {
  const tree: Record<string, unknown> = {};
  for (const [key, { value }] of settings) {
    const names = key.split(".");
    let at = tree;
    for (const name of names.slice(0, -1)) at = (at[name] ??= {}) as Record<string, unknown>;
    at[names.at(-1)!] = value;
  }
  return tree;
}

function nearest(wrong: string, right: readonly string[]): string {
  return right.find((one) => one.startsWith(wrong)) ?? closest(wrong, right);
}
