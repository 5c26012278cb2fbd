// `trivium doctor`: checks what a server needs, and says what to do about what it does not find.
import { Command } from "commander";
import type { Config } from "../ops/config-schema.ts";
import { ConfigError } from "../ops/config.ts";
import {
  checkBus,
  checkClock,
  checkDataDir,
  checkFiles,
  checkHost,
  checkNode,
  checkPorts,
  checkStore,
  type Finding,
} from "./checks.ts";
import { checkTls } from "./check-tls.ts";
import { configOf, withSettings } from "./settings.ts";

const signs = { fine: "ok   ", doubtful: "look ", wrong: "WRONG" };

export function doctorCommand(): Command {
  return withSettings(
    new Command("doctor").description("check ports, certificates, permissions, store, clock and limits"),
  ).action(doctor);
}

async function doctor(_options: unknown, command: Command): Promise<void> {
  const findings = await examine(command);
  for (const { about, state, found, advice } of findings) {
    console.log(`${signs[state]} ${about.padEnd(14)} ${found}`);
    if (advice !== undefined) console.log(`${" ".repeat(21)}→ ${advice}`);
  }
  const wrong = findings.filter(({ state }) => state === "wrong").length;
  console.log(wrong === 0 ? "nothing is wrong" : `${wrong} wrong`);
  if (wrong > 0) process.exitCode = 1;
}

async function examine(command: Command): Promise<readonly Finding[]> {
  const config = settings(command);
  if (config instanceof ConfigError) {
    return [
      checkNode(),
      {
        about: "configuration",
        state: "wrong",
        found: config.message.replaceAll("\n", "; "),
        advice: "correct it; trivium config print shows the rest",
      },
    ];
  }
  const found: Finding[] = [
    checkNode(),
    { about: "configuration", state: "fine", found: "is right" },
    checkHost(config),
    ...checkTls(config),
  ];
  // The store is opened only where its folder can be used.
  const folder = checkDataDir(config);
  found.push(folder);
  if (folder.state !== "wrong") found.push(await checkStore(config));
  found.push(await checkBus(config), ...(await checkPorts(config)), checkFiles(config), checkClock(config));
  return found;
}

function settings(command: Command): Config | ConfigError {
  try {
    return configOf(command);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}
