// The last value of each plain topic.
import type { Publication } from "../../model/event.ts";
import { pages } from "../pages.ts";
import type { Connection } from "./connection.ts";
import { publicationJoins, publicationOfRow, publicationSelect, type PublicationRow } from "./publication-rows.ts";
import { toText } from "./text.ts";

const page = {
  name: "retained",
  text: `
    select ${publicationSelect} from retained p ${publicationJoins}
    where (p.host, p.key) > ($1, case when $2 = '' then '' else sha256(convert_to($2, 'UTF8')) end)
    order by p.host, p.key
    limit $3`,
};

export function retainedReads(connection: Connection) {
  return {
    retained: (): AsyncIterable<readonly Publication[]> =>
      pages(async (last: Publication | undefined, limit) => {
        const rows = await connection.ask<PublicationRow>(
          page,
          toText(last?.host ?? ""),
          toText(last?.topic ?? ""),
          limit,
        );
        return rows.map(publicationOfRow);
      }),
  };
}
