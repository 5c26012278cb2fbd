// The single settings of the schema, with the names that follow from their keys.
import { z } from "zod";
import { configSchema } from "./config-schema.ts";

export interface Leaf {
  /** `http.port` */
  readonly key: string;
  /** `TRIVIUM_HTTP_PORT` */
  readonly variable: string;
  /** `--http-port` */
  readonly flag: string;
  /** `structure`: given as YAML in a variable or a flag. */
  readonly kind: "string" | "integer" | "boolean" | "list" | "structure";
  readonly choices: readonly string[] | undefined;
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  readonly description: string;
}

interface Node {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Node;
  readonly properties?: Readonly<Record<string, Node>>;
}

export const jsonSchema = z.toJSONSchema(configSchema);

export const leaves: readonly Leaf[] = leavesOf("", jsonSchema as Node);

/** The keys that hold others: `http`, `auth`, `auth.webhook`. */
export const sections: readonly string[] = [...new Set(leaves.flatMap(({ key }) => above(key)))];

function above(key: string): string[] {
  const names = key.split(".");
  return names.slice(1).map((_, at) => names.slice(0, at + 1).join("."));
}

function leavesOf(key: string, node: Node): readonly Leaf[] {
  if (node.properties !== undefined) {
    return Object.entries(node.properties).flatMap(([name, inner]) =>
      leavesOf(key === "" ? name : `${key}.${name}`, inner),
    );
  }
  const words = key.replaceAll(".", "_");
  return [
    {
      key,
      variable: `TRIVIUM_${words.toUpperCase()}`,
      flag: `--${words.replaceAll("_", "-")}`,
      kind: kindOf(node),
      choices: node.enum,
      minimum: node.minimum,
      maximum: node.maximum,
      description: node.description ?? "",
    },
  ];
}

function kindOf({ type, items }: Node): Leaf["kind"] {
  if (type === "array") return items?.type === "string" ? "list" : "structure";
  return type === "integer" || type === "boolean" || type === "string" ? type : "structure";
}
