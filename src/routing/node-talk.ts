// What nodes say to each other: everything heard on the bus comes through here to the part it concerns.
import type { Announced, BusListener, Control } from "../bus/bus.ts";
import type { ConversationId, DeviceId, NodeId, UserId } from "../model/ids.ts";
import type { BlockBook } from "../people/blocks.ts";
import type { Occupants } from "../people/occupants.ts";
import type { PresenceBoard } from "../people/presence.ts";
import type { Removals } from "../people/removals.ts";
import type { RoomsImpl } from "../people/rooms.ts";
import type { Inboxes } from "../sessions/inboxes.ts";
import type { Registry } from "../sessions/registry.ts";
import type { SessionsImpl } from "../sessions/sessions.ts";
import type { TopicSubscription } from "../store/store.ts";
import type { Receipts } from "./receipts.ts";
import type { Resync } from "./resync.ts";
import type { RoomCache } from "./room-cache.ts";
import type { SignalRouter } from "./signals.ts";
import type { TopicRouter } from "./topics.ts";

export interface NodeTalkParts {
  readonly inboxes: Inboxes;
  readonly registry: Registry;
  readonly receipts: Receipts;
  readonly signals: SignalRouter;
  readonly presence: PresenceBoard;
  readonly blocks: BlockBook;
  readonly rooms: RoomsImpl;
  readonly roomCache: RoomCache;
  readonly occupants: Occupants;
  readonly topics: TopicRouter;
  readonly sessions: SessionsImpl;
  readonly removals: Removals;
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
}

export class NodeTalk implements BusListener {
  readonly #parts: NodeTalkParts;

  constructor(parts: NodeTalkParts) {
    this.#parts = parts;
  }

  heard(event: Announced, from: NodeId): void {
    switch (event.type) {
      case "entry":
        return this.#parts.inboxes.accept(event);
      case "receipt":
        return this.#parts.receipts.heard(event);
      case "publication":
        return this.#parts.topics.heard(event);
      case "control":
        return this.#control(event);
      case "signal":
        if (event.name === "presence") return this.#parts.presence.heard(event, from);
        if (event.name === "contact") return this.#parts.signals.tellOwner(event);
        if (event.name === "blocking") return this.#parts.blocks.heard(event);
        if (event.name === "occupant") return this.#parts.rooms.heard(event, from);
        return this.#parts.signals.heard(event);
    }
  }

  /** News may be lost: what is stored is compared with the store. What is not (presence, occupants) decays or changes. */
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
    this.#parts.resync.due(); // it may have stored what it did not come to announce
    for (const session of this.#parts.registry.all()) session.queue?.ring();
  }

  #control({ name, payload }: Control): void {
    const { user, device, attachedAt, room, subscriptions } = JSON.parse(payload) as ControlPayload;
    const act: Record<string, () => void> = {
      subscriptions: () => this.#parts.topics.learn({ user, device, subscriptions }),
      queued: () => this.#parts.registry.find(user, device)?.queue?.ring(),
      claim: () => this.#parts.sessions.claimed(user, device, attachedAt),
      room: () => {
        this.#parts.roomCache.forget(room);
        if (user !== undefined) void this.#parts.inboxes.memberChanged(room, user); // never rejects
      },
      removed: () => void this.#parts.removals.heard(user).catch(this.#parts.failed),
      "presence?": () => this.#parts.presence.answerOthers(user),
      "occupants?": () => this.#parts.rooms.answerOthers(room),
    };
    act[name]?.(); // a name from a newer node is none of ours
  }
}
