// Drafts, publications and names with good defaults. Each test has a tenant of its own, so that all share one store.
import { randomFillSync } from "node:crypto";
import type { DatedDraft, Envelope, Publication } from "../../model/event.ts";
import {
  directOf,
  roomOf,
  userOf,
  type ConversationId,
  type DeviceId,
  type MessageId,
  type OriginId,
  type UserId,
} from "../../model/ids.ts";
import { uuidv7Source } from "../../model/uuid.ts";
import type { Appended, Batch, DeviceRecord, Store } from "../../store/store.ts";

let tenants = 0;
const uuidv7 = uuidv7Source((into) => randomFillSync(into));

export interface Tenant {
  readonly host: string;
  readonly alice: UserId;
  readonly bob: UserId;
  readonly carol: UserId;
  readonly direct: ConversationId;
  readonly lobby: ConversationId;
}

/** Accounts and conversations that no other test touches. */
export function tenant(): Tenant {
  const host = `t${++tenants}-${process.pid}.example.org`;
  const [alice, bob, carol] = [userOf("alice", host), userOf("bob", host), userOf("carol", host)];
  return { host, alice, bob, carol, direct: directOf(alice, bob), lobby: roomOf("lobby", host) };
}

export const phone = "xmpp:phone" as DeviceId;
export const sensor = "mqtt:sensor" as DeviceId;

export function origin(name: string): OriginId {
  return name as OriginId;
}

export function freshMid(): MessageId {
  return uuidv7(1_700_000_000_000);
}

/** Alice says something to Bob. */
export function draft(at: Tenant, over: Partial<DatedDraft> = {}): DatedDraft {
  return {
    conversation: at.direct,
    kind: "message",
    author: at.alice,
    device: phone,
    mid: freshMid(),
    at: 1_700_000_000_000,
    body: "hark",
    ...over,
  };
}

export function publication(at: Tenant, over: Partial<Publication> = {}): Publication {
  return {
    type: "publication",
    host: at.host,
    topic: "plant/7/temp",
    payload: Buffer.from("21.5"),
    qos: 1,
    retain: false,
    author: at.alice,
    device: sensor,
    at: 1_700_000_000_000,
    ...over,
  };
}

export function record(at: Tenant, over: Partial<DeviceRecord> = {}): DeviceRecord {
  return { user: at.bob, device: sensor, state: "{}", subscriptions: [], attachedAt: 1, detachedAt: 0, ...over };
}

export function batch(over: Partial<Batch>): Batch {
  return { releases: [], appends: [], enqueues: [], advances: [], marks: [], settles: [], pins: [], ...over };
}

export async function append(store: Store, ...drafts: readonly DatedDraft[]): Promise<readonly Appended[]> {
  return (await store.commit(batch({ appends: drafts }))).appended;
}

/** `count` messages of Alice in one batch. */
export function appendMany(store: Store, count: number, over: () => DatedDraft): Promise<readonly Appended[]> {
  return append(store, ...Array.from({ length: count }, over));
}

/** The seqs given; 0 where there was a conflict. */
export function seqs(appended: readonly Appended[]): readonly number[] {
  return appended.map((one) => (one.outcome === "conflict" ? 0 : one.envelope.seq));
}

export function bodies(envelopes: readonly Envelope[]): readonly (string | undefined)[] {
  return envelopes.map((one) => one.body);
}

/** As plain data: absent and undefined fields are the same, any byte array is one kind. */
export function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString("base64") };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(fields.sort().map(([name, field]) => [name, plain(field)]));
}

export async function all<T>(pages: AsyncIterable<readonly T[]>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const page of pages) found.push(...page);
  return found;
}
