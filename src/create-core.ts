// Puts the core's parts together over a store and a bus. Nothing here decides anything.
import { randomBytes, randomFillSync } from "node:crypto";
import type { CoreOptions } from "./core-options.ts";
import type { Core } from "./core.ts";
import type { Envelope } from "./model/event.ts";
import { Fault } from "./model/fault.ts";
import { uuidv7Source } from "./model/uuid.ts";
import { isLoopback } from "./net/address.ts";
import { systemClock } from "./ops/clock.ts";
import { silent } from "./ops/log.ts";
import { accountSettings } from "./people/account-settings.ts";
import { AccountBook } from "./people/account-book.ts";
import { BlockBook, holds } from "./people/blocks.ts";
import { AccountsImpl } from "./people/accounts.ts";
import { Guests } from "./people/guests.ts";
import { ClientTokensImpl } from "./people/client-tokens.ts";
import { NodeNews } from "./people/node-news.ts";
import { NodesImpl } from "./people/nodes.ts";
import { LoginThrottle } from "./people/login-throttle.ts";
import { Proofs } from "./people/proofs.ts";
import { LoginRate } from "./people/login-rate.ts";
import { ContactLists } from "./people/contact-lists.ts";
import { Occupants } from "./people/occupants.ts";
import { PresenceBoard } from "./people/presence.ts";
import { Removals } from "./people/removals.ts";
import { RoomsImpl } from "./people/rooms.ts";
import type { AclRule } from "./routing/acl.ts";
import { UploadSlots } from "./people/uploads.ts";
import { CommitLane } from "./routing/commit-lane.ts";
import { Hearings } from "./routing/hearings.ts";
import { ConversationsImpl } from "./routing/conversations.ts";
import { KeptTopics, topicLogReadable } from "./routing/kept-topics.ts";
import { KeptSweeper } from "./routing/kept-sweeper.ts";
import { NodeTalk } from "./routing/node-talk.ts";
import { Policy } from "./routing/policy.ts";
import { Relations } from "./routing/relations.ts";
import { sayWill } from "./routing/say-will.ts";
import { Receipts } from "./routing/receipts.ts";
import { Resync } from "./routing/resync.ts";
import { RoomCache } from "./routing/room-cache.ts";
import { RoomSpeech } from "./routing/room-speech.ts";
import { DraftRouter } from "./routing/router.ts";
import { SignalRouter } from "./routing/signals.ts";
import { Sweeper } from "./routing/sweeper.ts";
import { TopicRouter } from "./routing/topics.ts";
import type { DeviceSession } from "./sessions/device-session.ts";
import { Inboxes } from "./sessions/inboxes.ts";
import { Interests, nodeKey, nodesKey, topicsKey } from "./sessions/interests.ts";
import { Registry } from "./sessions/registry.ts";
import { Sequencer } from "./sessions/sequencer.ts";
import { SessionsImpl } from "./sessions/sessions.ts";
import { Wills } from "./sessions/wills.ts";

export type { CoreOptions } from "./core-options.ts";

export interface RunningCore extends Core, AsyncDisposable {
  readonly uploads: UploadSlots | undefined;
  /** Other access rules from now on, for who is connected too. */
  govern(rules: readonly AclRule[]): void;
}

