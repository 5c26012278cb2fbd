// Devices that are remembered between connections.
import type { Database } from "better-sqlite3";
import type { DeviceId, NodeId, UserId } from "../../model/ids.ts";
import type { DeviceRecord, Gone, Renewal } from "../store.ts";
import type { Names } from "./names.ts";
import type { QueueWrites } from "./queues.ts";

interface DeviceRow {
  readonly user: UserId;
  readonly device: DeviceId;
  readonly state: string;
  readonly subscriptions: string | null;
  readonly attachedAt: number;
  readonly detachedAt: number;
  readonly expiresAt: number | null;
  readonly node: NodeId | null;
  readonly will: string | null;
  readonly willAt: number | null;
}

export type DeviceWrites = ReturnType<typeof deviceWrites>;

export function deviceWrites(db: Database, names: Names, queues: QueueWrites) {
  const put = db.prepare(`
    insert into devices values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    on conflict do update set state = excluded.state, subscriptions = excluded.subscriptions,
      attached_at = excluded.attached_at, detached_at = excluded.detached_at, expires_at = excluded.expires_at,
      node = excluded.node, will = excluded.will, will_at = excluded.will_at
    where attached_at <= excluded.attached_at`);
  const attachedAtOf = db
    .prepare<[number, number], number>("select attached_at from devices where user = ? and device = ?")
    .pluck();
  const renew = db.prepare("update devices set expires_at = ? where user = ? and device = ? and attached_at = ?");
  const takeWill = db.prepare(`
    update devices set will = null, will_at = null
    where user = ? and device = ? and attached_at = ? and will is not null`);
  const seen = db.prepare("insert into nodes values (?, ?) on conflict do update set seen_at = excluded.seen_at");
  const remove = db.prepare("delete from devices where user = ? and device = ?");
  const removeCursors = db.prepare("delete from cursors where user = ? and device = ?");
  const removeOrigins = db.prepare("delete from held_origins where author = ? and device = ?");

  function forget(user: number, device: number): void {
    remove.run(user, device);
    queues.removeQueue(user, device);
    removeCursors.run(user, device);
    removeOrigins.run(user, device);
  }

  return {
    forget,
    putDevice: (record: DeviceRecord): void => {
      const { user, device, state, subscriptions, attachedAt, detachedAt, expiresAt, node, will, willAt } = record;
      const kept = subscriptions.length === 0 ? null : JSON.stringify(subscriptions);
      const key = [names.of(user), names.of(device)] as const;
      put.run(...key, state, kept, attachedAt, detachedAt, expiresAt, node, will, willAt);
    },
    removeDevice: (user: UserId, device: DeviceId, attachedAt?: number): boolean => {
      const key = [names.of(user), names.of(device)] as const;
      const known = attachedAtOf.get(...key);
      if (known !== undefined && attachedAt !== undefined && known > attachedAt) return false;
      forget(...key);
      return known !== undefined;
    },
    renew: (renewals: readonly Renewal[]): void =>
      renewals.forEach(({ user, device, attachedAt, expiresAt }) =>
        renew.run(expiresAt, names.of(user), names.of(device), attachedAt),
      ),
    takeWill: (user: UserId, device: DeviceId, attachedAt: number): boolean =>
      takeWill.run(names.of(user), names.of(device), attachedAt).changes > 0,
    seen: (node: NodeId, nowMs: number): void => void seen.run(node, nowMs),
  };
}

export function deviceReads(db: Database) {
  const select = `
    select u.name as user, d.name as device, r.state, r.subscriptions,
      r.attached_at as attachedAt, r.detached_at as detachedAt, r.expires_at as expiresAt,
      r.node, r.will, r.will_at as willAt
    from devices r join names u on u.id = r.user join names d on d.id = r.device`;
  const one = db.prepare<[UserId, DeviceId], DeviceRow>(`
    ${select}
    where r.user = (select id from names where name = ?) and r.device = (select id from names where name = ?)`);
  const page = db.prepare<[string, string, number], DeviceRow>(`
    ${select}
    where r.subscriptions is not null
      and (r.user, r.device) > (coalesce((select id from names where name = ?), 0), coalesce((select id from names where name = ?), 0))
    order by r.user, r.device
    limit ?`); // prettier-ignore
  const expired = db.prepare<[number, number], DeviceRow>(`
    ${select} where r.expires_at <= ? and r.will is null order by r.expires_at limit ?`);
  const due = db.prepare<[number, number], DeviceRow>(`${select} where r.will_at <= ? order by r.will_at limit ?`);
  const orphans = db.prepare<[NodeId, number, NodeId, number, number], DeviceRow>(`
    ${select}
    where r.will is not null and r.will_at is null and (
      (r.node = ? and r.attached_at < ?)
      or (r.node is not ? and coalesce((select n.seen_at from nodes n where n.node = r.node), 0) < ?))
    limit ?`);

  const knows = db
    .prepare<[UserId, DeviceId], number>(
      `
    with key as (select u.id as user, d.id as device from names u, names d where u.name = ? and d.name = ?)
    select exists (select 1 from devices natural join key) or exists (select 1 from queue_entries natural join key)
      or exists (select 1 from queue_runs natural join key) or exists (select 1 from cursors natural join key)
      or exists (select 1 from held_origins h join key k on h.author = k.user and h.device = k.device)`,
    )
    .pluck();

  return {
    knows: (user: UserId, device: DeviceId): boolean => knows.get(user, device) === 1,
    device: (user: UserId, device: DeviceId): DeviceRecord | undefined => {
      const row = one.get(user, device);
      return row === undefined ? undefined : recordOfRow(row);
    },
    subscriberPage: (afterUser: string, afterDevice: string, limit: number): readonly DeviceRecord[] =>
      page.all(afterUser, afterDevice, limit).map(recordOfRow),
    expired: (nowMs: number, limit: number): readonly DeviceRecord[] => expired.all(nowMs, limit).map(recordOfRow),
    dueWills: (byMs: number, limit: number): readonly DeviceRecord[] => due.all(byMs, limit).map(recordOfRow),
    orphans: ({ silentSince, node, startedAt }: Gone, limit: number): readonly DeviceRecord[] =>
      orphans.all(node, startedAt, node, silentSince, limit).map(recordOfRow),
  };
}

function recordOfRow(row: DeviceRow): DeviceRecord {
  return {
    ...row,
    subscriptions: row.subscriptions === null ? [] : JSON.parse(row.subscriptions),
    expiresAt: row.expiresAt ?? undefined,
    node: row.node ?? undefined,
    will: row.will ?? undefined,
    willAt: row.willAt ?? undefined,
  };
}
