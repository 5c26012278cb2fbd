// `trivium token`: what a client may log in with instead of a password.
import { Command } from "commander";
import { administer, userNamed } from "./admin.ts";
import { withSettings } from "./settings.ts";

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

export function tokenCommand(): Command {
  return new Command("token")
    .description("tokens, to log in with instead of a password")
    .addCommand(
      withSettings(
        new Command("create")
          .description("print a token for an account")
          .argument("<name>", "alice, or alice@domain")
          .option("--ttl <duration>", "how long it is good: 90s, 15m, 12h, 30d", "1d"),
      ).action(create),
    );
}

function create(name: string, { ttl }: { readonly ttl: string }, command: Command): Promise<void> {
  const ms = durationOf(ttl);
  return administer(command, async ({ core, config }) => {
    console.log(await core.accounts.issueToken(userNamed(name, config), ms));
  });
}

export function durationOf(text: string): number {
  const [, count, unit = ""] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const ms = Number(count) * (units[unit] ?? 0);
  if (!(ms > 0)) throw new Error(`${text} is no duration: write 90s, 15m, 12h or 30d`);
  return ms;
}
