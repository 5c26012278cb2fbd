// Rooms a device was in when it was last here, also when the server was killed: there it goes on from where it was.
import { type ConversationId, faultFrom } from "#core";
import type { XmppSession } from "./session.ts";
import { slot } from "./slot.ts";

interface DeviceState {
  readonly rooms: readonly ConversationId[];
}

/** Rooms of the device, kept with it until the client leaves them by name. */
export const roomsOfDevice = slot((session) => new Set(readState(session).rooms));

/** The client came into the room, or left it: what is remembered of the device follows. */
export function rememberPlace(session: XmppSession, room: ConversationId, present: boolean): void {
  const rooms = roomsOfDevice(session);
  if (rooms.has(room) === present) return;
  if (present) rooms.add(room);
  else rooms.delete(room);
  const state: DeviceState = { rooms: [...rooms] };
  session.server.core.sessions
    .remember(session.core, JSON.stringify(state))
    .catch((error: unknown) => session.server.note(faultFrom(error)));
}

function readState({ core }: XmppSession): DeviceState {
  const state = core.known?.state ?? "";
  return state === "" ? { rooms: [] } : (JSON.parse(state) as DeviceState);
}
