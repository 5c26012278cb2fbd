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
  readonly kind: "string" | "integer" | "list";
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
  readonly properties?: Readonly<Record<string, Node>>;
}

export const jsonSchema = z.toJSONSchema(configSchema);

export const leaves: readonly Leaf[] = leavesOf("", jsonSchema as Node);

/** The keys that hold others: `http`, `limits`. */
export const sections: readonly string[] = [...new Set(leaves.flatMap(({ key }) => key.split(".").slice(0, -1)))];

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
      kind: node.type === "array" ? "list" : node.type === "integer" ? "integer" : "string",
      choices: node.enum,
      minimum: node.minimum,
      maximum: node.maximum,
      description: node.description ?? "",
    },
  ];
}
