// Users and devices as small integers. A name once written stays, so that its number never changes its meaning.
import type { Database } from "better-sqlite3";
import { WriteBack } from "./write-back.ts";

export type Names = ReturnType<typeof namesOf>;

export function namesOf(db: Database) {
  const select = db.prepare<[string], number>("select id from names where name = ?").pluck();
  const insert = db.prepare<[string], number>("insert into names (name) values (?) returning id").pluck();
  const ids = new WriteBack<number>({
    load: (name) => select.get(name) ?? insert.get(name)!,
    save: () => {},
    capacity: 50_000,
  });
  return {
    /** The number of the name, given now if it has none. For writers. */
    of: (name: string): number => ids.get(name),
    /** For a transaction that was rolled back: its new names are gone. */
    clear: () => ids.clear(),
  };
}
