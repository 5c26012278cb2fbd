// Rooms and memberships as policy needs them, without a question to the store per message.
import type { Affiliation, Member, Room } from "../model/conversation.ts";
import { Fault } from "../model/fault.ts";
import type { ConversationId, UserId } from "../model/ids.ts";
import type { Clock } from "../ops/clock.ts";
import type { Accounts, Rooms } from "../store/store.ts";

/** Other nodes say when a room changes; should that be lost, a change is seen this late. */
const freshMs = 10_000;
const bound = 10_000;

export type RoomSource = Pick<Rooms, "room" | "members"> & Pick<Accounts, "account">;

export interface KnownRoom {
  readonly room: Room;
  readonly members: ReadonlyMap<UserId, Member>;
  /** Whose each reserved nick is. */
  readonly reserved: ReadonlyMap<string, UserId>;
  readonly readAt: number;
}

export class RoomCache {
  readonly #store: RoomSource;
  readonly #clock: Clock;
  readonly #known = new Map<ConversationId, KnownRoom>();
  readonly #loading = new Map<ConversationId, Promise<KnownRoom | undefined>>();
  /** When each room known here was made: one made at another time is another room of that name. */
  readonly #born = new Map<ConversationId, number>();
  readonly #remade: (id: ConversationId) => void;

  /** `remade`: the room is not the one it was when it was read last. */
  constructor(store: RoomSource, clock: Clock, remade: (id: ConversationId) => void = () => {}) {
    this.#store = store;
    this.#clock = clock;
    this.#remade = remade;
  }

  /** What is known and fresh, at once. */
  peek(id: ConversationId): KnownRoom | undefined {
    const known = this.#known.get(id);
    return known !== undefined && this.#clock.now() - known.readAt < freshMs ? known : undefined;
  }

  async load(id: ConversationId): Promise<KnownRoom | undefined> {
    const known = this.peek(id);
    if (known !== undefined) return known;
    let loading = this.#loading.get(id);
    if (loading === undefined) {
      loading = this.#read(id);
      this.#loading.set(id, loading);
      void this.#settle(id, loading);
    }
    return loading;
  }

  async need(id: ConversationId): Promise<KnownRoom> {
    const known = await this.load(id);
    if (known === undefined) throw new Fault("not-found", "no such room");
    return known;
  }

  forget(id: ConversationId): void {
    this.#known.delete(id);
    this.#loading.delete(id);
  }

  forgetAll(): void {
    this.#known.clear();
    this.#loading.clear();
  }

  async #read(id: ConversationId): Promise<KnownRoom | undefined> {
    const found = await this.#store.room(id);
    if (found === undefined) return undefined;
    const room = await this.#bare(found);
    const born = this.#born.get(id);
    if (this.#born.size >= 10 * bound) this.#born.delete(this.#born.keys().next().value!);
    this.#born.set(id, room.createdAt);
    if (born !== undefined && born !== room.createdAt) this.#remade(id);
    const members = new Map((await this.#store.members(id)).map((member) => [member.user, member]));
    const reserved = new Map<string, UserId>();
    for (const { user, nick } of members.values()) if (nick) reserved.set(nick, user);
    return { room, members, reserved, readAt: this.#clock.now() };
  }

  /** Without the hats of accounts that are gone: who takes the name later has not been given them. */
  async #bare(room: Room): Promise<Room> {
    const hats = room.settings?.hats ?? [];
    if (hats.length === 0) return room;
    const born = new Map<UserId, number>();
    for (const user of new Set(hats.map((hat) => hat.user)))
      born.set(user, (await this.#store.account(user))?.createdAt ?? NaN); // which is before nothing
    const kept = hats.filter(({ user, since = Infinity }) => born.get(user)! <= since);
    return kept.length === hats.length ? room : { ...room, settings: { ...room.settings, hats: kept } };
  }

  /** Keeps what was read, unless the room was forgotten meanwhile: then it may be old already. */
  async #settle(id: ConversationId, loading: Promise<KnownRoom | undefined>): Promise<void> {
    const known = await loading.catch(() => undefined); // its askers see the error
    if (this.#loading.get(id) !== loading) return;
    this.#loading.delete(id);
    if (known === undefined) return;
    if (this.#known.size >= bound) this.#known.delete(this.#known.keys().next().value!);
    this.#known.set(id, known);
  }
}

export function affiliationIn(known: KnownRoom, user: UserId): Affiliation {
  return known.members.get(user)?.affiliation ?? "none";
}

/** Whether the user may be in the room: not an outcast, and a member where the room is not open. */
export function mayEnter(known: KnownRoom, user: UserId): boolean {
  const affiliation = affiliationIn(known, user);
  if (affiliation === "outcast") return false;
  return known.room.open || affiliation !== "none";
}
