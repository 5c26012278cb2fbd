// One line in: which command it is, whether it may run now, and where its answer goes.
import { check, type JsonObject, parse } from "./codec.ts";
import { Refusal } from "./faults.ts";
import type { CommandId, Replies } from "./replies.ts";
import type { Peer } from "./session.ts";
import { later, type OpenVerb, type Outcome, type Reply, type Verb } from "./verb.ts";
import { verbs } from "./verbs.ts";

const table: ReadonlyMap<string, Verb | OpenVerb> = new Map(Object.entries(verbs));

/** Starts the line's command; it settles by itself. A promise is given back for the one command that others wait for: `auth`. */
export function dispatch(line: string, peer: Peer, replies: Replies): Promise<void> | undefined {
  let ticket: number | undefined;
  try {
    const message = parse(line);
    if (isBeat(message)) return undefined;
    ticket = replies.begin(idOf(message));
    check(message);
    const outcome = start(message, peer, ticket);
    if (outcome === later) return undefined;
    if (outcome instanceof Promise) return settle(outcome, replies, ticket);
    replies.reply(ticket, outcome);
  } catch (error) {
    replies.refuse(ticket ?? replies.begin(undefined), error);
  }
  return undefined;
}

function start(message: JsonObject, peer: Peer, ticket: number): Outcome {
  const type = message["type"];
  if (typeof type !== "string") throw new Refusal("bad-request", "type: must be a string");
  const verb = table.get(type);
  if (verb?.needs === "nothing") return verb.start(message, peer);
  if (peer.session === undefined) throw new Refusal("unauthorized", "auth comes first", { ends: "connection" });
  if (verb === undefined)
    throw new Refusal("unsupported", `no command ${JSON.stringify(type.slice(0, 40))}`, { word: "unknown_command" });
  return verb.start(message, peer.session, ticket);
}

async function settle(outcome: Promise<Reply>, replies: Replies, ticket: number): Promise<void> {
  try {
    replies.reply(ticket, await outcome);
  } catch (error) {
    replies.refuse(ticket, error);
  }
}

/** `{}`: nothing to answer, it only breaks the silence. */
function isBeat(message: JsonObject): boolean {
  for (const _ in message) return false;
  return true;
}

/** An id that is no number and no short string is not echoed. */
function idOf(message: JsonObject): CommandId {
  const id = message["id"];
  if (id === undefined || id === null || Number.isSafeInteger(id)) return (id ?? undefined) as CommandId;
  if (typeof id === "string" && id.length <= 64) return id;
  return undefined;
}
