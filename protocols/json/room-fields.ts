// A room as commands set it and replies show it.
import { type Room, type RoomOptions, settingsOf } from "#core";
import { z } from "zod";
import type { Names } from "./addressing.ts";
import { conversationField, text } from "./fields.ts";

export const roomFields = {
  title: text(200).optional(),
  open: z.boolean().optional(),
  listed: z.boolean().optional(),
  description: text(2000).optional(),
  language: text(64).optional(),
  /** Empty: none is asked for. */
  password: text(256).optional(),
  moderated: z.boolean().optional(),
  persistent: z.boolean().optional(),
  /** 0: no bound of its own. */
  maxOccupants: z.int().min(0).max(20_000).optional(),
  subjectBy: z.enum(["participants", "moderators"]).optional(),
  invitesBy: z.enum(["participants", "moderators"]).optional(),
  privateMessages: z.enum(["anyone", "participants", "moderators", "none"]).optional(),
  addresses: z.enum(["anyone", "moderators"]).optional(),
  /** Roles of which the others are told that they come, change and go. */
  presenceBroadcast: z
    .array(z.enum(["moderator", "participant", "visitor"]))
    .max(3)
    .optional(),
  archived: z.boolean().optional(),
  /** Milliseconds between two messages of one account. */
  slowMode: z.int().min(0).max(86_400_000).optional(),
  registration: z.boolean().optional(),
} as const;

export const roomSchema = z.object({ c: conversationField, ...roomFields });

/** What the command sets, and nothing else. */
export function optionsOf({ c: _, slowMode, ...fields }: z.output<typeof roomSchema>): RoomOptions {
  const given = Object.entries({ ...fields, slowModeMs: slowMode }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as RoomOptions;
}

/** For replies: the password only to who has set it. */
export function fieldsOf(room: Room, names: Names, owner: boolean) {
  const { avatar: _, avatarType: __, hats: ___, locked, password, slowModeMs, ...settings } = settingsOf(room);
  const { id, title, open, listed } = room;
  return {
    c: names.ofConversation(id),
    title,
    open,
    listed,
    ...settings,
    slowMode: slowModeMs,
    protected: password !== "",
    password: owner && password !== "" ? password : undefined,
    locked: locked ? true : undefined,
  };
}
