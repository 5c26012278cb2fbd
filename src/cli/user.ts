// `trivium user`: accounts.
import { Command } from "commander";
import { administer, userNamed } from "./admin.ts";
import { passwordFrom, type PasswordOptions } from "./password.ts";
import { withSettings } from "./settings.ts";

export function userCommand(): Command {
  return new Command("user")
    .description("accounts")
    .addCommand(withPassword(named("add", "make an account")).action(add))
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
