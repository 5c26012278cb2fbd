// Logs read as an archive.
import type { Envelope } from "../../model/event.ts";
import { kindOf, type MessageId, type UserId } from "../../model/ids.ts";
import { type ArchivePage, type ArchiveQuery, midsOf, pageOf, unarchived } from "../archive.ts";
import type { State } from "./state.ts";

export function archive(state: State, query: ArchiveQuery): ArchivePage | undefined {
  const all = contentOf(state, query).filter((entry) => !unarchived.includes(entry.kind));
  const places = new Map(all.map((entry, place) => [entry.mid, place]));
  if (midsOf(query).some((mid) => !places.has(mid))) return undefined;

  const place = (mid: MessageId | undefined, otherwise: number): number =>
    mid === undefined ? otherwise : places.get(mid)!;
  const lies = (entry: Envelope, after: MessageId | undefined, before: MessageId | undefined): boolean => {
    const at = places.get(entry.mid)!;
    return at > place(after, -1) && at < place(before, all.length);
  };
  const matching = all.filter(
    (entry) =>
      entry.at >= (query.start ?? -Infinity) &&
      entry.at <= (query.end ?? Infinity) &&
      lies(entry, query.after, query.before) &&
      (query.ids === undefined || query.ids.includes(entry.mid)),
  );
  const rest = matching.filter((entry) => lies(entry, query.pageAfter, query.pageBefore));
  const page = pageOf(query.fromEnd ? rest.reverse() : rest, query);
  return query.counted ? { ...page, count: matching.length } : page;
}

function contentOf(state: State, { of, only, but }: ArchiveQuery): readonly Envelope[] {
  if ("conversation" in of) {
    const log = state.logs.get(of.conversation);
    return log?.entries.slice(log.pruned) ?? [];
  }
  const { account } = of satisfies { account: UserId };
  const logs = [...state.logs].filter(
    ([conversation, log]) =>
      kindOf(conversation) === "direct" &&
      log.members.has(account) &&
      (only === undefined || only.includes(conversation)) &&
      but?.includes(conversation) !== true,
  );
  return logs.flatMap(([, log]) => log.entries).sort((one, other) => (one.mid < other.mid ? -1 : 1));
}
