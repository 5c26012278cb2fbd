// The embedded store: one SQLite file, in threads of its own.
import { Fault } from "../../model/fault.ts";
import type { DatedDraft, Publication } from "../../model/event.ts";
import { systemClock } from "../../ops/clock.ts";
import type { Logger } from "../../ops/log.ts";
import { envelopeOf } from "../envelope.ts";
import { pageOf } from "../archive.ts";
import type { TopicLog } from "../kept.ts";
import { pages } from "../pages.ts";
import type { Appended, Batch, Committed, DeviceRecord, Store } from "../store.ts";
import type { AppendedRow } from "./append.ts";
import type { PortableBatch } from "./commit.ts";
import { envelopeOfRow } from "./entry-rows.ts";
import { joined, SearchIndexer } from "../search.ts";
import { openLine, type Line } from "./line.ts";
import { own } from "./own-bytes.ts";
import { packLog } from "./packed-log.ts";
import { QueuePacker, type PackedQueues } from "./packed-queues.ts";
import type { Reads, Writes } from "./questions.ts";

export interface SqliteOptions {
  readonly file: string;
  readonly log: Logger;
  /** Told when the store has failed for good (a failed fsync, a thread that ended): it accepts nothing more. */
  readonly failed?: (() => void) | undefined;
}

