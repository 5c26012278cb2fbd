// XEP-0114: external components are domains beside the host's; this is what people here have to do with them.
import { directOf, hostOf, type UserId } from "#core";
import { addressOf, type Jid } from "../addressing.ts";
import { availabilityOf } from "../availability.ts";
import { presenceToGuest } from "../component-presence.ts";
import { stanzaFor, stanzaOf } from "../component-xml.ts";
import type { Porter } from "../components.ts";
import { contentOf, isKept } from "../content.ts";
import type { Element } from "../element.ts";
import { StanzaError } from "../faults.ts";
import type { Feature, Service } from "../feature.ts";
import { attribute, escapeText, legalText } from "../print.ts";
import type { XmppServer } from "../server.ts";
import type { XmppSession } from "../session.ts";
import { slot } from "../slot.ts";
import { innerOf } from "../source.ts";
import { seenByContact, seesContact } from "../subscription-states.ts";
import { keep } from "./rfc6121-message.ts";
import { refuseBlocked } from "./xep-0191-blocking.ts";

export const components: Feature = {
  spec: {
    id: "XEP-0114",
    title: "Jabber Component Protocol",
    version: "1.6",
    status: "complete",
    note: "jabber:component:accept; components write to accounts, to the server, into its rooms and to each other",
  },
  present: (session, stanza) => tellGuests(session, true, innerOf(stanza)),
  unavailable: (session, saying) =>
    tellGuests(session, false, saying === undefined ? "" : `<status>${escapeText(legalText(saying))}</status>`),
  ended: (session) => {
    if (availabilityOf(session).available) tellGuests(session, false, "");
  },
};

/** The session's contacts at components have been told that it is there. */
const toldOf = slot(() => ({ told: false }));

const services = new WeakMap<Porter, Service>();

/** A component as a domain that stanzas may be for. */
export function serviceOf(porter: Porter): Service {
  let service = services.get(porter);
  if (service === undefined) services.set(porter, (service = makeService(porter)));
  return service;
}

function makeService(porter: Porter): Service {
  return {
    domain: () => porter.domain,
    name: porter.name,
    message: (session, stanza, to) => message(session, porter, stanza, to),
    presence: (session, stanza, to) => presenceToGuest(session, porter, { stanza, to }),
    iq: (session, stanza, to) => {
      const asks = stanza.attrs["type"] === "get" || stanza.attrs["type"] === "set";
      if (asks) refuseBlocked(session, addressOf(to));
      pass(session, porter, stanza);
    },
  };
}

/** Types of messages that are never kept. */
const passing: ReadonlySet<string | undefined> = new Set(["error", "groupchat", "headline"]);

/** What lasts is stored first, and goes from the log to the component, whichever protocol it came by. */
function message(session: XmppSession, porter: Porter, stanza: Element, to: Jid): void | Promise<void> {
  if (stanza.attrs["type"] !== "error") refuseBlocked(session, addressOf(to));
  if (!porter.present) throw off();
  if (passing.has(stanza.attrs["type"])) return pass(session, porter, stanza);
  const content = contentOf(stanza, session.server);
  if (!isKept(content)) return pass(session, porter, stanza);
  return keep(session, stanza, { conversation: directOf(session.user, addressOf(to)), to }, content);
}

function pass(session: XmppSession, porter: Porter, stanza: Element): void {
  if (!porter.send(stanzaFor(stanza, session.jid, stanza.attrs["to"]!))) throw off();
}

/** RFC 6120 §8.3.3.16: known, "but communications could not be established within a reasonable amount of time". */
function off(): StanzaError {
  return new StanzaError("remote-server-timeout", "the component is not connected");
}

/** RFC 6121 §4.2.2, §4.4.2, §4.5.2: contacts elsewhere hear what subscribers hear. */
function tellGuests(session: XmppSession, available: boolean, inner: string): void {
  const { server } = session;
  if (server.components.none) return;
  const initial = available && !toldOf(session).told;
  toldOf(session).told = available;
  tell(session, inner, { available, initial }).catch((error: unknown) =>
    server.core.log.debug({ what: "component_presence_failed", err: error }, "contacts at components were not told"),
  );
}

async function tell(
  { server, user, jid }: XmppSession,
  inner: string,
  { available, initial }: { readonly available: boolean; readonly initial: boolean },
): Promise<void> {
  const type = available ? "" : ' type="unavailable"';
  for (const contact of await server.core.contacts.list(user)) {
    const porter = porterOf(server, contact.contact);
    if (porter === undefined) continue;
    const between = `${attribute("from", jid)}${attribute("to", contact.contact)}`;
    if (seenByContact(contact)) porter.send(stanzaOf("presence", between + type, inner));
    // §4.2.2: whose presence it is to see, it asks for.
    if (initial && seesContact(contact)) porter.send(stanzaOf("presence", `${between} type="probe"`, ""));
  }
}

function porterOf(server: XmppServer, contact: UserId): Porter | undefined {
  return server.components.at(hostOf(contact));
}
