// What durable sessions on plain topics are owed.
import type { DeviceId, UserId } from "../../model/ids.ts";
import type { HandOver, Queued, SharedEntry } from "../store.ts";
import type { Database } from "./connection.ts";
import { nameId } from "./keys.ts";
import type { Names } from "./names.ts";
import { publicationJoins, publicationOfRow, publicationSelect, type PublicationRow } from "./publication-rows.ts";
import { fromText, toJson, toText } from "./text.ts";

const columns = `
  q.position, q.qos as "owedQos", q.retain as "owedRetain", q.subscription_ids as "subscriptionIds", q.share,
  ${publicationSelect}`;
const queued = {
  name: "queued",
  text: `
    select ${columns}
    from queue_entries q join publications p on p.id = q.publication ${publicationJoins}
    where q.account = ${nameId("$1")} and q.device = ${nameId("$2")} and q.position > $3
    order by q.position
    limit $4`,
};
const shared = {
  name: "shared",
  text: `
    select ${columns}, u.name as "inQueueOf", v.name as "onDevice", p.id as "bodyId"
    from queue_entries q join publications p on p.id = q.publication ${publicationJoins}
      join names u on u.id = q.account join names v on v.id = q.device
    where q.share is not null and md5(q.share) = md5($1) and q.share = $1 and p.host = $2 and p.id > $3
    order by p.id
    limit $4`,
};

// Queues are locked before their entries, as in a commit, and by key.
const reserve = {
  name: "hand_over_reserve",
  text: `
    insert into queues as q (account, device, last)
    select distinct h.to_account, h.to_device, 0
    from json_to_recordset($1) as h(to_account bigint, to_device bigint)
    where h.to_account is not null
    order by h.to_account, h.to_device
    on conflict (account, device) do update set last = q.last`,
};
const handOver = {
  name: "hand_over",
  text: `
    with asked as materialized (
      select * from json_to_recordset($1) as h(
        n integer, account bigint, device bigint, position integer,
        to_account bigint, to_device bigint, qos smallint, retain boolean, ids text)
    ), held as materialized (
      select a.* from asked a join queue_entries e using (account, device, position)
      where e.share is not null
      order by a.account, a.device, a.position
      for update of e
    ), ahead as (
      select h.*, row_number() over (partition by to_account, to_device order by n) as ahead
      from held h where to_account is not null
    ), own as (
      update queue_entries e set share = null from held h
      where h.to_account is null and e.account = h.account and e.device = h.device and e.position = h.position
    ), moved as (
      update queue_entries e
      set account = a.to_account, device = a.to_device, position = q.last + a.ahead, qos = a.qos, retain = a.retain,
        subscription_ids = a.ids
      from ahead a join queues q on q.account = a.to_account and q.device = a.to_device
      where e.account = a.account and e.device = a.device and e.position = a.position
      returning a.n, e.account, e.device, e.position
    ), lasts as (
      select account, device, max(position) as last from moved group by account, device
    ), grown as (
      update queues q set last = l.last from lasts l where q.account = l.account and q.device = l.device
    )
    select n, position from moved`,
};

type QueuedRow = PublicationRow & {
  readonly position: number;
  readonly owedQos: 1 | 2;
  readonly owedRetain: boolean;
  readonly subscriptionIds: string | null;
  readonly share: string | null;
};
type SharedRow = QueuedRow & { readonly inQueueOf: string; readonly onDevice: string; readonly bodyId: number };

export function queuesOf(database: Database, names: Names) {
  return {
    queued: async (user: UserId, device: DeviceId, after: number, limit: number): Promise<readonly Queued[]> =>
      (await database.ask<QueuedRow>(queued, toText(user), toText(device), after, limit)).map(queuedOfRow),
    shared: async (host: string, share: string, after: number, limit: number): Promise<readonly SharedEntry[]> =>
      (await database.ask<SharedRow>(shared, toText(share), toText(host), after, limit)).map((row) => ({
        ...queuedOfRow(row),
        user: fromText(row.inQueueOf) as UserId,
        device: fromText(row.onDevice) as DeviceId,
        order: row.bodyId,
      })),
    handOver: async (entries: readonly HandOver[]): Promise<readonly (number | undefined)[]> => {
      const number = await names.names(
        entries.flatMap(({ from, to }) => [from.user, from.device, ...(to === undefined ? [] : [to.user, to.device])]),
      );
      const asked = toJson(
        entries.map(({ from, to }, n) => ({
          n,
          account: number(from.user),
          device: number(from.device),
          position: from.position,
          ...(to !== undefined && {
            to_account: number(to.user),
            to_device: number(to.device),
            qos: to.qos,
            retain: to.retain,
            ids: to.subscriptionIds === undefined ? undefined : JSON.stringify(to.subscriptionIds),
          }),
        })),
      );
      const moved = await database.transaction(async (connection) => {
        await connection.ask(reserve, asked);
        return connection.ask<{ n: number; position: number }>(handOver, asked);
      });
      const positions = new Map(moved.map(({ n, position }) => [n, position]));
      return entries.map((_, n) => positions.get(n));
    },
  };
}

function queuedOfRow(row: QueuedRow): Queued {
  return {
    position: row.position,
    publication: publicationOfRow(row),
    qos: row.owedQos,
    retain: row.owedRetain,
    subscriptionIds: row.subscriptionIds === null ? undefined : JSON.parse(row.subscriptionIds),
    share: row.share === null ? undefined : fromText(row.share),
  };
}
