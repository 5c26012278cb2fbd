// Accounts, and the secrets that all nodes share.
import type { Account } from "../../model/account.ts";
import type { UserId } from "../../model/ids.ts";
import type { Database } from "./connection.ts";
import { forgetDevices } from "./devices.ts";
import type { Names } from "./names.ts";
import { removeOne } from "./contacts.ts";
import { fromText, toText } from "./text.ts";

const create = {
  name: "create_account",
  text: "insert into accounts (name, keys, created_at) values ($1, $2, $3) on conflict do nothing returning name",
};
const update = { name: "update_account", text: "update accounts set keys = $2 where name = $1 returning name" };
const remove = { name: "remove_account", text: "delete from accounts where name = $1 returning name" };
const leave = [
  // A direct conversation peoples itself anew with its next message. Conversations are locked first, in their order.
  `with held as materialized (
     select c.id from members m join conversations c on c.id = m.conversation
     where m.account = $1 and c.one is not null order by c.id for update of c
   )
   update conversations set peopled = false where id in (select id from held)`,
  "delete from members where account = $1",
  "delete from marks where account = $1",
  "delete from contacts where owner = $1",
  "delete from rosters where owner = $1",
  "delete from removed_contacts where owner = $1",
  "delete from account_data where owner = $1",
  "delete from client_tokens where owner = $1",
  "delete from pub_nodes where owner = $1",
  "delete from pub_members where account = $1",
].map((text, at) => ({ name: `leave_${at}`, text }));
const listedBy = { name: "listed_by", text: "select owner from contacts where contact = $1 order by owner" };
const select = `select name as "user", keys, created_at as "createdAt" from accounts`;
const one = { name: "account", text: `${select} where name = $1` };
const page = { name: "accounts", text: `${select} where name > $1 order by name limit $2` };
const secret = { name: "secret", text: "insert into secrets (name, value) values ($1, $2) on conflict do nothing" };
const secretOf = { name: "secret_of", text: "select value from secrets where name = $1" };

interface AccountRow {
  readonly user: string;
  readonly keys: string;
  readonly createdAt: number;
}

export function accountsOf(database: Database, names: Names) {
  return {
    account: async (user: UserId): Promise<Account | undefined> => {
      const [row] = await database.ask<AccountRow>(one, toText(user));
      return row === undefined ? undefined : accountOfRow(row);
    },
    createAccount: async ({ user, keys, createdAt }: Account): Promise<boolean> =>
      (await database.ask(create, toText(user), toText(JSON.stringify(keys)), createdAt)).length > 0,
    updateAccount: async ({ user, keys }: Account): Promise<boolean> =>
      (await database.ask(update, toText(user), toText(JSON.stringify(keys)))).length > 0,
    removeAccount: async (user: UserId): Promise<boolean> => {
      const id = (await names.names([user]))(user);
      return await database.transaction(async (connection) => {
        if ((await connection.ask(remove, toText(user))).length === 0) return false;
        for (const statement of leave) await connection.ask(statement, id);
        for (const { owner } of await connection.ask<{ owner: number }>(listedBy, id))
          await removeOne(connection, owner, id);
        await forgetDevices(connection, id, null);
        return true;
      });
    },
    accounts: async (limit: number, after?: UserId): Promise<readonly Account[]> =>
      (await database.ask<AccountRow>(page, toText(after ?? ""), limit)).map(accountOfRow),
    secret: async (name: string, value: string): Promise<string> => {
      await database.ask(secret, toText(name), toText(value));
      const [first] = await database.ask<{ value: string }>(secretOf, toText(name));
      return fromText(first!.value);
    },
  };
}

function accountOfRow({ user, keys, createdAt }: AccountRow): Account {
  return { user: fromText(user) as UserId, keys: JSON.parse(fromText(keys)), createdAt };
}
