// Small texts that front-ends keep with an account.
import type { Database } from "better-sqlite3";
import type { UserId } from "../../model/ids.ts";
import type { AccountDatum } from "../store.ts";

export function accountDataWrites(db: Database) {
  const put = db.prepare("insert or replace into account_data values (?, ?, ?)");
  const remove = db.prepare("delete from account_data where owner = ? and name = ?");

  return {
    putDatum: (owner: UserId, name: string, value: string | undefined): void =>
      void (value === undefined ? remove.run(owner, name) : put.run(owner, name, value)),
  };
}

export function accountDataReads(db: Database) {
  const one = db
    .prepare<[UserId, string], string>("select value from account_data where owner = ? and name = ?")
    .pluck();
  const some = db.prepare<{ owner: UserId; prefix: string; limit: number }, AccountDatum>(`
    select name, value from account_data
    where owner = @owner and name >= @prefix and substr(name, 1, length(@prefix)) = @prefix order by name limit @limit`);

  return {
    datum: (owner: UserId, name: string): string | undefined => one.get(owner, name),
    data: (owner: UserId, prefix: string, limit: number): readonly AccountDatum[] => some.all({ owner, prefix, limit }),
  };
}
