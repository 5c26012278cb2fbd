// XEP-0163: every account a pubsub service. Who sees its presence hears of its nodes, as far as its client wants to.
import { itemsNews, type LastItem, type NodeListener } from "#core";
import { availabilityOf, listens } from "../availability.ts";
import { forgetCapabilities, learnCapabilities, noteCapabilities } from "../client-capabilities.ts";
import type { Feature } from "../feature.ts";
import type { XmppSession } from "../session.ts";
import { slot } from "../slot.ts";
import { seesContact } from "../subscription-states.ts";
import { pepFeatures } from "./xep-0060-disco.ts";
import { messageOf, printEvent } from "./xep-0060-events.ts";

interface Interest {
  names: ReadonlySet<string>;
  /** Accounts it sees, and has heard the last items of. */
  met: Set<string> | undefined;
}

const nothing: ReadonlySet<string> = new Set();
const interestOf = slot<Interest>(() => ({ names: nothing, met: undefined }));
/** Accounts whose last items are asked for in one question. */
const ownersAtOnce = 50;

/** Of each session: no closures of its own. */
class PersonalListener implements NodeListener {
  readonly #session: XmppSession;

  constructor(session: XmppSession) {
    this.#session = session;
  }

  get address(): string {
    return this.#session.jid;
  }

  hears(): boolean {
    return listens(this.#session);
  }

  wants(name: string): boolean {
    return listens(this.#session) && interestOf(this.#session).names.has(name);
  }
}

export const personalEventing: Feature = {
  spec: { id: "XEP-0163", title: "Personal Eventing Protocol", version: "1.2.2", status: "complete" },
  // §6.1 has clients ask the account. Some libraries ask the host, and do without OMEMO where it says nothing.
  disco: pepFeatures,
  begun: (session) => session.server.core.nodes.listen(session.core, new PersonalListener(session)),
  present: (session, stanza) => wantNow(session, noteCapabilities(session, stanza)),
  answered: (session, stanza) => wantNow(session, learnCapabilities(session, stanza)),
  unavailable: (session) => {
    forgetCapabilities(session);
    interestOf(session).names = nothing;
    interestOf(session).met = undefined;
  },
};

/** §4.3.4: what it wants to hear of from now on, and the last of what it did not hear of before. */
function wantNow(session: XmppSession, names: ReadonlySet<string> | undefined): void {
  if (names === undefined || !availabilityOf(session).available) return;
  const before = interestOf(session).names;
  interestOf(session).names = names;
  const fresh = [...names].filter((name) => !before.has(name));
  if (fresh.length === 0 || !listens(session)) return;
  tellLatest(session, undefined, fresh).catch((error: unknown) => failed(session, error));
}

/** The last items of these accounts' nodes, or of all that the session sees and its own. */
async function tellLatest(
  session: XmppSession,
  of: readonly string[] | undefined,
  names: readonly string[],
): Promise<void> {
  const { core } = session.server;
  const owners: string[] = of === undefined ? [session.user] : [...of];
  if (of === undefined)
    for (const contact of await core.contacts.list(session.user))
      if (seesContact(contact)) owners.push(contact.contact);
  const met = (interestOf(session).met ??= new Set());
  for (const owner of owners) met.add(owner);
  for (let at = 0; at < owners.length; at += ownersAtOnce) {
    const last = await core.nodes.latest(session.user, owners.slice(at, at + ownersAtOnce), names);
    await session.out.eased();
    for (const each of last) if (!session.over && interestOf(session).names.has(each.node.name)) tell(session, each);
  }
}

/** The session sees the contact, perhaps since now: then it hears what the contact's nodes say. */
export function greet(session: XmppSession, contact: string): void {
  const { met, names } = interestOf(session);
  if (met?.has(contact) === true || names.size === 0 || !listens(session)) return;
  tellLatest(session, [contact], [...names]).catch((error: unknown) => failed(session, error));
}

/** It does not see the contact any more. */
export function part(session: XmppSession, contact: string): void {
  interestOf(session).met?.delete(contact);
}

function failed(session: XmppSession, err: unknown): void {
  session.server.core.log.warn({ what: "xmpp_latest_items_failed", err }, "last items were not sent");
}

function tell(session: XmppSession, { node, item }: LastItem): void {
  const { owner, name, config } = node;
  const inner = printEvent({ node: name, news: itemsNews(config, [item], true) });
  session.send(messageOf({ owner, notificationType: config.notificationType }, session.jid, inner));
}