/** The file is made when it does not exist; other processes may have it open. */
export function createSqliteStore({ file, log, failed: told }: SqliteOptions): Store {
  let opened: { writer: Line<Writes>; reader: Line<Reads> } | undefined;
  const lines = () => {
    if (opened === undefined) throw new Fault("unavailable", "the store has not been started");
    return opened;
  };
  const write: Line<Writes>["ask"] = async (name, ...args) => lines().writer.ask(name, ...args);
  const read: Line<Reads>["ask"] = async (name, ...args) => lines().reader.ask(name, ...args);
  const packer = new QueuePacker();
  const failed = (reason: string): void => {
    log.error({ what: "store_failed", file, reason }, "the store accepts nothing more");
    told?.();
  };

  const indexer = new SearchIndexer(() => write("index"), systemClock, log);

  return {
    start: async () => {
      const writer = await openLine<Writes>(file, "writer", failed);
      // After the writer, which brings the file to the newest schema.
      const reader = await openLine<Reads>(file, "reader", failed);
      opened = { writer, reader };
      indexer.wake(0);
    },
    ping: async () => {
      await write("open", ...([] as never));
      await read("ping");
    },
    [Symbol.asyncDispose]: async () => {
      await indexer.stop();
      await opened?.reader.close();
      await opened?.writer.close();
    },

    commit: async (batch) => {
      const { packed, answer } = packer.pack(batch.enqueues, batch.settles);
      const { appended, given } = await write("commit", portable(batch, packed));
      if (batch.appends.length > 0) indexer.wake(batch.appends.length);
      return {
        appended: appended.map((row, at) => appendedOf(batch.appends[at]!, row)),
        enqueued: answer(given),
      } satisfies Committed;
    },
    read: async (conversation, after, limit) =>
      (await read("read", conversation, after, limit)).map((row) => envelopeOfRow(conversation, row)),
    readBefore: async (conversation, before, limit) =>
      (await read("readBefore", conversation, before, limit)).map((row) => envelopeOfRow(conversation, row)),
    archive: async (query) => {
      const found = await read("archive", query);
      if (found === undefined) return undefined;
      const entries = found.rows.map(([conversation, row]) => envelopeOfRow(conversation, row));
      return { ...pageOf(entries, query), count: found.count };
    },
    heads: (conversations) => read("heads", conversations),
    entry: async (conversation, mid) => {
      const row = await read("entry", conversation, mid);
      return row === undefined ? undefined : envelopeOfRow(conversation, row);
    },
    pins: async (conversation, limit) =>
      (await read("pins", conversation, limit)).map((row) => envelopeOfRow(conversation, row)),
    find: async (conversation, author, originId) => {
      const row = await write("find", conversation, author, originId);
      return row === undefined ? undefined : envelopeOfRow(conversation, row);
    },
    topicLogs: () => pages<TopicLog>((last, limit) => read("topicPage", last?.conversation ?? "", limit)),
    prune: (conversation, bounds) => write("prune", conversation, bounds),
    search: async (query) => {
      await indexer.caughtUp();
      const rows = await read("search", query);
      if (rows === undefined) return undefined;
      const [found, tail] = [rows.found, rows.tail].map((some) =>
        some.map(([conversation, row]) => envelopeOfRow(conversation, row)),
      );
      return joined(found!, tail!, query);
    },
    backlog: (user, device) => read("backlog", user, device),
    cursor: (user, device, conversation, since) => read("cursor", user, device, conversation, since),
    marks: (conversation) => read("marks", conversation),
    conversations: (user, limit) => read("conversations", user, limit),

    queued: (user, device, after, limit) => read("queued", user, device, after, limit),
    shared: (host, share, after, limit) => read("shared", host, share, after, limit),
    handOver: (entries) => write("handOver", entries),
    dropExpired: (nowMs, queuedBefore, limit) => write("dropExpired", nowMs, queuedBefore, limit),
    retained: () =>
      pages<Publication>((last, limit) => read("retainedPage", last?.host ?? "", last?.topic ?? "", limit)),

    device: (user, device) => read("device", user, device),
    knows: (user, device) => read("knows", user, device),
    putDevice: (record) => write("putDevice", record),
    removeDevice: (user, device, attachedAt) => write("removeDevice", user, device, attachedAt),
    renew: (renewals) => write("renew", renewals),
    takeWill: (user, device, attachedAt) => write("takeWill", user, device, attachedAt),
    dueWills: (byMs, limit) => read("dueWills", byMs, limit),
    orphans: (gone, limit) => read("orphans", gone, limit),
    seen: (node, nowMs) => write("seen", node, nowMs),
    subscribers: () =>
      pages<DeviceRecord>((last, limit) => read("subscriberPage", last?.user ?? "", last?.device ?? "", limit)),
    expired: (nowMs, limit) => read("expired", nowMs, limit),

    room: (id) => read("room", id),
    createRoom: (room, owner) => write("createRoom", room, owner),
    updateRoom: (room) => write("updateRoom", room),
    removeRoom: (id) => write("removeRoom", id),
    rooms: (host, limit) => read("rooms", host, limit),
    member: (id, user) => read("member", id, user),
    members: (id) => read("members", id),
    putMember: (id, user, affiliation, joined, more) => write("putMember", id, user, affiliation, joined, more),

    account: (user) => read("account", user),
    createAccount: (account) => write("createAccount", account),
    updateAccount: (account) => write("updateAccount", account),
    removeAccount: (user) => write("removeAccount", user),
    accounts: (limit, after) => read("accounts", limit, after),
    contacts: (owner) => read("contacts", owner),
    contact: (owner, contact) => read("contact", owner, contact),
    putContact: (contact) => write("putContact", contact),
    removeContact: (owner, contact) => write("removeContact", owner, contact),
    contactChanges: (owner, since) => read("contactChanges", owner, since),
    datum: (owner, name) => read("datum", owner, name),
    data: (owner, prefix, limit) => read("data", owner, prefix, limit),
    putDatum: (owner, name, value) => write("putDatum", owner, name, value),
    clientTokens: (owner, client) => read("clientTokens", owner, client),
    putClientTokens: (owner, client, tokens, keep) => write("putClientTokens", owner, client, tokens, keep),
    removeClientTokens: (owner, client) => write("removeClientTokens", owner, client),
    node: (owner, name) => read("node", owner, name),
    nodes: (owner, limit) => read("nodes", owner, limit),
    nodeUse: (owner) => read("nodeUse", owner),
    nodeItem: (owner, name, id) => read("nodeItem", owner, name, id),
    nodeItems: (owner, name, query) => read("nodeItems", owner, name, query),
    lastItems: (owners, names) => read("lastItems", owners, names),
    nodeMembers: (owner, name) => read("nodeMembers", owner, name),
    nodeMemberships: (owner, account) => read("nodeMemberships", owner, account),
    createNode: (node) => write("createNode", node),
    updateNode: (node) => write("updateNode", node),
    removeNode: (owner, name) => write("removeNode", owner, name),
    putItems: (owner, name, items, keep) => write("putItems", owner, name, items, keep),
    removeItem: (owner, name, id) => write("removeItem", owner, name, id),
    purgeNode: (owner, name) => write("purgeNode", owner, name),
    putNodeAffiliation: (owner, name, account, affiliation) =>
      write("putNodeAffiliation", owner, name, account, affiliation),
    putNodeSubscription: (owner, name, subscription) => write("putNodeSubscription", owner, name, subscription),
    removeNodeSubscription: (owner, name, address) => write("removeNodeSubscription", owner, name, address),

    secret: (name, value) => write("secret", name, value),
  };
}

function appendedOf(draft: DatedDraft, row: AppendedRow): Appended {
  if (row === undefined) return { outcome: "conflict" };
  if (typeof row === "number") return { outcome: "new", envelope: envelopeOf(draft, row) };
  return { outcome: "duplicate", envelope: envelopeOfRow(draft.conversation, row) };
}

/** What can cross to another thread, and does so cheaply: no encodings, no views on large buffers. */
function portable(batch: Batch, queues: PackedQueues): PortableBatch {
  const { releases, pins } = batch;
  return {
    releases,
    log: packLog(batch),
    queues: { ...queues, others: queues.others.map((one) => ({ ...one, publication: bare(one.publication) })) },
    pins: pins.map(({ publication }) => ({ publication: bare(publication) })),
  };
}

function bare({ memo: _, ...publication }: Publication): Publication {
  return { ...publication, payload: own(publication.payload) };
}
