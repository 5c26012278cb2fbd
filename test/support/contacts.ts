// Contacts for tests are made over the JSON dialect: each sees when the other is there, in every protocol.
import { JsonApp } from "./clients/json-app.ts";
import type { Server } from "./server.ts";

export async function makeContacts(server: Server, user: string, other: string): Promise<void> {
  for (const [who, commands] of [
    [user, { add: other }],
    [other, { add: user }], // asks in return, and accepts
    [user, { accept: other }],
  ] as const) {
    const app = new JsonApp({ server, user: who, device: "contacts" });
    await app.connect();
    await app.ask({ type: "contacts", ...commands });
    await app.disconnect();
  }
}
