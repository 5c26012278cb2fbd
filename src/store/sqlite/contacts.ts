// Contact lists.
import type { Database } from "better-sqlite3";
import type { Contact } from "../../model/account.ts";
import type { UserId } from "../../model/ids.ts";

interface ContactRow {
  readonly owner: UserId;
  readonly contact: UserId;
  readonly name: string | null;
  readonly groups: string;
  readonly subscription: Contact["subscription"];
  readonly ask: number;
  readonly pendingIn: number;
}

export function contactWrites(db: Database) {
  const put = db.prepare("insert or replace into contacts values (?, ?, ?, ?, ?, ?, ?)");
  const remove = db.prepare("delete from contacts where owner = ? and contact = ?");

  return {
    putContact: ({ owner, contact, name, groups, subscription, ask, pendingIn }: Contact): void =>
      void put.run(owner, contact, name, JSON.stringify(groups), subscription, ask ? 1 : 0, pendingIn ? 1 : 0),
    removeContact: (owner: UserId, contact: UserId): boolean => remove.run(owner, contact).changes > 0,
  };
}

export function contactReads(db: Database) {
  const select = "select owner, contact, name, groups, subscription, ask, pending_in as pendingIn from contacts";
  const all = db.prepare<[UserId], ContactRow>(`${select} where owner = ?`);
  const one = db.prepare<[UserId, UserId], ContactRow>(`${select} where owner = ? and contact = ?`);

  return {
    contacts: (owner: UserId): readonly Contact[] => all.all(owner).map(contactOfRow),
    contact: (owner: UserId, contact: UserId): Contact | undefined => {
      const row = one.get(owner, contact);
      return row === undefined ? undefined : contactOfRow(row);
    },
  };
}

function contactOfRow(row: ContactRow): Contact {
  return {
    ...row,
    name: row.name ?? undefined,
    groups: JSON.parse(row.groups),
    ask: row.ask === 1,
    pendingIn: row.pendingIn === 1,
  };
}
