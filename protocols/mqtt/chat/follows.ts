// Keeps what the session follows in the core in step with what its chat subscriptions reach.
import { type ConversationId, Fault, kindOf, nameOf, roomOf, type UserId, directOf } from "#core";
import { everyone } from "../addressing.ts";
import type { MqttSession } from "../session.ts";
import type { From, Plan } from "./subscriptions.ts";

/** Watched at most, should an account have more contacts. */
const watchedBound = 1000;

export class Follows {
  readonly #session: MqttSession;
  #inbox: Plan["inbox"];
  /** Conversations followed by name. */
  readonly #opened = new Map<ConversationId, From>();
  readonly #entered = new Set<ConversationId>();
  readonly #watched = new Set<UserId>();

  constructor(session: MqttSession) {
    this.#session = session;
  }

  /** Follows what the plan adds. Faults: not-found, forbidden; then nothing of what failed is followed. */
  async extend(plan: Plan): Promise<void> {
    for (const [name, { from, enter }] of plan.rooms) await this.#openRoom(name, from, enter);
    for (const [name, from] of plan.directs) await this.#open(this.#directWith(name), from);
    await this.#openInbox(plan.inbox);
    for (const name of plan.presence) await this.#watch(name);
  }

  /** Lets go of what the plan has no more. An inbox is shut only when nothing needs a direct conversation. */
  reduce(plan: Plan): void {
    const { core } = this.#session.front;
    const wanted = new Set<ConversationId>();
    for (const name of plan.rooms.keys()) wanted.add(this.#room(name));
    for (const name of plan.directs.keys()) wanted.add(this.#directWith(name));
    for (const conversation of this.#opened.keys()) {
      if (wanted.has(conversation)) continue;
      this.#opened.delete(conversation);
      if (this.#entered.delete(conversation)) core.rooms.exit(this.#session.attached, conversation);
      if (!this.#inInbox(conversation)) core.conversations.shut(this.#session.attached, conversation);
    }
    if (this.#inbox !== undefined && plan.inbox === undefined && plan.directs.size === 0) {
      core.conversations.shutInbox(this.#session.attached);
      this.#inbox = undefined;
    }
    if (plan.presence.has(everyone)) return;
    for (const user of this.#watched) {
      if (plan.presence.has(nameOf(user))) continue;
      core.presence.unwatch(this.#session.attached, user);
      this.#watched.delete(user);
    }
  }

  /**
   * Acts on a conversation that must be followed to be acted on. What was not followed is not left open: a later
   * subscription begins at the device's cursor, and an open conversation would keep its place.
   */
  async during(conversation: ConversationId, act: () => void): Promise<void> {
    const { front, attached } = this.#session;
    const followed = this.#opened.has(conversation) || this.#inInbox(conversation);
    await front.core.conversations.open(attached, conversation, "now");
    try {
      act();
    } finally {
      if (!followed) front.core.conversations.shut(attached, conversation);
    }
  }

  #inInbox(conversation: ConversationId): boolean {
    return kindOf(conversation) === "room" ? this.#inbox?.rooms === true : this.#inbox !== undefined;
  }

  async #openRoom(name: string, from: From, enter: boolean): Promise<void> {
    const { front, attached, terms } = this.#session;
    const { rooms } = front.core;
    const room = this.#room(name);
    if (enter && !this.#entered.has(room)) {
      if ((await rooms.find(room)) === undefined) await this.#createRoom(room);
      if (terms.durable) await rooms.join(room, attached.user);
      await this.#enter(room);
    }
    // A visitor hears a room from when it came; a member from where it was.
    const member =
      from === "cursor" && (await rooms.members(room)).some(({ user, joined }) => joined && user === attached.user);
    await this.#open(room, member ? "cursor" : "now");
  }

  async #createRoom(room: ConversationId): Promise<void> {
    const { front, attached } = this.#session;
    if (!front.options.createRooms) throw new Fault("not-found", "no such room");
    try {
      await front.core.rooms.create(room, attached.user);
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== "conflict") throw error; // somebody was quicker
    }
  }

  async #enter(room: ConversationId): Promise<void> {
    const { front, attached } = this.#session;
    const nick = nameOf(attached.user);
    try {
      await front.core.rooms.enter(attached, room, { nick });
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== "conflict") throw error;
      await front.core.rooms.enter(attached, room, { nick: attached.user }); // somebody else goes by our name
    }
    this.#entered.add(room);
  }

  async #open(conversation: ConversationId, from: From): Promise<void> {
    const { front, attached } = this.#session;
    const before = this.#opened.get(conversation);
    if (before === from || before === "cursor") return;
    if (before === "now") front.core.conversations.shut(attached, conversation);
    await front.core.conversations.open(attached, conversation, from);
    this.#opened.set(conversation, from);
  }

  async #openInbox(wanted: Plan["inbox"]): Promise<void> {
    const { front, attached } = this.#session;
    const before = this.#inbox;
    if (wanted === undefined) return;
    const inbox = {
      rooms: wanted.rooms || before?.rooms === true,
      from: before?.from === "cursor" ? "cursor" : wanted.from,
    } as const;
    if (before?.rooms === inbox.rooms && before.from === inbox.from) return;
    this.#inbox = inbox;
    await front.core.conversations.openInbox(attached, inbox);
  }

  async #watch(name: string | typeof everyone): Promise<void> {
    const { front, attached } = this.#session;
    const { presence, contacts } = front.core;
    if (name !== everyone) {
      const user = front.addressing.userOf(name);
      if (!(await presence.maySee(attached.user, user)))
        throw new Fault("forbidden", "not allowed to see this account's presence");
      return this.#watchOne(user);
    }
    this.#watchOne(attached.user);
    for (const { contact, subscription } of await contacts.list(attached.user)) {
      if (this.#watched.size >= watchedBound || (subscription !== "to" && subscription !== "both")) continue;
      if (await presence.maySee(attached.user, contact)) this.#watchOne(contact);
    }
  }

  #watchOne(user: UserId): void {
    if (this.#watched.has(user)) return;
    this.#watched.add(user);
    this.#session.chat.pinPresence(user);
    this.#session.front.core.presence.watch(this.#session.attached, user);
  }

  #room(name: string): ConversationId {
    return roomOf(name, this.#session.front.core.host);
  }

  #directWith(name: string): ConversationId {
    return directOf(this.#session.attached.user, this.#session.front.addressing.userOf(name));
  }
}
