// XEP-0352: a client that nobody looks at is told what matters at once, and the rest with it or when it is looked at again.
import type { Delivery, OccupantSignal, PresenceSignal, Receipt, TypingSignal } from "#core";
import type { Feature } from "../feature.ts";
import { ns } from "../namespaces.ts";
import type { XmppSession } from "../session.ts";
import { slot } from "../slot.ts";

interface ClientState {
  inactive: boolean;
  /** What can wait, the latest of each kind in place of the earlier ones. */
  held: Map<string, Delivery> | undefined;
}

const stateOf = slot<ClientState>(() => ({ inactive: false, held: undefined }));

/** At the bound all goes out. */
const mostHeld = 500;
/** A sleeping phone may take so many times as long to say that it is there. */
const patienceWhileInactive = 5;

export const clientState: Feature = {
  spec: { id: "XEP-0352", title: "Client State Indication", version: "1.0.0", status: "complete" },
  inBind: {
    xmlns: ns.csi,
    begin: (session, request) => {
      turn(session, request.is("inactive", ns.csi)); // XEP-0386 §3.2: "the session must begin in that state"
      return "";
    },
  },
  offer: ({ phase }) => (phase !== "fresh" ? `<csi xmlns="${ns.csi}"/>` : undefined),
  elements: [
    { name: "inactive", xmlns: ns.csi, phases: ["bound"], handle: ({ session }) => turn(session!, true) },
    { name: "active", xmlns: ns.csi, phases: ["bound"], handle: ({ session }) => turn(session!, false) },
  ],
  // §3: a resumed stream begins active.
  resumed: (session) => turn(session, false),
};

function turn(session: XmppSession, inactive: boolean): void {
  stateOf(session).inactive = inactive;
  session.patience = inactive ? patienceWhileInactive : 1;
  if (!inactive) releaseHeld(session);
}

/** Nobody looks at it. */
export function isInactive(session: XmppSession): boolean {
  return stateOf(session).inactive;
}

/** True when the delivery waits; otherwise what waited comes before the first stanza that is made of it, if any is. */
export function heldBack(session: XmppSession, delivery: Delivery): boolean {
  const state = stateOf(session);
  if (!state.inactive) return false;
  const key = keyOf(delivery);
  if (key === undefined) {
    // A client that is shown nothing of it need not wake up: who never asked for the roster gets no push.
    if (state.held !== undefined) session.out.ahead = () => releaseHeld(session);
    return false;
  }
  if (key !== "") {
    state.held ??= new Map();
    state.held.delete(key); // the latest stands at its own place in the order
    state.held.set(key, delivery);
    if (state.held.size > mostHeld) releaseHeld(session);
  }
  return true;
}

function releaseHeld(session: XmppSession): void {
  const state = stateOf(session);
  if (state.held === undefined) return;
  const waiting = [...state.held.values()];
  state.held = undefined;
  for (const delivery of waiting) session.server.bring(session, delivery);
}

/** What a delivery replaces; empty: of no use later; undefined: it cannot wait. */
function keyOf({ event }: Delivery): string | undefined {
  if (event.type === "receipt") return receiptKey(event);
  if (event.type !== "signal") return undefined;
  switch (event.name) {
    case "typing":
      return typingKey(event);
    case "presence":
      return presenceKey(event);
    case "occupant":
      return event.cause === undefined ? occupantKey(event) : undefined; // a kick is none of those that wait
    case "room":
    case "relay":
    case "contact":
    case "blocking":
    case "attention":
    case "node":
      return undefined;
  }
}

/** Marks are cumulative. */
function receiptKey({ conversation, user, mark }: Receipt): string {
  return `receipt ${mark} ${conversation} ${user}`;
}

/** A state fades; that somebody stopped is worth knowing. */
function typingKey({ conversation, user, device, state }: TypingSignal): string {
  return state === "composing" ? "" : `typing ${conversation} ${user} ${device}`;
}

function presenceKey({ user, device }: PresenceSignal): string {
  return `presence ${user} ${device}`;
}

/** A change of nick is two things in one, and what follows it goes by the new one. */
function occupantKey({ conversation, user, device, nick, renamed }: OccupantSignal): string | undefined {
  return renamed === undefined ? `occupant ${conversation} ${user} ${device} ${nick}` : undefined;
}
