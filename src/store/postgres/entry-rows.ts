// An entry as a row, and back.
import type { Envelope, Retracted } from "../../model/event.ts";
import type { ConversationId, DeviceId, MessageId, OriginId, UserId } from "../../model/ids.ts";
import { kindOfCode } from "../entry-columns.ts";
import { relationOfText } from "../envelope.ts";
import { fromText } from "./text.ts";

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
