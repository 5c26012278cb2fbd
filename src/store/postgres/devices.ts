// Devices that are remembered between connections.
import type { DeviceId, UserId } from "../../model/ids.ts";
import { pages } from "../pages.ts";
import type { DeviceRecord } from "../store.ts";
import type { Connection, Database } from "./connection.ts";
import { nameId } from "./keys.ts";
import type { Names } from "./names.ts";
import { fromText, toText } from "./text.ts";

const put = {
  name: "put_device",
  text: `
    insert into devices (account, device, state, subscriptions, attached_at, detached_at, expires_at)
    values ($1, $2, $3, $4, $5, $6, $7)
    on conflict (account, device) do update
    set state = excluded.state, subscriptions = excluded.subscriptions, attached_at = excluded.attached_at,
      detached_at = excluded.detached_at, expires_at = excluded.expires_at`,
};
const select = `
  select u.name as "user", d.name as device, r.state, r.subscriptions,
    r.attached_at as "attachedAt", r.detached_at as "detachedAt", r.expires_at as "expiresAt"
  from devices r join names u on u.id = r.account join names d on d.id = r.device`;
const one = { name: "device", text: `${select} where r.account = ${nameId("$1")} and r.device = ${nameId("$2")}` };
const page = {
  name: "subscribers",
  text: `
    ${select}
    where r.subscriptions is not null
      and (r.account, r.device) > (coalesce(${nameId("$1")}, 0), coalesce(${nameId("$2")}, 0))
    order by r.account, r.device
    limit $3`,
};
const expired = { name: "expired", text: `${select} where r.expires_at <= $1 order by r.expires_at limit $2` };

// The queue's lock comes first, as in a commit. `$2` null: all devices of the account.
const forget = [
  "select from queues where account = $1 and device = coalesce($2, device) order by device for update",
  "delete from devices where account = $1 and device = coalesce($2, device)",
  "delete from cursors where account = $1 and device = coalesce($2, device)",
  "delete from held_origins where author = $1 and device = coalesce($2, device)",
  `with gone as (
     delete from queue_entries where account = $1 and device = coalesce($2, device) returning publication
   ), counted as materialized (
     select publication, count(*)::integer as settled from gone group by publication
   ), held as materialized (
     select p.id, c.settled from counted c join publications p on p.id = c.publication order by p.id for update of p
   ), lessened as (
     update publications p set owed = p.owed - h.settled from held h where p.id = h.id
     returning p.id, p.owed
   )
   select id from lessened where owed <= 0`,
  "delete from queues where account = $1 and device = coalesce($2, device)",
].map((text, at) => ({ name: `forget_device_${at}`, text: text.replaceAll("coalesce($2,", "coalesce($2::bigint,") }));
const drop = { name: "forget_bodies", text: "delete from publications where id = any ($1)" };

/** Within a transaction: forgets a device, or all of the account's. */
export async function forgetDevices(connection: Connection, account: number, device: number | null): Promise<void> {
  for (const statement of forget) {
    const bodies = await connection.ask<{ id?: number }>(statement, account, device);
    const unneeded = bodies.flatMap(({ id }) => id ?? []);
    if (unneeded.length > 0) await connection.ask(drop, unneeded);
  }
}

interface DeviceRow {
  readonly user: string;
  readonly device: string;
  readonly state: string;
  readonly subscriptions: string | null;
  readonly attachedAt: number;
  readonly detachedAt: number;
  readonly expiresAt: number | null;
}

export function devicesOf(database: Database, names: Names) {
  return {
    device: async (user: UserId, device: DeviceId): Promise<DeviceRecord | undefined> => {
      const [row] = await database.ask<DeviceRow>(one, toText(user), toText(device));
      return row === undefined ? undefined : recordOfRow(row);
    },
    putDevice: async (record: DeviceRecord): Promise<void> => {
      const { user, device, state, subscriptions, attachedAt, detachedAt, expiresAt } = record;
      const number = await names.names([user, device]);
      const kept = subscriptions.length === 0 ? null : toText(JSON.stringify(subscriptions));
      await database.ask(put, number(user), number(device), toText(state), kept, attachedAt, detachedAt, expiresAt);
    },
    removeDevice: async (user: UserId, device: DeviceId): Promise<void> => {
      const number = await names.names([user, device]);
      await database.transaction((connection) => forgetDevices(connection, number(user), number(device)));
    },
    subscribers: (): AsyncIterable<readonly DeviceRecord[]> =>
      pages(async (last: DeviceRecord | undefined, limit) => {
        const rows = await database.ask<DeviceRow>(page, toText(last?.user ?? ""), toText(last?.device ?? ""), limit);
        return rows.map(recordOfRow);
      }),
    expired: async (nowMs: number, limit: number): Promise<readonly DeviceRecord[]> =>
      (await database.ask<DeviceRow>(expired, nowMs, limit)).map(recordOfRow),
  };
}

function recordOfRow(row: DeviceRow): DeviceRecord {
  return {
    user: fromText(row.user) as UserId,
    device: fromText(row.device) as DeviceId,
    state: fromText(row.state),
    subscriptions: row.subscriptions === null ? [] : JSON.parse(fromText(row.subscriptions)),
    attachedAt: row.attachedAt,
    detachedAt: row.detachedAt,
    expiresAt: row.expiresAt ?? undefined,
  };
}