/** Resolves when the core hears and may be served. Disposing it waits for what is being committed. */
export async function createCore(options: CoreOptions): Promise<RunningCore> {
  const { host, store, bus, clock = systemClock, log = silent } = options;
  const failed = (error: unknown): void => {
    const code = error instanceof Fault ? error.code : "internal";
    log.warn(
      { what: "core_failed", code, err: error },
      "a background read failed; it is tried again with the next event",
    );
  };

  const secret = (name: string): Promise<string> => store.secret(name, randomBytes(32).toString("base64url"));
  const settings = accountSettings({ store, bus, clock, tell: (signal) => signals.tellOwner(signal) });
  const registry = new Registry();
  const interests = new Interests(bus);
  const book = new AccountBook(store, clock, (user) => guests.has(user));
  const occupants = new Occupants();
  const roomCache = new RoomCache(store, clock, (room) => inboxes.roomRemade(room));
  const blocks: BlockBook = new BlockBook({
    store,
    bus,
    clock,
    failed,
    changed: (owner, before, after) =>
      presence.blocksChanged(owner, (other) => [holds(before, owner, other), holds(after, owner, other)]),
    tell: (signal) => signals.tellOwner(signal),
  });
  const policy: Policy = new Policy(book, roomCache, {
    blocks,
    occupants,
    topics: { readable: (user, conversation) => topicLogReadable({ kept, topics }, user, conversation) },
  });
  const speech = new RoomSpeech(roomCache, occupants, clock);
  const lane = new CommitLane(store, clock, {
    waiting: options.maxWaitingWrites ?? 50_000,
    batch: options.maxBatch ?? 2000,
  });
  const sequencer = new Sequencer(store, clock, failed);
  const rooms: RoomsImpl = new RoomsImpl({
    host,
    store,
    cache: roomCache,
    occupants,
    sequencer,
    interests,
    bus,
    clock,
    failed,
    memberChanged: (...news) => inboxes.memberChanged(...news),
    roomGone: (room) => inboxes.roomGone(room),
  });
  const inboxes: Inboxes = new Inboxes({
    log: store,
    lane,
    registry,
    sequencer,
    interests,
    policy,
    clock,
    failed,
    guests: { hear: (envelope) => guests.hear(envelope) },
    roomOpened: (room) => rooms.askOthers(room),
  });
  const receipts = new Receipts({ log: store, lane, bus, clock, registry, sequencer, failed });
  const presence: PresenceBoard = new PresenceBoard({ store, bus, interests, blocks, failed });
  const guests: Guests = new Guests({ host, registry, presence });
  const signals: SignalRouter = new SignalRouter({ registry, sequencer, bus, blocks });
  const conversations = new ConversationsImpl({ log: store, lane, policy, receipts, inboxes, rooms: roomCache });
  const newId = uuidv7Source((into) => randomFillSync(into));
  const stored = (envelope: Envelope): void => {
    bus.announce(guests.keysOf(envelope.conversation), envelope);
    speech.heard(envelope);
    guests.overhear(envelope, true);
    inboxes.accept(envelope);
  };
  const keptBounds = options.keptBounds ?? { topics: 100_000, entries: 100_000 };
  const filters = options.keptTopics ?? [];
  const kept = new KeptTopics({ host, filters, bounds: keptBounds, lane, clock, newId, stored });
  const hearings = new Hearings(bus, clock);
  const topics: TopicRouter = new TopicRouter({
    hearings,
    kept,
    host,
    store,
    lane,
    bus,
    clock,
    retained: options.retained ?? { messages: 100_000, bytes: 256 << 20 },
    topicBounds: options.topicBounds ?? { levels: 200, bytes: 65_535 },
    maxQueued: options.maxQueued ?? 100_000,
    maxQueuedBytes: options.maxQueuedBytes ?? 1 << 30,
    maxSubscriptions: options.maxSubscriptions ?? 1000,
    rules: { rules: options.acl ?? [], anonymous: options.anonymous },
    recordOf: (session, subscriptions) => sessions.recordOf(session, subscriptions),
    failed,
  });
  const wills: Wills = new Wills({
    devices: store,
    clock,
    node: bus.node,
    alone: options.alone ?? false,
    say: (user, device, message) => sayWill({ topics, router, host, clock }, { user, device, message }),
    failed,
  });
  const sessions: SessionsImpl = new SessionsImpl({
    devices: store,
    wills,
    lane,
    bus,
    clock,
    registry,
    interests,
    outbox: options.outbox ?? { rows: 2000, bytes: 4 << 20 },
    subscriptionsOf: (session) => topics.subscriptionsOf(session),
    attached: (session) => {
      blocks.need(session.user).catch(failed);
      if (session.options.durable) topics.attach(session);
    },
    forgotten: (user, device) => topics.forget(user, device),
    handOver: (leaver) => topics.handOver(leaver).catch(failed),
    detached: (session: DeviceSession, keep) => {
      rooms.exitAll(session);
      inboxes.shutAll(session);
      presence.detach(session);
      topics.detach(session, keep);
    },
  });
  const removals = new Removals({
    bus,
    book,
    registry,
    store,
    clock,
    endAll: (user, fault) => sessions.endAll(user, fault),
    endOthers: (...whom) => sessions.endOthers(...whom),
    forget: (user) => topics.forgetAll(user),
  });
  const throttle = new LoginThrottle(options.logins ?? { perAccount: 10, perAddress: 50, windowMs: 60_000 }, clock);
  const clientTokens = new ClientTokensImpl({ store, clock, throttle });
  const accounts = new AccountsImpl({
    host,
    store,
    book,
    clock,
    throttle,
    rate: new LoginRate({ perSecond: options.loginsPerSecond ?? 0, exempt: isLoopback }, clock),
    proofs: new Proofs({ ...options.proofs, host }),
    iterations: options.scramIterations ?? 10_000,
    rekeyed: (user, by) => removals.rekeyed(user, by?.id),
    removed: (user) => {
      removals.removed(user);
      blocks.unblock(user, undefined).catch(failed); // whoever takes the name later blocks nobody, on no node
    },
  });
  const router = new DraftRouter({
    lane,
    policy,
    speech,
    relations: new Relations({ log: store, mayModerate: (user, room) => policy.mayModerate(user, room) }),
    clock,
    newId,
    maxBytes: options.maxMessageBytes ?? 512 << 10,
    stored,
  });

  // Logs first, the entries before the receipts that point at them.
  const contacts = new ContactLists({ store, bus, registry, tell: (signal) => signals.tellOwner(signal) });
  const nodeNews = new NodeNews({ bus, registry, blocked: (one, other) => blocks.between(one, other) });
  const nodes = new NodesImpl({ store, clock, news: nodeNews, blocked: (one, other) => blocks.blocks(one, other) });
  const resync = new Resync([contacts, sequencer, inboxes, receipts, topics, rooms, presence, removals], clock, failed);
  const talk = new NodeTalk({
    guests,
    hearings,
    inboxes,
    registry,
    receipts,
    signals,
    presence,
    blocks,
    nodeNews,
    contacts,
    rooms,
    roomCache,
    occupants,
    topics,
    sessions,
    removals,
    pushes: settings.pushes,
    failed,
    resync,
  });
  await bus.start(talk);
  await interests.add(nodesKey);
  await interests.add(nodeKey(bus.node));
  await interests.add(topicsKey(host));
  await topics.resync();
  const id = await store.secret("server-id", randomBytes(9).toString("base64url"));
  const { accountData } = settings;
  const uploads =
    options.uploads && new UploadSlots({ ...options.uploads, accountData, clock, secret: await secret("uploads") });
  const sweeper = new Sweeper({ store, registry, topics, sessions, sequencer, clock, failed });
  sweeper.start();
  const keptSweeper = new KeptSweeper({ store, kept, entries: keptBounds.entries, clock, failed });
  if (filters.length > 0) await keptSweeper.start();
  await wills.start();

  return {
    host,
    id,
    clock,
    log,
    accounts,
    clientTokens,
    contacts,
    ...settings,
    blocks,
    uploads,
    sessions,
    router,
    conversations,
    rooms,
    presence,
    signals,
    topics,
    nodes,
    secret,
    govern: (rules) => {
      topics.govern(rules);
      inboxes.governed().catch(failed);
    },
    [Symbol.asyncDispose]: async () => {
      sweeper.stop();
      keptSweeper.stop();
      wills.stop();
      resync.stop();
      await lane.idle();
    },
  };
}
