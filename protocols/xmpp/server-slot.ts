// What a part of the front-end keeps for each server, so that the server knows none of them.
import type { XmppServer } from "./server.ts";

/** Reserves a place, once at module load; `make` fills it when it is first asked for. */
export function serverSlot<T extends object | string>(make: (server: XmppServer) => T): (server: XmppServer) => T {
  const places = new WeakMap<XmppServer, T>();
  return (server) => {
    let kept = places.get(server);
    if (kept === undefined) places.set(server, (kept = make(server)));
    return kept;
  };
}
