// An entry as a row, and back.
import type { EntryKind, Envelope, Retracted } from "../../model/event.ts";
import type { ConversationId, DeviceId, MessageId, OriginId, UserId } from "../../model/ids.ts";
import { relationOfText } from "../envelope.ts";
import { fromText } from "./text.ts";

export const codeOfKind = {
  message: 0,
  subject: 1,
  membership: 2,
  edit: 3,
  retraction: 4,
  reaction: 5,
  invitation: 6,
} satisfies Record<EntryKind, number>;
const kindOfCode = Object.keys(codeOfKind) as EntryKind[];

/** In the order of `entryColumns`. */
export type EntryRow = [
  seq: number,
  kind: number,
  mid: string,
  at: number,
  author: string,
  device: string,
  origin: string | null,
  body: string | null,
  bytes: Buffer | null,
  extensions: string | null,
  relation: string | null,
  retracted: string | null,
];

export const entryColumns =
  "e.seq, e.kind, e.mid, e.at, a.name, d.name, e.origin, e.body, e.bytes, e.extensions, e.relation, e.retracted";
export const entryJoins = "join names a on a.id = e.author join names d on d.id = e.device";

export function envelopeOfRow(conversation: ConversationId, row: EntryRow): Envelope {
  return {
    type: "entry",
    conversation,
    seq: row[0],
    kind: kindOfCode[row[1]]!,
    mid: row[2] as MessageId,
    at: row[3],
    author: fromText(row[4]) as UserId,
    device: fromText(row[5]) as DeviceId,
    originId: row[6] === null ? undefined : (fromText(row[6]) as OriginId),
    body: row[7] === null ? undefined : fromText(row[7]),
    bytes: row[8] ?? undefined,
    extensions: row[9] === null ? undefined : JSON.parse(fromText(row[9])),
    relation: row[10] === null ? undefined : relationOfText(fromText(row[10])),
    retracted: row[11] === null ? undefined : (JSON.parse(fromText(row[11])) as Retracted),
  };
}
