// Contact lists.
import type { Database } from "better-sqlite3";
import type { Contact } from "../../model/account.ts";
import type { UserId } from "../../model/ids.ts";
import { isTooOld, rememberedChanges } from "../rosters.ts";
import type { ContactChange, ContactChanges } from "../store.ts";

interface ContactRow {
  readonly owner: UserId;
  readonly contact: UserId;
  readonly name: string | null;
  readonly groups: string;
  readonly subscription: Contact["subscription"];
  readonly ask: number;
  readonly pendingIn: number;
  readonly approved: number;
}

export type ContactWrites = ReturnType<typeof contactWrites>;

export function contactWrites(db: Database) {
  const put = db.prepare("insert or replace into contacts values (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const remove = db.prepare("delete from contacts where owner = ? and contact = ?");
  const bump = db
    .prepare<[UserId], number>(`
      insert into rosters values (?, 1) on conflict do update set version = version + 1 returning version`)
    .pluck();
  const missed = db.prepare("insert or replace into removed_contacts values (?, ?, ?)");
  const back = db.prepare("delete from removed_contacts where owner = ? and contact = ?");
  const forget = db.prepare("delete from removed_contacts where owner = ? and version < ?");

  return {
    putContact: ({ owner, contact, name, groups, subscription, ask, pendingIn, approved }: Contact): number => {
      const version = bump.get(owner)!;
      const flags = [ask ? 1 : 0, pendingIn ? 1 : 0, version, approved === true ? 1 : 0];
      put.run(owner, contact, name, JSON.stringify(groups), subscription, ...flags);
      back.run(owner, contact);
      return version;
    },
    removeContact: (owner: UserId, contact: UserId): number | undefined => {
      if (remove.run(owner, contact).changes === 0) return undefined;
      const version = bump.get(owner)!;
      missed.run(owner, contact, version);
      forget.run(owner, version - rememberedChanges);
      return version;
    },
  };
}

export function contactReads(db: Database) {
  const select =
    "select owner, contact, name, groups, subscription, ask, pending_in as pendingIn, approved from contacts";
  const all = db.prepare<[UserId], ContactRow>(`${select} where owner = ?`);
  const one = db.prepare<[UserId, UserId], ContactRow>(`${select} where owner = ? and contact = ?`);
  const versionOf = db.prepare<[UserId], number>("select version from rosters where owner = ?").pluck();
  const put = db.prepare<[UserId, number], ContactRow & { version: number }>(`
    select owner, contact, name, groups, subscription, ask, pending_in as pendingIn, approved, version from contacts
    where owner = ? and version > ?`);
  const removed = db.prepare<[UserId, number], { contact: UserId; version: number }>(
    "select contact, version from removed_contacts where owner = ? and version > ?",
  );

  const contactChanges = db.transaction((owner: UserId, since: number | undefined): ContactChanges => {
    const version = versionOf.get(owner) ?? 0;
    const whole = isTooOld(since, version);
    const changed: ContactChange[] = put
      .all(owner, whole ? -1 : since!)
      .map(({ version: at, ...row }) => ({ contact: row.contact, line: contactOfRow(row), version: at }));
    if (!whole) changed.push(...removed.all(owner, since!).map((gone) => ({ ...gone, line: undefined })));
    return { version, whole, changed: changed.sort((a, b) => a.version - b.version) };
  });

  return {
    contacts: (owner: UserId): readonly Contact[] => all.all(owner).map(contactOfRow),
    contact: (owner: UserId, contact: UserId): Contact | undefined => {
      const row = one.get(owner, contact);
      return row === undefined ? undefined : contactOfRow(row);
    },
    contactChanges: (owner: UserId, since: number | undefined): ContactChanges => contactChanges(owner, since),
  };
}

function contactOfRow(row: ContactRow): Contact {
  return {
    ...row,
    name: row.name ?? undefined,
    groups: JSON.parse(row.groups),
    ask: row.ask === 1,
    pendingIn: row.pendingIn === 1,
    approved: row.approved === 1 ? true : undefined,
  };
}
