// A publication as a row, in the queues' bodies and among the retained.
import type { Publication } from "../../model/event.ts";
import type { DeviceId, UserId } from "../../model/ids.ts";
import type { Names } from "./names.ts";

/** What the columns hold, in the order of `publicationColumns`. */
export function publicationValues(publication: Publication, names: Names): unknown[] {
  const { host, topic, payload, qos, retain, author, device, at, expiresAt, extensions } = publication;
  return [
    host,
    topic,
    payload,
    qos,
    retain ? 1 : 0,
    names.of(author),
    names.of(device),
    at,
    expiresAt,
    extensions === undefined ? null : JSON.stringify(extensions),
  ];
}

export const publicationColumns = "host, topic, payload, qos, retain, author, device, at, expires_at, extensions";

export interface PublicationRow {
  readonly host: string;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retain: number;
  readonly author: UserId;
  readonly device: DeviceId;
  readonly at: number;
  readonly expiresAt: number | null;
  readonly extensions: string | null;
}

/** Of a table `p` with those columns. */
export const publicationSelect =
  "p.host, p.topic, p.payload, p.qos, p.retain, a.name as author, d.name as device, p.at, p.expires_at as expiresAt, p.extensions";
export const publicationJoins = "join names a on a.id = p.author join names d on d.id = p.device";

export function publicationOfRow(row: PublicationRow): Publication {
  return {
    type: "publication",
    host: row.host,
    topic: row.topic,
    payload: row.payload,
    qos: row.qos,
    retain: row.retain === 1,
    author: row.author,
    device: row.device,
    at: row.at,
    expiresAt: row.expiresAt ?? undefined,
    extensions: row.extensions === null ? undefined : JSON.parse(row.extensions),
  };
}
