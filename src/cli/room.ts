// `trivium room`: rooms.
import { Command } from "commander";
import type { Core, RoomOptions } from "../core.ts";
import type { Affiliation } from "../model/conversation.ts";
import { type ConversationId, roomNameOf, roomOf, type UserId } from "../model/ids.ts";
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
    .addCommand(
      named("set", "change what a room is like")
        .option("--title <text>", "shown to people")
        .option("--description <text>", "longer than a title")
        .option("--password <text>", "asked of who comes in; empty: none")
        .option("--members-only <yes|no>", "others may not enter")
        .option("--moderated <yes|no>", "who is no member has no voice")
        .option("--listed <yes|no>", "shown in discovery")
        .option("--slow-mode <seconds>", "between two messages of one")
        .action(set),
    )
    .addCommand(
      named("affiliate", "say how an account stands with a room")
        .argument("<account>", "alice")
        .argument("<affiliation>", "owner, admin, member, none or outcast")
        .action(affiliate),
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

interface SetOptions {
  readonly title?: string;
  readonly description?: string;
  readonly password?: string;
  readonly membersOnly?: string;
  readonly moderated?: string;
  readonly listed?: string;
  readonly slowMode?: string;
}

function set(name: string, options: SetOptions, command: Command): Promise<void> {
  return administer(command, async ({ core, config }) => {
    const id = roomOf(name, config.domain);
    const { title, description, password, slowMode } = options;
    const membersOnly = yesOrNo(options.membersOnly);
    const changes = {
      title,
      description,
      password,
      open: membersOnly === undefined ? undefined : !membersOnly,
      moderated: yesOrNo(options.moderated),
      listed: yesOrNo(options.listed),
      slowModeMs: slowMode === undefined ? undefined : secondsIn(slowMode),
    };
    const given = Object.entries(changes).filter(([, value]) => value !== undefined);
    if (given.length === 0) throw new Error("nothing to change: see --help");
    await core.rooms.update(id, await ownerOf(core, id, name), Object.fromEntries(given) as RoomOptions);
    console.log(`changed ${given.map(([field]) => field).join(", ")} of ${name}`);
  });
}

function affiliate(name: string, account: string, becomes: string, _options: unknown, command: Command): Promise<void> {
  return administer(command, async ({ core, config }) => {
    if (!isAffiliation(becomes)) throw new Error(`no such affiliation: ${becomes}`);
    const id = roomOf(name, config.domain);
    const user = userNamed(account, config);
    await core.rooms.setAffiliation(id, await ownerOf(core, id, name), user, becomes);
    console.log(`${user} is ${becomes} of ${name}`);
  });
}

function isAffiliation(text: string): text is Affiliation {
  return ["owner", "admin", "member", "none", "outcast"].includes(text);
}

function yesOrNo(text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  if (text !== "yes" && text !== "no") throw new Error(`yes or no, not ${text}`);
  return text === "yes";
}

function secondsIn(text: string): number {
  const seconds = Number(text);
  if (!(seconds >= 0 && seconds <= 86_400)) throw new Error(`no number of seconds: ${text}`);
  return Math.round(seconds * 1000);
}

async function ownerOf(core: Core, id: ConversationId, name: string): Promise<UserId> {
  const owner = (await core.rooms.members(id)).find(({ affiliation }) => affiliation === "owner");
  if (owner === undefined) throw new Error(`${name} has no owner`);
  return owner.user;
}

function remove(name: string, _options: unknown, command: Command): Promise<void> {
  return administer(command, async ({ core, config }) => {
    const id = roomOf(name, config.domain);
    await core.rooms.remove(id, await ownerOf(core, id, name));
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
