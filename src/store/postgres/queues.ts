// What durable sessions on plain topics are owed.
import type { DeviceId, UserId } from "../../model/ids.ts";
import type { Queued } from "../store.ts";
import type { Connection } from "./connection.ts";
import { nameId } from "./keys.ts";
import { publicationJoins, publicationOfRow, publicationSelect, type PublicationRow } from "./publication-rows.ts";
import { toText } from "./text.ts";

const queued = {
  name: "queued",
  text: `
    select q.position, q.qos as "owedQos", q.retain as "owedRetain", q.subscription_ids as "subscriptionIds",
      ${publicationSelect}
    from queue_entries q join publications p on p.id = q.publication ${publicationJoins}
    where q.account = ${nameId("$1")} and q.device = ${nameId("$2")} and q.position > $3
    order by q.position
    limit $4`,
};

type QueuedRow = PublicationRow & {
  readonly position: number;
  readonly owedQos: 1 | 2;
  readonly owedRetain: boolean;
  readonly subscriptionIds: string | null;
};

export function queueReads(connection: Connection) {
  return {
    queued: async (user: UserId, device: DeviceId, after: number, limit: number): Promise<readonly Queued[]> => {
      const rows = await connection.ask<QueuedRow>(queued, toText(user), toText(device), after, limit);
      return rows.map((row) => ({
        position: row.position,
        publication: publicationOfRow(row),
        qos: row.owedQos,
        retain: row.owedRetain,
        subscriptionIds: row.subscriptionIds === null ? undefined : JSON.parse(row.subscriptionIds),
      }));
    },
  };
}
