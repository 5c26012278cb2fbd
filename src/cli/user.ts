// `trivium user`: accounts.
import { createInterface } from "node:readline";
import { Command } from "commander";
import { Fault } from "../model/fault.ts";
import type { Accounts } from "../core.ts";
import type { UserId } from "../model/ids.ts";
import { administer, userNamed } from "./admin.ts";
import { passwordFrom, type PasswordOptions } from "./password.ts";
import { withSettings } from "./settings.ts";

export function userCommand(): Command {
  return new Command("user")
    .description("accounts")
    .addCommand(withPassword(named("add", "make an account")).action(add))
    .addCommand(
      withSettings(new Command("import").description("make accounts: name:password lines on standard input")).action(
        importAll,
      ),
    )
    .addCommand(withPassword(named("passwd", "give an account another password")).action(passwd))
    .addCommand(named("remove", "remove an account with its devices, contacts and memberships").action(remove))
    .addCommand(withSettings(new Command("list").description("every account")).action(list));
}

function named(name: string, description: string): Command {
  return withSettings(new Command(name).description(description).argument("<name>", "alice, or alice@domain"));
}

function withPassword(command: Command): Command {
  return command
    .option("--password <password>", "in sight of whoever may list processes")
    .option("--password-stdin", "read it from standard input");
}

function add(name: string, options: PasswordOptions, command: Command): Promise<void> {
  return administer(command, async ({ core, config }) => {
    const user = userNamed(name, config);
    await core.accounts.create(user, await passwordFrom(options));
    console.log(`added ${user}`);
  });
}

/** One bad line does not stop those after it; it makes the command fail in the end. */
function importAll(_options: unknown, command: Command): Promise<void> {
  return administer(command, async ({ core, config }) => {
    const outcomes = { added: 0, refused: 0 };
    const adding = new Set<Promise<void>>();
    for await (const line of createInterface({ input: process.stdin })) {
      if (line === "") continue;
      const [name = "", password] = split(line);
      const one = added(core.accounts, () => userNamed(name, config), password).then((why) => {
        if (why === undefined) outcomes.added++;
        else outcomes.refused++;
        if (why !== undefined) console.error(`trivium: ${name}: ${why}`); // never the line: it has the password
        adding.delete(one);
      });
      adding.add(one);
      if (adding.size === atOnce) await Promise.race(adding); // keys are made on other threads
    }
    await Promise.all(adding);
    console.log(`added ${outcomes.added}`);
    if (outcomes.refused > 0) process.exitCode = 1;
  });
}

const atOnce = 4;

/** A name has no colon (RFC 7622 §3.3.1), a password may. */
function split(line: string): readonly string[] {
  const colon = line.indexOf(":");
  return colon === -1 ? [line] : [line.slice(0, colon), line.slice(colon + 1)];
}

/** Why not, if not. */
async function added(
  accounts: Accounts,
  user: () => UserId,
  password: string | undefined,
): Promise<string | undefined> {
  if (password === undefined || password === "") return "no password";
  try {
    await accounts.create(user(), password);
    return undefined;
  } catch (error) {
    if (error instanceof Fault && error.code === "unavailable") throw error;
    return error instanceof Error ? error.message : String(error);
  }
}

function passwd(name: string, options: PasswordOptions, command: Command): Promise<void> {
  return administer(command, async ({ core, config }) => {
    const user = userNamed(name, config);
    await core.accounts.changePassword(user, await passwordFrom(options));
    console.log(`changed the password of ${user}`);
  });
}

function remove(name: string, _options: unknown, command: Command): Promise<void> {
  return administer(command, async ({ core, config }) => {
    const user = userNamed(name, config);
    if (!(await core.accounts.remove(user))) throw new Error(`there is no account ${user}`);
    console.log(`removed ${user}; its messages stay with the others`);
  });
}

function list(_options: unknown, command: Command): Promise<void> {
  return administer(command, async ({ core }) => {
    for (const { user, createdAt } of await core.accounts.list())
      console.log(`${user}\t${new Date(createdAt).toISOString()}`);
  });
}
