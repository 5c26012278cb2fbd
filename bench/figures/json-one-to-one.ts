import type { Figure } from "../figure.ts";
import type { JsonJob } from "../load/json-one-to-one.ts";
import { accounts } from "../servers.ts";

const inFlight = 10;
const users = accounts.slice(0, 20);

export const jsonOneToOne: Figure = {
  name: "json",
  title: `JSON chat over WebSocket, ${users.length / 2} pairs, ${inFlight} in flight, stored`,
  of: "messages",
  load: "json-one-to-one",
  accounts: users.length,
  servers: ["trivium"],
  job: ({ json }): JsonJob => ({ url: json!.url, accounts: users, inFlight, body: 64 }),
};
