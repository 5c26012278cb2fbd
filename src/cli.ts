// The command line: `trivium start`, and what an operator does beside a running server or without one.
import { Command } from "commander";
import { configCommand } from "./cli/config.ts";
import { doctorCommand } from "./cli/doctor.ts";
import { roomCommand } from "./cli/room.ts";
import { configOf, withSettings } from "./cli/settings.ts";
import { tokenCommand } from "./cli/token.ts";
import { userCommand } from "./cli/user.ts";
import { Fault } from "./model/fault.ts";
import { ConfigError } from "./ops/config.ts";

const program = new Command("trivium")
  .description("A chat server and gateway where XMPP, MQTT and JSON over WebSocket meet.")
  .addCommand(
    withSettings(new Command("start").description("serve until SIGTERM or SIGINT")).action(
      async (_options, command: Command) => {
        // The other commands need no sockets and no front-ends, and answer sooner without them.
        const { start } = await import("./cli/start.ts");
        await start(configOf(command), () => configOf(command));
      },
    ),
  )
  .addCommand(userCommand())
  .addCommand(roomCommand())
  .addCommand(tokenCommand())
  .addCommand(configCommand())
  .addCommand(doctorCommand())
  .showHelpAfterError("(see trivium --help)");

// The parts' own timers keep no process alive: while a command waits for one of them, this does.
const working = setInterval(() => undefined, 60_000);
try {
  await program.parseAsync();
} catch (error) {
  console.error(complaint(error));
  process.exitCode = 1;
} finally {
  clearInterval(working);
}

function complaint(error: unknown): string {
  if (error instanceof ConfigError)
    return `trivium: the configuration is not right:\n${error.message.replaceAll(/^/gm, "  ")}`;
  const text = error instanceof Error ? error.message : String(error);
  // The server understood and said no.
  if (error instanceof Fault && error.code !== "unavailable" && error.code !== "internal") return `trivium: ${text}`;
  return `trivium: ${text}\n(trivium doctor checks ports, permissions and the store, and says what to do)`;
}
