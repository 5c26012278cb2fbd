// What nodes say to each other: everything heard on the bus comes through here to the part it concerns.
import type { Announced, BusListener, Control } from "../bus/bus.ts";
import type { ConversationId, DeviceId, NodeId, UserId } from "../model/ids.ts";
import type { BlockBook } from "../people/blocks.ts";
import type { ContactLists } from "../people/contact-lists.ts";
import type { Role } from "../model/conversation.ts";
import type { OccupantCause } from "../model/occupant-cause.ts";
import type { Guests } from "../people/guests.ts";
import type { NodeNews } from "../people/node-news.ts";
import type { Occupants } from "../people/occupants.ts";
import type { Standing } from "../people/room-government.ts";
import type { PushBook } from "../people/push-book.ts";
import type { PresenceBoard } from "../people/presence.ts";
import type { Removals } from "../people/removals.ts";
import type { RoomsImpl } from "../people/rooms.ts";
import type { Inboxes } from "../sessions/inboxes.ts";
import type { Registry } from "../sessions/registry.ts";
import type { SessionsImpl } from "../sessions/sessions.ts";
import type { TopicSubscription } from "../store/store.ts";
import type { Asking, Hearings } from "./hearings.ts";
import type { Receipts } from "./receipts.ts";
import type { Resync } from "./resync.ts";
import type { RoomCache } from "./room-cache.ts";
import type { SignalRouter } from "./signals.ts";
import type { TopicRouter } from "./topics.ts";

export interface NodeTalkParts {
  readonly guests: Pick<Guests, "overhear">;
  readonly inboxes: Inboxes;
  readonly registry: Registry;
  readonly receipts: Receipts;
  readonly signals: SignalRouter;
  readonly presence: PresenceBoard;
  readonly blocks: BlockBook;
  readonly nodeNews: NodeNews;
  readonly contacts: ContactLists;
  readonly rooms: RoomsImpl;
  readonly roomCache: RoomCache;
  readonly occupants: Occupants;
  readonly topics: TopicRouter;
  readonly hearings: Hearings;
  readonly sessions: SessionsImpl;
  readonly removals: Removals;
  readonly pushes: Pick<PushBook, "forget">;
  readonly failed: (error: unknown) => void;
  readonly resync: Resync;
}

/** `subscriptions`: a durable device's; `queued`: look into its queue; the others are questions and claims. */
interface ControlPayload {
  /** Whom it is about; a `room` without one changed by itself. */
  readonly user: UserId;
  readonly device: DeviceId;
  readonly attachedAt: number;
  readonly room: ConversationId;
  readonly subscriptions: readonly TopicSubscription[];
  /** Of a `room`: what has changed. */
  readonly why?: Standing;
  readonly gone?: OccupantCause;
  /** Of `rekeyed`: the session that stays. */
  readonly spared?: string;
  /** Of a `role`. */
  readonly nick: string;
  readonly role: Role | "none";
  readonly cause: OccupantCause;
  /** All that the node has. */
  readonly present: readonly { readonly user: UserId; readonly device: DeviceId }[];
  readonly users: readonly UserId[];
  readonly durable: boolean;
  readonly waiting: number;
  /** The other node waits until this one has acted on it. */
  readonly asking: Asking | undefined;
  readonly id: number;
}

export class NodeTalk implements BusListener {
  readonly #parts: NodeTalkParts;

  constructor(parts: NodeTalkParts) {
    this.#parts = parts;
  }

  heard(event: Announced, from: NodeId): void {
    switch (event.type) {
      case "entry":
        this.#parts.guests.overhear(event, false);
        return this.#parts.inboxes.accept(event);
      case "receipt":
        return this.#parts.receipts.heard(event);
      case "publication":
        return this.#parts.topics.heard(event);
      case "control":
        return this.#control(event, from);
      case "signal":
        if (event.name === "presence") return this.#parts.presence.heard(event, from);
        if (event.name === "contact") return this.#parts.contacts.heard(event);
        if (event.name === "node") return this.#parts.nodeNews.heard(event);
        if (event.name === "blocking") return this.#parts.blocks.heard(event);
        if (event.name === "attention") return this.#parts.signals.tellOwner(event);
        if (event.name === "occupant" || event.name === "room") return this.#parts.rooms.heard(event, from);
        return this.#parts.signals.heard(event);
    }
  }

  /** News may be lost: what is stored is compared with the store. What is not (presence, occupants) is told and asked again. */
  gap(): void {
    this.#parts.roomCache.forgetAll();
    this.#parts.blocks.doubt();
    this.#parts.resync.due();
    for (const session of this.#parts.registry.all()) session.queue?.ring();
  }

  nodeUp(): void {
    // The newcomer asks for what it wants to know.
  }

  nodeDown(node: NodeId): void {
    this.#parts.presence.nodeDown(node);
    this.#parts.rooms.nodeDown(node);
    this.#parts.hearings.nodeDown(node);
    this.#parts.topics.shared.nodeDown(node);
    this.#parts.resync.due(); // it may have stored what it did not come to announce
    for (const session of this.#parts.registry.all()) session.queue?.ring();
  }

  #control({ name, payload }: Control, from: NodeId): void {
    const told = JSON.parse(payload) as ControlPayload;
    const { user, device, attachedAt, room, subscriptions, why, gone, nick, role, cause, present, users } = told;
    const act: Record<string, () => Promise<void> | undefined | void> = {
      subscriptions: () => this.#parts.topics.learn({ user, device, subscriptions }),
      queued: () => this.#parts.topics.shared.rung(this.#parts.registry.find(user, device)),
      members: () => this.#parts.topics.shared.told(from, told),
      load: () => this.#parts.topics.shared.loadTold(from, user, device, told.waiting),
      heard: () => this.#parts.hearings.heard(told.id, from),
      "members?": () => this.#parts.topics.shared.talk.answer(),
      claim: () => this.#parts.sessions.claimed(user, device, attachedAt),
      room: () => this.#parts.rooms.changed(room, { user, why, gone }),
      role: () => this.#parts.rooms.governed(room, nick, role, cause),
      "occupants=": () => this.#parts.rooms.counted(room, present, from),
      "presences?": () => this.#parts.presence.answerAll(users),
      "presences=": () => this.#parts.presence.counted(users, present, from),
      removed: () => void this.#parts.removals.heard(user).catch(this.#parts.failed),
      push: () => this.#parts.pushes.forget(user),
      rekeyed: () => this.#parts.removals.heardRekeyed(user, told.spared),
      "presence?": () => this.#parts.presence.answerOthers(user),
      "occupants?": () => this.#parts.rooms.answerOthers(room),
    };
    const done = act[name]?.(); // a name from a newer node is none of ours
    const { asking } = told;
    if (asking === undefined) return;
    if (done instanceof Promise) void done.then(() => this.#parts.hearings.answer(asking));
    else this.#parts.hearings.answer(asking);
  }
}
