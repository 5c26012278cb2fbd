// Rooms for tests are made over the JSON dialect, by an account of their own.
import { JsonApp } from "./clients/json-app.ts";
import type { Server } from "./server.ts";

export const roomOwner = "owner";

/** Makes rooms that every account may join. */
export async function makeRooms(server: Server, names: readonly string[]): Promise<void> {
  const owner = new JsonApp({ server, user: roomOwner, device: "maker" });
  await owner.connect();
  for (const name of names) await owner.ask({ type: "create", c: `room:${name}`, open: true });
  await owner.disconnect();
}
