import type { Figure } from "../figure.ts";
import type { RoomJob } from "../load/xmpp-occupants.ts";

/** Ours stores each message durably before anybody hears it; the others do not keep it. */
function room(occupants: number, inFlight: number, more: Partial<Figure> = {}, discreet?: true): Figure {
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
      discreet,
    }),
    ...more,
  };
}

const inBursts = { load: "xmpp-large-room", inBursts: true } as const;

export const xmppRooms: readonly Figure[] = [room(100, 4), room(1_000, 2, inBursts), room(10_000, 2, inBursts, true)];
