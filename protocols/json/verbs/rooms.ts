import { type Room, roomNameOf, settingsOf } from "#core";
import { z } from "zod";
import { limitField, text as textField } from "../fields.ts";
import { page } from "../page.ts";
import { verb } from "../verb.ts";

const schema = z.object({
  /** Words that all stand in the name, the title or the description. */
  text: textField(200).default(""),
  limit: limitField.default(50),
});

const mostLooked = 1000;

/** Rooms that are listed, those with most people first. */
export const rooms = verb(schema, async ({ text, limit }, { core, names, options }) => {
  const words = text.toLowerCase().split(/\s+/);
  const listed = (await core.rooms.list(mostLooked)).filter((room) => room.listed && !settingsOf(room).locked);
  const found = listed
    .filter((room) => words.every((word) => sayings(room).includes(word)))
    .map((room) => ({ room, present: new Set(core.rooms.occupants(room.id).map(({ user }) => user)).size }))
    .sort((one, other) => other.present - one.present || (one.room.id < other.room.id ? -1 : 1));
  const lines = found.slice(0, limit).map(({ room, present }) => {
    const { description, language, password } = settingsOf(room);
    const c = names.ofConversation(room.id);
    const { title, open } = room;
    return JSON.stringify({ c, title, description, language, open, protected: password !== "", present });
  });
  const { json, taken } = page(lines, options.maxFrame);
  return `"rooms":${json},"more":${taken < found.length}`;
});

function sayings(room: Room): string {
  return `${roomNameOf(room.id)}\n${room.title}\n${settingsOf(room).description}`.toLowerCase();
}
