// Rooms and their members as the core knows them; MUC, `chat/room/…` and the JSON verbs are views of these.
import type { ConversationId, UserId } from "./ids.ts";

export type Affiliation = "owner" | "admin" | "member" | "none" | "outcast";

export interface Room {
  readonly id: ConversationId;
  readonly title: string;
  /** Anyone of the tenant may join; otherwise members only. */
  readonly open: boolean;
  /** Listed in discovery. */
  readonly listed: boolean;
  readonly createdAt: number;
  readonly createdBy: UserId;
}

export interface Member {
  readonly user: UserId;
  readonly affiliation: Affiliation;
  /** Joined for good: the account's devices catch up on the room after an absence. */
  readonly joined: boolean;
}
