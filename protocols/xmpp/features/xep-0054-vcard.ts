// XEP-0054: vcard-temp, a card that others may read; XEP-0153: a hash of its picture in its owner's presence.
import type { UserId } from "#core";
import { userOfJid } from "../addressing.ts";
import { cardDatum, cardStored } from "../avatars.ts";
import { StanzaError } from "../faults.ts";
import type { Feature, IqRequest } from "../feature.ts";
import { ns } from "../namespaces.ts";
import type { XmppSession } from "../session.ts";
import { sourceOf } from "../source.ts";

const card = cardDatum;
const longestCard = 128 << 10;

export const vcard: Feature = {
  spec: { id: "XEP-0054", title: "vcard-temp", version: "1.3", status: "complete" },
  disco: [ns.vcard],
  iq: [
    { type: "get", name: "vCard", xmlns: ns.vcard, to: ["own", "account"], answer: get },
    { type: "set", name: "vCard", xmlns: ns.vcard, to: ["own"], answer: set },
    { type: "set", name: "vCard", xmlns: ns.vcard, to: ["account"], answer: refuse },
    { type: "get", name: "vCard", xmlns: ns.vcard, to: ["server"], answer: serverCard },
  ],
};

export const vcardAvatars: Feature = {
  spec: {
    id: "XEP-0153",
    title: "vCard-Based Avatars",
    version: "1.1",
    status: "complete",
    note: "the hash is put into presence where the client leaves it out (XEP-0398)",
  },
};

/** §3.3: only one's own. */
function refuse(): never {
  throw new StanzaError("forbidden", "another's card");
}

/** §3.2: an empty card where there is none, of oneself; of others nobody learns who has an account. */
function get(session: XmppSession, { to }: IqRequest): Promise<string> {
  return cardOf(session, to === undefined ? session.user : userOfJid(to));
}

/** Of whoever is asked about, also by the occupant's address in a room. */
export async function cardOf(session: XmppSession, user: UserId): Promise<string> {
  const kept = await session.server.core.accountData.get(user, card);
  if (kept !== undefined) return kept;
  if (user !== session.user) throw new StanzaError("service-unavailable", "no card");
  return `<vCard xmlns="${ns.vcard}"/>`;
}

async function set(session: XmppSession, { payload }: IqRequest): Promise<undefined> {
  const xml = sourceOf(payload);
  if (xml.length > longestCard) throw new StanzaError("policy-violation", "the card is too long");
  await session.server.core.accountData.put(session.user, card, xml);
  await cardStored(session, payload);
}

function serverCard(): string {
  return `<vCard xmlns="${ns.vcard}"><FN>Trivium</FN><DESC>XMPP, MQTT and JSON in one server</DESC></vCard>`;
}
