import type { Figure } from "../figure.ts";
import type { JsonJob } from "../load/json-one-to-one.ts";

const inFlight = 10;
const pairs = 10;

export const jsonOneToOne: Figure = {
  name: "json",
  title: `JSON chat over WebSocket, ${pairs} pairs, ${inFlight} in flight, stored`,
  of: "messages",
  load: "json-one-to-one",
  accounts: pairs * 2,
  servers: ["trivium"],
  job: ({ json }, accounts): JsonJob => ({ url: json!.url, accounts, inFlight, body: 64 }),
};
