// `trivium config`: what is in force, and whether it is right.
import { Command } from "commander";
import { stringify } from "yaml";
import type { Config } from "../ops/config-schema.ts";
import { configOf, withSettings } from "./settings.ts";

export function configCommand(): Command {
  return new Command("config")
    .description("the configuration")
    .addCommand(withSettings(new Command("print").description("what is in force, without passwords")).action(print))
    .addCommand(withSettings(new Command("check").description("only whether it is right")).action(check));
}

function print(_options: unknown, command: Command): void {
  process.stdout.write(stringify(withoutPasswords(configOf(command))));
}

function check(_options: unknown, command: Command): void {
  configOf(command);
  console.log("the configuration is right");
}

export function withoutPasswords(config: Config): Config {
  return mask(config) as Config;
}

/** Keys whose values nobody should read over a shoulder. */
const secrets = /^(?:password|secret|token)$/;

function mask(value: unknown): unknown {
  if (typeof value === "string") return masked(value);
  if (Array.isArray(value)) return value.map(mask);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      typeof inner === "string" && inner !== "" && secrets.test(key) ? "***" : mask(inner),
    ]),
  );
}

/** A password before `@`, and one among the parameters, which PostgreSQL takes too. */
function masked(url: string): string {
  return url.replace(/^([a-z+]+:\/\/[^:@/]*):.*@/, "$1:***@").replaceAll(/([?&][^=&]*password=)[^&]*/g, "$1***");
}
