// Devices that are remembered between connections.
import type { DeviceId, NodeId, UserId } from "../../model/ids.ts";
import { pages } from "../pages.ts";
import type { DeviceRecord, Gone, Renewal } from "../store.ts";
import type { Connection, Database } from "./connection.ts";
import { nameId } from "./keys.ts";
import type { Names } from "./names.ts";
import { fromText, toJson, toText } from "./text.ts";

const put = {
  name: "put_device",
  text: `
    insert into devices as d (
      account, device, state, subscriptions, attached_at, detached_at, expires_at, node, will, will_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    on conflict (account, device) do update
    set state = excluded.state, subscriptions = excluded.subscriptions, attached_at = excluded.attached_at,
      detached_at = excluded.detached_at, expires_at = excluded.expires_at, node = excluded.node, will = excluded.will,
      will_at = excluded.will_at
    where d.attached_at <= excluded.attached_at`,
};
const lockRecord = {
  name: "lock_device",
  text: 'select attached_at as "attachedAt" from devices where account = $1 and device = $2 for update',
};
const knows = {
  name: "knows_device",
  text: `
    select exists (select from devices d where d.account = k.account and d.device = k.device)
      or exists (select from queue_entries q where q.account = k.account and q.device = k.device)
      or exists (select from cursors c where c.account = k.account and c.device = k.device)
      or exists (select from held_origins h where h.author = k.account and h.device = k.device) as known
    from (select ${nameId("$1")} as account, ${nameId("$2")} as device) k`,
};
const renew = {
  name: "renew_devices",
  text: `
    update devices d set expires_at = r.expires_at
    from json_to_recordset($1) as r(account bigint, device bigint, attached_at bigint, expires_at bigint)
    where d.account = r.account and d.device = r.device and d.attached_at = r.attached_at`,
};
const takeWill = {
  name: "take_will",
  text: `
    update devices set will = null, will_at = null
    where account = ${nameId("$1")} and device = ${nameId("$2")} and attached_at = $3 and will is not null
    returning 1`,
};
const seen = {
  name: "node_seen",
  text: "insert into nodes values ($1, $2) on conflict (node) do update set seen_at = excluded.seen_at",
};
const select = `
  select u.name as "user", d.name as device, r.state, r.subscriptions,
    r.attached_at as "attachedAt", r.detached_at as "detachedAt", r.expires_at as "expiresAt",
    r.node, r.will, r.will_at as "willAt"
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
const expired = {
  name: "expired",
  text: `${select} where r.expires_at <= $1 and r.will is null order by r.expires_at limit $2`,
};
const due = { name: "due_wills", text: `${select} where r.will_at <= $1 order by r.will_at limit $2` };
const orphans = {
  name: "orphans",
  text: `
    ${select}
    where r.will is not null and r.will_at is null and (
      (r.node = $1 and r.attached_at < $2)
      or (r.node is distinct from $1 and coalesce((select n.seen_at from nodes n where n.node = r.node), 0) < $3))
    limit $4`,
};

// The queue's lock comes first, as in a commit; its last position outlives it. `$2` null: all devices of the account.
const forget = [
  "select from queues where account = $1 and device = coalesce($2, device) order by device for update",
  "delete from devices where account = $1 and device = coalesce($2, device)",
  "delete from cursors where account = $1 and device = coalesce($2, device)",
  "delete from held_origins where author = $1 and device = coalesce($2, device)",
  `with gone as (
     delete from queue_entries where account = $1 and device = coalesce($2, device) and share is null
     returning publication
   ), counted as materialized (
     select publication, count(*)::integer as settled from gone group by publication
   ), held as materialized (
     select p.id, c.settled from counted c join publications p on p.id = c.publication order by p.id for update of p
   ), lessened as (
     update publications p set owed = p.owed - h.settled from held h where p.id = h.id
     returning p.id, p.owed
   )
   select id from lessened where owed <= 0`,
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
  readonly node: string | null;
  readonly will: string | null;
  readonly willAt: number | null;
}

export function devicesOf(database: Database, names: Names) {
  return {
    device: async (user: UserId, device: DeviceId): Promise<DeviceRecord | undefined> => {
      const [row] = await database.ask<DeviceRow>(one, toText(user), toText(device));
      return row === undefined ? undefined : recordOfRow(row);
    },
    knows: async (user: UserId, device: DeviceId): Promise<boolean> =>
      (await database.ask<{ known: boolean }>(knows, toText(user), toText(device)))[0]!.known,
    putDevice: async (record: DeviceRecord): Promise<void> => {
      const { user, device, state, subscriptions, attachedAt, detachedAt, expiresAt } = record;
      const number = await names.names([user, device]);
      const kept = subscriptions.length === 0 ? null : toText(JSON.stringify(subscriptions));
      const will = record.will === undefined ? null : toText(record.will);
      const row = [number(user), number(device), toText(state), kept, attachedAt, detachedAt, expiresAt];
      await database.ask(put, ...row, record.node, will, record.willAt);
    },
    removeDevice: async (user: UserId, device: DeviceId, attachedAt?: number): Promise<boolean> => {
      const number = await names.names([user, device]);
      return database.transaction(async (connection) => {
        const [known] = await connection.ask<{ attachedAt: number }>(lockRecord, number(user), number(device));
        if (known !== undefined && attachedAt !== undefined && known.attachedAt > attachedAt) return false;
        await forgetDevices(connection, number(user), number(device));
        return known !== undefined;
      });
    },
    renew: async (renewals: readonly Renewal[]): Promise<void> => {
      const number = await names.names(renewals.flatMap(({ user, device }) => [user, device]));
      const rows = renewals.map(({ user, device, attachedAt, expiresAt }) => ({
        account: number(user),
        device: number(device),
        attached_at: attachedAt,
        expires_at: expiresAt,
      }));
      await database.ask(renew, toJson(rows));
    },
    takeWill: async (user: UserId, device: DeviceId, attachedAt: number): Promise<boolean> =>
      (await database.ask(takeWill, toText(user), toText(device), attachedAt)).length > 0,
    dueWills: async (byMs: number, limit: number): Promise<readonly DeviceRecord[]> =>
      (await database.ask<DeviceRow>(due, byMs, limit)).map(recordOfRow),
    orphans: async ({ node, startedAt, silentSince }: Gone, limit: number): Promise<readonly DeviceRecord[]> =>
      (await database.ask<DeviceRow>(orphans, node, startedAt, silentSince, limit)).map(recordOfRow),
    seen: async (node: NodeId, nowMs: number): Promise<void> => void (await database.ask(seen, node, nowMs)),
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
    node: (row.node ?? undefined) as NodeId | undefined,
    will: row.will === null ? undefined : fromText(row.will),
    willAt: row.willAt ?? undefined,
  };
}
