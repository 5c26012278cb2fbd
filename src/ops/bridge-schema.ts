// Bridges to other MQTT brokers, as they are configured.
import { z } from "zod";

const file = z.string().default("");

const topic = z.strictObject({
  filter: z.string().min(1).describe("What is carried, behind the prefixes."),
  direction: z.enum(["in", "out", "both"]).describe("out: to the remote. in: from it."),
  qos: z
    .union([z.literal(0), z.literal(1)])
    .default(1)
    .describe("At most: 0 at most once, 1 at least once."),
  local_prefix: z.string().default("").describe("Before the filter here."),
  remote_prefix: z.string().default("").describe("Before the filter there."),
});

const bridge = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, "may hold letters, digits, dots, hyphens and underscores"),
  url: z
    .string()
    .regex(/^(?:mqtts?|wss?):\/\/[^@]+$/, "must be mqtt://, mqtts://, ws:// or wss://, without credentials"),
  node: z
    .string()
    .default("")
    .describe("The node of a cluster that keeps this bridge. Empty: every one that reads this."),
  account: z.string().min(1).max(255).default("bridge").describe("The account it acts as here; made if there is none."),
  username: z.string().default(""),
  password: z.string().default(""),
  password_file: file.describe("Read in place of password; a line end at its end is no part of it."),
  password_env: z.string().default("").describe("Variable of the environment that holds the password."),
  client_id: z.string().max(256).default("").describe("Empty: trivium- and the name."),
  version: z.enum(["3.1.1", "5"]).default("5"),
  clean: z.boolean().default(false).describe("true: the remote forgets the bridge when the connection ends."),
  keepalive_s: z.int().min(0).max(65_535).default(60),
  tls: z
    .strictObject({ ca: file, cert: file, key: file, servername: z.string().default("") })
    .default({ ca: "", cert: "", key: "", servername: "" })
    .describe("PEM files: who signed the remote's certificate, and our own certificate and key."),
  topics: z.array(topic).min(1).max(1000),
});

export const bridgesSchema = z
  .array(bridge)
  .max(100)
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, "must have different names")
  .describe("Bridges to other MQTT brokers. See docs/reference/bridges.md.");

export type BridgeConfig = z.infer<typeof bridge>;
