// Every command takes the configuration's own flags; what is not given comes from variables, the file, the defaults.
import { Option, type Command } from "commander";
import type { Config } from "../ops/config-schema.ts";
import { leaves } from "../ops/config-leaves.ts";
import { loadConfig } from "../ops/config.ts";

export function withSettings(command: Command): Command {
  command.option("--config <file>", "a YAML file that overrides the defaults");
  for (const { key, flag, description } of leaves) {
    const option = new Option(`${flag} <value>`, description);
    // Too many to read: docs/reference/configuration.md has them all.
    command.addOption(key.includes("_") && key !== "data_dir" ? option.hideHelp() : option);
  }
  return command;
}

/** Throws a ConfigError. */
export function configOf(command: Command): Config {
  const given = command.opts<Record<string, string | undefined>>();
  const flags: Record<string, string> = {};
  for (const option of command.options) {
    const value = given[option.attributeName()];
    if (value !== undefined && leaves.some(({ flag }) => flag === option.long)) flags[option.long ?? ""] = value;
  }
  return loadConfig({ file: given["config"], env: process.env, flags });
}
