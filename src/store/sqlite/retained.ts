// The last value of each plain topic.
import type { Database } from "better-sqlite3";
import type { Publication } from "../../model/event.ts";
import type { RetainedChange } from "../store.ts";
import type { Names } from "./names.ts";
import { publicationColumns, publicationJoins, publicationOfRow, publicationSelect } from "./publication-rows.ts";
import { publicationValues, type PublicationRow } from "./publication-rows.ts";

export function retainedWrites(db: Database, names: Names) {
  const put = db.prepare(`
    insert or replace into retained (${publicationColumns}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const remove = db.prepare("delete from retained where host = ? and topic = ?");

  return {
    pin: ({ publication }: RetainedChange): void => {
      if (publication.payload.length === 0) remove.run(publication.host, publication.topic);
      else put.run(...publicationValues(publication, names));
    },
  };
}

export function retainedReads(db: Database) {
  const page = db.prepare<[string, string, number], PublicationRow>(`
    select ${publicationSelect} from retained p ${publicationJoins}
    where (p.host, p.topic) > (?, ?)
    order by p.host, p.topic
    limit ?`);

  return {
    retainedPage: (afterHost: string, afterTopic: string, limit: number): readonly Publication[] =>
      page.all(afterHost, afterTopic, limit).map(publicationOfRow),
  };
}
