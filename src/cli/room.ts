// `trivium room`: rooms.
import { Command } from "commander";
import { roomNameOf, roomOf } from "../model/ids.ts";
import { administer, userNamed } from "./admin.ts";
import { withSettings } from "./settings.ts";

/** `list` shows as many. */
const listed = 10_000;

export function roomCommand(): Command {
  return new Command("room")
    .description("rooms")
    .addCommand(
      named("create", "make a room")
        .requiredOption("--owner <name>", "the account that owns it")
        .option("--title <text>", "shown to people; the name if not given")
        .option("--members-only", "others may not enter")
        .option("--unlisted", "not shown in discovery")
        .action(create),
    )
    .addCommand(named("remove", "remove a room with its history").action(remove))
    .addCommand(named("members", "who belongs to a room").action(members))
    .addCommand(withSettings(new Command("list").description("every listed room")).action(list));
}

function named(name: string, description: string): Command {
  return withSettings(new Command(name).description(description).argument("<name>", "lobby"));
}

interface CreateOptions {
  readonly owner: string;
  readonly title?: string;
  readonly membersOnly?: boolean;
  readonly unlisted?: boolean;
}

function create(name: string, options: CreateOptions, command: Command): Promise<void> {
  return administer(command, async ({ core, config }) => {
    const owner = userNamed(options.owner, config);
    if (!(await core.accounts.exists(owner))) throw new Error(`there is no account ${owner}`);
    const { title, membersOnly, unlisted } = options;
    await core.rooms.create(roomOf(name, config.domain), owner, {
      ...(title !== undefined && { title }),
      open: membersOnly !== true,
      listed: unlisted !== true,
    });
    console.log(`made ${name}, owned by ${owner}`);
  });
}

function remove(name: string, _options: unknown, command: Command): Promise<void> {
  return administer(command, async ({ core, config }) => {
    const id = roomOf(name, config.domain);
    const owner = (await core.rooms.members(id)).find(({ affiliation }) => affiliation === "owner");
    if (owner === undefined) throw new Error(`${name} has no owner`);
    await core.rooms.remove(id, owner.user);
    console.log(`removed ${name}`);
  });
}

function members(name: string, _options: unknown, command: Command): Promise<void> {
  return administer(command, async ({ core, config }) => {
    for (const { user, affiliation, joined } of await core.rooms.members(roomOf(name, config.domain))) {
      console.log(`${user}\t${affiliation}\t${joined ? "joined" : "not joined"}`);
    }
  });
}

function list(_options: unknown, command: Command): Promise<void> {
  return administer(command, async ({ core }) => {
    for (const { id, title, open } of await core.rooms.list(listed)) {
      console.log(`${roomNameOf(id)}\t${open ? "open" : "members only"}\t${title}`);
    }
  });
}
