// A publication as a row, in the queues' bodies and among the retained, and back.
import type { Publication } from "../../model/event.ts";
import type { DeviceId, UserId } from "../../model/ids.ts";
import { fromText } from "./text.ts";

export interface PublicationRow {
  readonly host: string;
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly author: string;
  readonly device: string;
  readonly at: number;
  readonly expiresAt: number | null;
  readonly extensions: string | null;
}

/** Of a table `p` with those columns. */
export const publicationSelect =
  'p.host, p.topic, p.payload, p.qos, p.retain, a.name as author, d.name as device, p.at, p.expires_at as "expiresAt", p.extensions';
export const publicationJoins = "join names a on a.id = p.author join names d on d.id = p.device";

export function publicationOfRow(row: PublicationRow): Publication {
  return {
    type: "publication",
    host: fromText(row.host),
    topic: fromText(row.topic),
    payload: row.payload,
    qos: row.qos,
    retain: row.retain,
    author: fromText(row.author) as UserId,
    device: fromText(row.device) as DeviceId,
    at: row.at,
    expiresAt: row.expiresAt ?? undefined,
    extensions: row.extensions === null ? undefined : JSON.parse(fromText(row.extensions)),
  };
}
