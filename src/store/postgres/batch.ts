// A batch as `trivium_commit` takes it.
import type { Publication } from "../../model/event.ts";
import type { ConversationId } from "../../model/ids.ts";
import { relationText, retractedBy } from "../envelope.ts";
import { foldMarks } from "../marks.ts";
import type { Batch } from "../store.ts";
import { codeOfKind } from "../entry-columns.ts";
import type { Names, NumberOf } from "./names.ts";
import { toJson } from "./text.ts";

/** The parameters of `trivium_commit`: a part that is empty is null. */
export async function partsOf(batch: Batch, names: Names): Promise<readonly unknown[]> {
  const number = await names.names(namesIn(batch));
  const conversation = await names.conversations(conversationsIn(batch));
  const releases = batch.releases.map(({ author, originId }) => ({ author: number(author), origin: originId }));
  const appendedTo = new Set(batch.appends.map((draft) => conversation(draft.conversation)));
  const movedIn = new Set([...batch.advances, ...batch.marks].map((one) => conversation(one.conversation)));
  const appends = batch.appends.map((draft, n) => ({
    n,
    conversation: conversation(draft.conversation),
    mid: draft.mid,
    at: draft.at,
    kind: codeOfKind[draft.kind],
    author: number(draft.author),
    device: number(draft.device),
    origin: draft.originId,
    held: draft.originReleased === true && draft.originId !== undefined,
    body: draft.body,
    bytes: base64(draft.bytes),
    extensions: draft.extensions === undefined ? undefined : JSON.stringify(draft.extensions),
    target: draft.relation?.target?.seq,
    relation: relationText(draft.relation),
    // Its seq is put in where it is given.
    retracted:
      draft.kind === "retraction" ? JSON.stringify(retractedBy(draft, 0)).replace(`"seq":0`, `"seq":@`) : undefined,
  }));
  const enqueues = batch.enqueues.map(({ publication, sessions, originId }, n) => ({
    n,
    ...publicationFields(publication, number),
    origin: originId,
    sessions: sessions.map(({ user, device, qos, retain, subscriptionIds, share }, place) => ({
      place,
      account: number(user),
      device: number(device),
      qos,
      retain,
      ids: subscriptionIds === undefined ? undefined : JSON.stringify(subscriptionIds),
      share,
    })),
  }));
  const advances = batch.advances.map((one) => ({
    account: number(one.user),
    device: number(one.device),
    conversation: conversation(one.conversation),
    seq: one.seq,
  }));
  const moves = foldMarks(batch.marks).map(({ user, conversation: name, delivered, read, at }) => ({
    account: number(user),
    conversation: conversation(name),
    delivered,
    read,
    at,
  }));
  const settles = batch.settles.map(({ user, device, position }) => ({
    account: number(user),
    device: number(device),
    position,
  }));
  const pins = lastOfTopics(batch).map((publication) => publicationFields(publication, number));
  const parts = [appends, enqueues, advances, moves, settles, pins].map(jsonOf);
  return [jsonOf(releases), [...appendedTo], [...movedIn], ...parts];
}

function jsonOf(part: readonly unknown[]): string | null {
  return part.length === 0 ? null : toJson(part);
}

function* namesIn(batch: Batch): Iterable<string> {
  for (const { author } of batch.releases) yield author;
  for (const { author, device } of batch.appends) yield* [author, device];
  for (const { publication, sessions } of batch.enqueues) {
    yield* [publication.author, publication.device];
    for (const { user, device } of sessions) yield* [user, device];
  }
  for (const { user, device } of batch.advances) yield* [user, device];
  for (const { user } of batch.marks) yield user;
  for (const { user, device } of batch.settles) yield* [user, device];
  for (const { publication } of batch.pins) yield* [publication.author, publication.device];
}

function* conversationsIn(batch: Batch): Iterable<ConversationId> {
  for (const part of [batch.appends, batch.advances, batch.marks]) {
    for (const { conversation } of part) yield conversation;
  }
}

/** One statement changes a row once. */
function lastOfTopics({ pins }: Batch): readonly Publication[] {
  const last = new Map<string, Publication>();
  for (const { publication } of pins) last.set(`${publication.host} ${publication.topic}`, publication);
  return [...last.values()];
}

function publicationFields(publication: Publication, number: NumberOf) {
  return {
    host: publication.host,
    topic: publication.topic,
    payload: base64(publication.payload),
    qos: publication.qos,
    retain: publication.retain,
    author: number(publication.author),
    device: number(publication.device),
    at: publication.at,
    expires_at: publication.expiresAt,
    extensions: publication.extensions === undefined ? undefined : JSON.stringify(publication.extensions),
  };
}

function base64(bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}
