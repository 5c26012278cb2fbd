// Users and devices as small integers. A name once written stays, so that its number never changes its meaning.
import type { Database } from "better-sqlite3";
import { Recent } from "../recent.ts";

export type Names = ReturnType<typeof namesOf>;

export function namesOf(db: Database) {
  const select = db.prepare<[string], number>("select id from names where name = ?").pluck();
  const insert = db.prepare<[string], number>("insert into names (name) values (?) returning id").pluck();
  const ids = new Recent<number>(50_000);
  return {
    /** The number of the name, given now if it has none. For writers. */
    of: (name: string): number => {
      const known = ids.get(name);
      if (known !== undefined) return known;
      const id = select.get(name) ?? insert.get(name)!;
      ids.set(name, id);
      return id;
    },
    /** For a transaction that was rolled back: its new names are gone. */
    clear: () => ids.clear(),
  };
}
