// Small texts that front-ends keep with an account.
import type { UserId } from "../../model/ids.ts";
import type { AccountDatum } from "../store.ts";
import type { Database } from "./connection.ts";
import { nameId } from "./keys.ts";
import type { Names } from "./names.ts";
import { fromText, toText } from "./text.ts";

const put = {
  name: "put_datum",
  text: `insert into account_data values ($1, $2, $3) on conflict (owner, name) do update set value = excluded.value`,
};
const remove = { name: "remove_datum", text: "delete from account_data where owner = $1 and name = $2" };
const one = { name: "datum", text: `select value from account_data where owner = ${nameId("$1")} and name = $2` };
const some = {
  name: "data",
  text: `
    select name, value from account_data
    where owner = ${nameId("$1")} and name >= $2 and starts_with(name, $2) order by name limit $3`,
};

export function accountDataOf(database: Database, names: Names) {
  return {
    datum: async (owner: UserId, name: string): Promise<string | undefined> => {
      const [row] = await database.ask<{ value: string }>(one, toText(owner), toText(name));
      return row === undefined ? undefined : fromText(row.value);
    },
    data: async (owner: UserId, prefix: string, limit: number): Promise<readonly AccountDatum[]> => {
      const rows = await database.ask<AccountDatum>(some, toText(owner), toText(prefix), limit);
      return rows.map(({ name, value }) => ({ name: fromText(name), value: fromText(value) }));
    },
    putDatum: async (owner: UserId, name: string, value: string | undefined): Promise<void> => {
      const number = (await names.names([owner]))(owner);
      if (value === undefined) await database.ask(remove, number, toText(name));
      else await database.ask(put, number, toText(name), toText(value));
    },
  };
}
