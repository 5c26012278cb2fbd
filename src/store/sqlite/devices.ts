// Devices that are remembered between connections.
import type { Database } from "better-sqlite3";
import type { DeviceId, UserId } from "../../model/ids.ts";
import type { DeviceRecord } from "../store.ts";
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
}

export type DeviceWrites = ReturnType<typeof deviceWrites>;

export function deviceWrites(db: Database, names: Names, queues: QueueWrites) {
  const put = db.prepare("insert or replace into devices values (?, ?, ?, ?, ?, ?, ?)");
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
      const { user, device, state, subscriptions, attachedAt, detachedAt, expiresAt } = record;
      const kept = subscriptions.length === 0 ? null : JSON.stringify(subscriptions);
      put.run(names.of(user), names.of(device), state, kept, attachedAt, detachedAt, expiresAt);
    },
    removeDevice: (user: UserId, device: DeviceId): void => forget(names.of(user), names.of(device)),
  };
}

export function deviceReads(db: Database) {
  const select = `
    select u.name as user, d.name as device, r.state, r.subscriptions,
      r.attached_at as attachedAt, r.detached_at as detachedAt, r.expires_at as expiresAt
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
    ${select} where r.expires_at <= ? order by r.expires_at limit ?`);

  return {
    device: (user: UserId, device: DeviceId): DeviceRecord | undefined => {
      const row = one.get(user, device);
      return row === undefined ? undefined : recordOfRow(row);
    },
    subscriberPage: (afterUser: string, afterDevice: string, limit: number): readonly DeviceRecord[] =>
      page.all(afterUser, afterDevice, limit).map(recordOfRow),
    expired: (nowMs: number, limit: number): readonly DeviceRecord[] => expired.all(nowMs, limit).map(recordOfRow),
  };
}

function recordOfRow(row: DeviceRow): DeviceRecord {
  return {
    ...row,
    subscriptions: row.subscriptions === null ? [] : JSON.parse(row.subscriptions),
    expiresAt: row.expiresAt ?? undefined,
  };
}
