// XEP-0398: pictures for clients of either kind; see avatars.ts.
import { availabilityOf } from "../availability.ts";
import { learnAvatar, renewAvatar, whenChanged, withAvatar } from "../avatars.ts";
import type { Element } from "../element.ts";
import type { Feature } from "../feature.ts";
import type { XmppSession } from "../session.ts";
import { readPresence } from "./rfc6121-presence.ts";

export const avatarConversion: Feature = {
  spec: {
    id: "XEP-0398",
    title: "User Avatar to vCard-Based Avatars Conversion",
    version: "1.0.1",
    status: "complete",
  },
  begun: (session) => learn(session, () => undefined),
  // Faster than the store: said again once the hash is known.
  present: (session, stanza) => {
    learn(session, () => sayAgain(session, stanza));
    whenChanged(session, () => sayChanged(session, stanza));
  },
};

function learn(session: XmppSession, learnt: () => void): void {
  learnAvatar(session, learnt).catch((error: unknown) =>
    session.server.core.log.warn({ what: "xmpp_avatar_unknown", err: error }, "presence goes without its picture"),
  );
}

/** XEP-0153 §4.1: contacts hear of another picture at once, and not with the next presence. */
function sayChanged(session: XmppSession, stanza: Element): void {
  if (!availabilityOf(session).available || !renewAvatar(session, stanza)) return;
  session.server.core.presence.announce(session.core, readPresence(stanza));
}

function sayAgain(session: XmppSession, stanza: Element): void {
  if (!availabilityOf(session).available || !withAvatar(session, stanza)) return;
  session.server.core.presence.announce(session.core, readPresence(stanza));
}
