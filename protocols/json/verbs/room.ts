import { Fault } from "#core";
import { z } from "zod";
import { conversationField } from "../fields.ts";
import { fieldsOf } from "../room-fields.ts";
import { verb } from "../verb.ts";

/** What a room is like. One that is not listed shows itself to those who belong to it. */
export const room = verb(z.object({ c: conversationField }), async ({ c }, { core, names, user }) => {
  const id = names.room(c);
  const found = await core.rooms.find(id);
  const affiliation = found === undefined ? "none" : await core.rooms.affiliation(id, user);
  if (found === undefined || (affiliation === "none" && !found.listed)) throw new Fault("not-found", "no such room");
  if (affiliation === "outcast") throw new Fault("forbidden", "banned");
  return { ...fieldsOf(found, names, affiliation === "owner"), affiliation, present: core.rooms.occupantCount(id) };
});
