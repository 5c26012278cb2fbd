// Rooms and their members as the core knows them; MUC, `chat/room/…` and the JSON verbs are views of these.
import type { ConversationId, UserId } from "./ids.ts";

/** How an account stands with a room, for good. */
export type Affiliation = "owner" | "admin" | "member" | "none" | "outcast";

/** What an occupant may do while it is there. */
export type Role = "moderator" | "participant" | "visitor";

export const allRoles: readonly Role[] = ["moderator", "participant", "visitor"];

/** A role of the room's own making, worn by an account: "teacher", "host" (XEP-0317). It permits nothing. */
export interface Hat {
  readonly user: UserId;
  /** Names the hat among all. */
  readonly uri: string;
  readonly title: string;
  /** When it was put on, Unix milliseconds: on the head of an account made later it is somebody else's. */
  readonly since?: number | undefined;
}

export interface Room {
  readonly id: ConversationId;
  readonly title: string;
  /** Anyone of the tenant may join; otherwise members only. */
  readonly open: boolean;
  /** Listed in discovery. */
  readonly listed: boolean;
  readonly createdAt: number;
  readonly createdBy: UserId;
  /** What differs from `defaultSettings`. */
  readonly settings?: Partial<RoomSettings> | undefined;
}

/** What an owner may set beside title, open and listed. */
export interface RoomSettings {
  readonly description: string;
  /** A language tag; empty: none in particular. */
  readonly language: string;
  /** Asked of those who come in and have not joined; empty: none. */
  readonly password: string;
  /** Who is not affiliated enters without voice. */
  readonly moderated: boolean;
  /** False: the room is gone when the last occupant is. */
  readonly persistent: boolean;
  /** Occupants; 0: as many as there is room for. Owners and admins always come in. */
  readonly maxOccupants: number;
  readonly subjectBy: "participants" | "moderators";
  /** Who may ask others into a room that is not open. */
  readonly invitesBy: "participants" | "moderators";
  readonly privateMessages: "anyone" | "participants" | "moderators" | "none";
  /** Who sees which account an occupant is. */
  readonly addresses: "anyone" | "moderators";
  /** The others in the room are told that occupants of these roles come, change and go; of nobody else. */
  readonly presenceBroadcast: readonly Role[];
  /** Whether its log is shown as an archive. */
  readonly archived: boolean;
  /** Between two messages of one who does not moderate. */
  readonly slowModeMs: number;
  /** Whether accounts may ask to become members, with a nick of their own. */
  readonly registration: boolean;
  /** Made and not configured yet: nobody but owners comes in. */
  readonly locked: boolean;
  /** Who wears which hat. */
  readonly hats: readonly Hat[];
  /** The room's picture: a media type and base64; empty: none. */
  readonly avatarType: string;
  readonly avatar: string;
}

export const defaultSettings: RoomSettings = {
  description: "",
  language: "",
  password: "",
  moderated: false,
  persistent: true,
  maxOccupants: 0,
  subjectBy: "participants",
  invitesBy: "participants",
  privateMessages: "anyone",
  addresses: "anyone",
  presenceBroadcast: allRoles,
  archived: true,
  slowModeMs: 0,
  registration: true,
  locked: false,
  hats: [],
  avatarType: "",
  avatar: "",
};

export function settingsOf({ settings }: Pick<Room, "settings">): RoomSettings {
  return settings === undefined ? defaultSettings : { ...defaultSettings, ...settings };
}

/** In a room that is for members alone each of them lets others in only where its owner has said so. */
export function membersInvite({ open, settings }: Pick<Room, "open" | "settings">): boolean {
  return open || settings?.invitesBy === "participants";
}

export interface Member {
  readonly user: UserId;
  readonly affiliation: Affiliation;
  /** Joined for good: the account's devices catch up on the room after an absence. */
  readonly joined: boolean;
  /** Nobody else goes by it in the room. */
  readonly nick?: string | undefined;
  /** Why it stands so, in the words of whoever made it so. */
  readonly reason?: string | undefined;
}
