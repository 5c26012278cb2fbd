// XEP-0313 §5: the first and the last that an archive holds.
import type { ConversationId } from "#core";
import { archivedOf } from "./archive-preferences.ts";
import { ns } from "./namespaces.ts";
import { stamp } from "./print.ts";
import type { XmppSession } from "./session.ts";

/** Of the account's archive, when no room is said. */
export async function metadataFor(
  { server, user }: Pick<XmppSession, "server" | "user">,
  room?: ConversationId,
): Promise<string> {
  const narrowed = room === undefined ? await archivedOf(server, user) : {};
  const end = async (name: "start" | "end"): Promise<string> => {
    const request = { ...narrowed, conversation: room, limit: 1, fromEnd: name === "end", counted: false };
    const entry = (await server.core.conversations.archive(user, request))?.entries[0];
    return entry === undefined ? "" : `<${name} id="${entry.mid}" timestamp="${stamp(entry.at)}"/>`;
  };
  return `<metadata xmlns="${ns.mam}">${await end("start")}${await end("end")}</metadata>`;
}
