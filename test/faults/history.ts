// The server's own word on what is in its logs: every conversation of every account, read over the JSON dialect.
import { JsonApp } from "../support/clients/json-app.ts";
import type { Server } from "../support/server.ts";

const page = 100;

/** The seq of every message by its name. Rejects when a log has a hole. */
export async function readHistory(
  server: Server,
  users: readonly string[],
  room: string,
): Promise<Map<string, number>> {
  const seqOf = new Map<string, number>();
  for (const [at, user] of users.entries()) {
    const auditor = new JsonApp({ server, user, device: "auditor" });
    await auditor.connect();
    // A conversation of two is read once, by the first of them.
    const mine = users.slice(at + 1).map((peer) => [user, peer].sort().join(":"));
    const conversations = mine.map((pair) => `dm:${pair}`);
    if (at === 0) conversations.push(`room:${room}`);
    for (const conversation of conversations) await readOne(auditor, conversation, seqOf);
    await auditor.disconnect();
  }
  return seqOf;
}

async function readOne(auditor: JsonApp, c: string, seqOf: Map<string, number>): Promise<void> {
  for (let after = 0; ;) {
    const reply = await auditor.ask({ type: "history", c, after, limit: page }).catch((error: Error) => {
      if (/not_found/.test(error.message)) return { messages: [], more: false }; // these two never spoke
      throw error;
    });
    const messages = reply["messages"] as { readonly mid: string; readonly s: number }[];
    for (const { mid, s } of messages) {
      if (s !== after + 1) throw new Error(`${c} has ${s} after ${after}`);
      after = s;
      seqOf.set(mid, s);
    }
    if (reply["more"] !== true) return;
  }
}
