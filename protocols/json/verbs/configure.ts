import { fieldsOf, optionsOf, roomSchema } from "../room-fields.ts";
import { verb } from "../verb.ts";

/** Sets what is given of a room's settings, as its owner; answers with all of them. */
export const configure = verb(roomSchema, async (command, { core, names, user }) => {
  const room = await core.rooms.update(names.room(command.c), user, { ...optionsOf(command), locked: false });
  return fieldsOf(room, names, true);
});
