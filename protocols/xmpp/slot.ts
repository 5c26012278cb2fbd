// A feature's own state in each session, so that the session knows no feature.
import type { XmppSession } from "./session.ts";

let count = 0;

/** A session's places, exactly as many as there are: an array that grows takes half as many again. */
export function emptySlots(): unknown[] {
  return Array.from({ length: count });
}

/** Reserves a place, once at module load; `make` fills it when a session is first asked for it. */
export function slot<T>(make: (session: XmppSession) => T): (session: XmppSession) => T {
  const at = count++;
  return (session) => (session.slots[at] ??= make(session)) as T;
}
