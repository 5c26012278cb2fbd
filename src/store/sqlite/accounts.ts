// Accounts, and the secrets that all nodes share.
import type { Database } from "better-sqlite3";
import type { Account } from "../../model/account.ts";
import type { UserId } from "../../model/ids.ts";
import type { ContactWrites } from "./contacts.ts";
import type { Conversations } from "./conversations.ts";
import type { DeviceWrites } from "./devices.ts";
import type { NodeWrites } from "./nodes.ts";
import type { Names } from "./names.ts";

interface AccountRow {
  readonly user: UserId;
  readonly keys: string;
  readonly createdAt: number;
}

export function accountWrites(
  db: Database,
  names: Names,
  {
    conversations,
    devices,
    contacts,
    nodes,
  }: { conversations: Conversations; devices: DeviceWrites; contacts: ContactWrites; nodes: NodeWrites },
) {
  const create = db.prepare("insert into accounts values (?, ?, ?) on conflict do nothing");
  const update = db.prepare("update accounts set keys = ? where user = ?");
  const remove = db.prepare("delete from accounts where user = ?");
  const removeData = db.prepare<[UserId]>("delete from account_data where owner = ?");
  const removeOwn = ["contacts", "rosters", "removed_contacts", "client_tokens"].map((table) =>
    db.prepare<[UserId]>(`delete from ${table} where owner = ?`),
  );
  const listedBy = db.prepare<[UserId], UserId>("select owner from contacts where contact = ?").pluck();
  const devicesOf = db
    .prepare<{ user: number }, number>(`
      select device from devices where user = @user
      union select device from queue_entries where user = @user
      union select device from queue_runs where user = @user
      union select device from cursors where user = @user
      union select device from held_origins where author = @user`)
    .pluck();
  const leave = [
    // A direct conversation peoples itself anew with its next message.
    `update conversations set peopled = 0
     where name like 'dm:%' and id in (select conversation from members where user = ?)`,
    "delete from members where user = ?",
    "delete from marks where user = ?",
  ].map((sql) => db.prepare(sql));
  const secret = db.prepare("insert into secrets values (?, ?) on conflict do nothing");
  const secretOf = db.prepare<[string], string>("select value from secrets where name = ?").pluck();

  return {
    createAccount: ({ user, keys, createdAt }: Account): boolean =>
      create.run(user, JSON.stringify(keys), createdAt).changes > 0,
    updateAccount: ({ user, keys }: Account): boolean => update.run(JSON.stringify(keys), user).changes > 0,
    removeAccount: (user: UserId): boolean => {
      if (remove.run(user).changes === 0) return false;
      for (const own of removeOwn) own.run(user);
      for (const owner of listedBy.all(user)) contacts.removeContact(owner, user);
      removeData.run(user);
      nodes.forgetNodes(user);
      const id = names.of(user);
      for (const device of devicesOf.all({ user: id })) devices.forget(id, device);
      for (const statement of leave) statement.run(id);
      conversations.clear();
      return true;
    },
    secret: (name: string, value: string): string => {
      secret.run(name, value);
      return secretOf.get(name)!;
    },
  };
}

export function accountReads(db: Database) {
  const select = "select user, keys, created_at as createdAt from accounts";
  const one = db.prepare<[UserId], AccountRow>(`${select} where user = ?`);
  const page = db.prepare<[string, number], AccountRow>(`${select} where user > ? order by user limit ?`);

  return {
    account: (user: UserId): Account | undefined => {
      const row = one.get(user);
      return row === undefined ? undefined : accountOfRow(row);
    },
    accounts: (limit: number, after?: UserId): readonly Account[] => page.all(after ?? "", limit).map(accountOfRow),
  };
}

function accountOfRow(row: AccountRow): Account {
  return { ...row, keys: JSON.parse(row.keys) };
}
