import type { Figure } from "../figure.ts";
import type { RoomJob } from "../load/xmpp-room.ts";

/** Ours stores each message durably before anybody hears it; the others do not keep it. */
function room(occupants: number, inFlight: number): Figure {
  return {
    name: `xmpp-room-${occupants}`,
    title: `XMPP room of ${occupants} over WebSocket, a delivery to each, ${inFlight} messages in flight, ours stored`,
    of: "messages",
    load: "xmpp-room",
    accounts: 20,
    servers: ["trivium", "ejabberd", "prosody"],
    goal: { most: 0.25, times: "ejabberd" },
    job: ({ xmpp }, accounts): RoomJob => ({
      url: xmpp!.url,
      domain: xmpp!.domain,
      rooms: xmpp!.rooms!,
      accounts,
      occupants,
      inFlight,
      body: 64,
    }),
  };
}

export const xmppRooms: readonly Figure[] = [room(100, 4), room(1_000, 2)];
