import { fieldsOf, optionsOf, roomSchema } from "../room-fields.ts";
import { verb } from "../verb.ts";

/** A new room, owned and joined by its creator. Taken names are a conflict. */
export const create = verb(roomSchema, async (command, { core, names, user }) => {
  const id = names.room(command.c);
  const room = await core.rooms.create(id, user, optionsOf(command));
  await core.rooms.join(id, user, command.password);
  return fieldsOf(room, names, true);
});
