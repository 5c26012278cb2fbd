// The store for tests: maps in this process, gone with it.
import { foldMarks } from "../marks.ts";
import type { Batch, Committed, Store } from "../store.ts";
import * as accounts from "./accounts.ts";
import { append, release } from "./append.ts";
import { archive } from "./archive.ts";
import * as kept from "./kept.ts";
import * as devices from "./devices.ts";
import * as nodes from "./nodes.ts";
import * as positions from "./positions.ts";
import * as queues from "./queues.ts";
import * as logs from "./read.ts";
import * as tokens from "./client-tokens.ts";
import * as rooms from "./rooms.ts";
import { emptyState, headOf, keyOf, type State } from "./state.ts";

/** Keeps every promise of the contract but durability. */
export function createMemoryStore(): Store {
  const state = emptyState();
  return {
    start: async () => {},
    ping: async () => {},
    [Symbol.asyncDispose]: async () => {},

    commit: async (batch) => commit(state, batch),
    read: async (conversation, after, limit) => logs.read(state, conversation, after, limit),
    readBefore: async (conversation, before, limit) => logs.readBefore(state, conversation, before, limit),
    archive: async (query) => archive(state, query),
    heads: async (asked) => asked.map((conversation) => headOf(state, conversation)),
    topicLogs: () => kept.topicLogs(state),
    prune: async (conversation, bounds) => kept.prune(state, conversation, bounds),
    search: async (query) => logs.search(state, query),
    entry: async (conversation, mid) => logs.entry(state, conversation, mid),
    pins: async (conversation, limit) => logs.pins(state, conversation, limit),
    find: async (conversation, author, originId) => logs.find(state, conversation, author, originId),
    backlog: async (user, device) => positions.backlog(state, user, device),
    cursor: async (...of) => positions.cursor(state, ...of),
    marks: async (conversation) => positions.marks(state, conversation),
    conversations: async (user, limit) => positions.conversations(state, user, limit),

    queued: async (user, device, after, limit) => queues.queued(state, user, device, { after, limit }),
    shared: async (host, share, after, limit) => queues.shared(state, { host, share, after, limit }),
    handOver: async (entries) => entries.map((entry) => queues.handOver(state, entry)),
    dropExpired: async (nowMs, queuedBefore, limit) => queues.dropExpired(state, nowMs, queuedBefore, limit),
    retained: () => queues.retained(state),

    device: async (user, device) => state.devices.get(keyOf(user, device)),
    knows: async (user, device) => devices.knows(state, user, device),
    putDevice: async (record) => devices.putDevice(state, record),
    removeDevice: async (user, device, attachedAt) => devices.removeDevice(state, user, device, attachedAt),
    renew: async (renewals) => renewals.forEach((one) => devices.renew(state, one)),
    takeWill: async (user, device, attachedAt) => devices.takeWill(state, user, device, attachedAt),
    dueWills: async (byMs, limit) => devices.dueWills(state, byMs, limit),
    orphans: async (gone, limit) => devices.orphans(state, gone, limit),
    seen: async (node, nowMs) => void state.nodes.set(node, nowMs),
    subscribers: () => devices.subscribers(state),
    expired: async (nowMs, limit) => devices.expired(state, nowMs, limit),

    room: async (id) => state.rooms.get(id),
    createRoom: async (room, owner) => rooms.createRoom(state, room, owner),
    updateRoom: async (room) => rooms.updateRoom(state, room),
    removeRoom: async (id) => rooms.removeRoom(state, id),
    rooms: async (host, limit) => rooms.rooms(state, host, limit),
    member: async (id, user) => rooms.member(state, id, user),
    members: async (id) => rooms.members(state, id),
    putMember: async (id, user, affiliation, joined, more) =>
      rooms.putMember(state, id, { user, affiliation, joined, ...more }),

    account: async (user) => state.accounts.get(user),
    createAccount: async (account) => accounts.createAccount(state, account),
    updateAccount: async (account) => accounts.updateAccount(state, account),
    removeAccount: async (user) => accounts.removeAccount(state, user),
    accounts: async (limit, after) => accounts.accounts(state, limit, after),
    contacts: async (owner) => [...(state.contacts.get(owner)?.values() ?? [])],
    contact: async (owner, contact) => state.contacts.get(owner)?.get(contact),
    putContact: async (contact) => accounts.putContact(state, contact),
    removeContact: async (owner, contact) => accounts.removeContact(state, owner, contact),
    contactChanges: async (owner, since) => accounts.contactChanges(state, owner, since),
    datum: async (owner, name) => state.data.get(owner)?.get(name),
    data: async (owner, prefix, limit) => accounts.data(state, owner, prefix, limit),
    putDatum: async (owner, name, value) => accounts.putDatum(state, owner, name, value),
    clientTokens: async (owner, client) => state.clientTokens.get(owner)?.get(client),
    putClientTokens: async (owner, client, kept, keep) => tokens.putClientTokens(state, { owner, client }, kept, keep),
    removeClientTokens: async (owner, client) => tokens.removeClientTokens(state, owner, client),
    node: async (owner, name) => nodes.node(state, owner, name),
    nodes: async (owner, limit) => nodes.nodes(state, owner, limit),
    nodeUse: async (owner) => nodes.nodeUse(state, owner),
    createNode: async (node) => nodes.createNode(state, node),
    updateNode: async (node) => nodes.updateNode(state, node),
    removeNode: async (owner, name) => nodes.removeNode(state, owner, name),
    putItems: async (owner, name, items, keep) => nodes.putItems(state, { owner, name }, items, keep),
    removeItem: async (owner, name, id) => nodes.removeItem(state, { owner, name }, id),
    purgeNode: async (owner, name) => nodes.purgeNode(state, owner, name),
    nodeItem: async (owner, name, id) => nodes.nodeItem(state, { owner, name }, id),
    nodeItems: async (owner, name, query) => nodes.nodeItems(state, { owner, name }, query),
    lastItems: async (owners, names) => nodes.lastItems(state, owners, names),
    nodeMembers: async (owner, name) => nodes.nodeMembers(state, owner, name),
    nodeMemberships: async (owner, account) => nodes.nodeMemberships(state, owner, account),
    putNodeAffiliation: async (owner, name, account, affiliation) =>
      nodes.putNodeAffiliation(state, { owner, name }, account, affiliation),
    putNodeSubscription: async (owner, name, subscription) =>
      nodes.putNodeSubscription(state, { owner, name }, subscription),
    removeNodeSubscription: async (owner, name, address) =>
      nodes.removeNodeSubscription(state, { owner, name }, address),

    secret: async (name, value) => accounts.secret(state, name, value),
  };
}

function commit(state: State, batch: Batch): Committed {
  for (const one of batch.releases) release(state, one);
  const appended = batch.appends.map((draft) => append(state, draft));
  const enqueued = batch.enqueues.map((one) => queues.enqueue(state, one));
  for (const one of batch.advances) positions.advance(state, one);
  for (const one of foldMarks(batch.marks)) positions.mark(state, one);
  for (const one of batch.settles) queues.settle(state, one);
  for (const one of batch.pins) queues.pin(state, one);
  return { appended, enqueued };
}
