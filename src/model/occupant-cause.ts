// What somebody else, or the room, has made of an occupant.
import type { ConversationId, UserId } from "./ids.ts";

/** Why an occupant had to go, or may do more or less than before. */
export interface OccupantCause {
  readonly what: "kicked" | "banned" | "affiliation" | "role" | "members-only" | "destroyed" | "lost";
  readonly by?: UserId | undefined;
  readonly reason?: string | undefined;
  /** Of a destroyed room: where to go instead. */
  readonly alternate?: ConversationId | undefined;
  /** The same, of another service: its address there, in the words of whoever gave it. */
  readonly elsewhere?: string | undefined;
  readonly password?: string | undefined;
}
