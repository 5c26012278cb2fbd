// Which of the table's deliverers an event in an outbox belongs to.
import type { Event } from "#core";
import type { Deliverers } from "./feature.ts";

/** Undefined for what has no place in XMPP: entries of kept topics, and relays of other front-ends. */
export function kindOfEvent(event: Event): keyof Deliverers | undefined {
  switch (event.type) {
    case "entry":
      return event.conversation.startsWith("dm:")
        ? "direct"
        : event.conversation.startsWith("room:")
          ? "room"
          : undefined;
    case "receipt":
      return "receipt";
    case "signal":
      if (event.name === "room") return "roomNews";
      return event.name === "relay" && event.frontend !== frontendName ? undefined : event.name;
    case "publication":
      return "publication";
  }
}

/** As the core knows this front-end: in relays, in extensions, and before device ids. */
export const frontendName = "xmpp";
