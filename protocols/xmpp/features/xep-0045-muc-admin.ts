// XEP-0045 §8, §9, §10.3–10.8: lists of affiliations and roles, and changes of them.
import { type Affiliation, type AffiliationChange, type ConversationId, Fault, type Role, Unseatable } from "#core";
import { fullJid, parseJid, userOfJid } from "../addressing.ts";
import type { Element } from "../element.ts";
import { StanzaError } from "../faults.ts";
import { acceptAsItIs } from "../fresh-rooms.ts";
import { occupancies, settingsKnown } from "../muc-rooms.ts";
import { ns } from "../namespaces.ts";
import { attribute, legalText } from "../print.ts";
import type { XmppSession } from "../session.ts";
import { newMembers, welcome } from "./xep-0045-muc-invites.ts";
import { reasonXml } from "./xep-0045-muc-presence.ts";
import { sourceOf } from "../source.ts";

const affiliations: ReadonlySet<string | undefined> = new Set<Affiliation>(["owner", "admin", "member", "none", "outcast"]); // prettier-ignore
const roles: ReadonlySet<string | undefined> = new Set(["moderator", "participant", "visitor", "none"]);
const mostItems = 500;

/** §8.5, §9.2, §9.5, §9.7, §10.5, §10.8: everybody of one affiliation, or of one role. */
export async function adminList(session: XmppSession, room: ConversationId, query: Element): Promise<string> {
  const items = query.getChildren("item", ns.mucAdmin);
  const { affiliation, role } = items[0]?.attrs ?? {};
  if (items.length !== 1 || (affiliation === undefined) === (role === undefined))
    throw new StanzaError("bad-request", "one affiliation or one role");
  const found =
    affiliation === undefined
      ? await ofRole(session, room, role!)
      : await ofAffiliation(session, room, affiliation as Affiliation);
  return `<query xmlns="${ns.mucAdmin}">${found.join("")}</query>`;
}

async function ofAffiliation(session: XmppSession, room: ConversationId, wanted: Affiliation): Promise<string[]> {
  const { rooms } = session.server.core;
  if (!affiliations.has(wanted) || wanted === "none") throw new StanzaError("bad-request", "no such list");
  const mine = await rooms.affiliation(room, session.user);
  const admin = mine === "owner" || mine === "admin";
  // §9.5: members may know each other, and so may occupants where accounts are shown; outcasts are the admins' own.
  const shown = occupancies(session).has(room) && settingsKnown(session.server, room).addresses === "anyone";
  if (!admin && (wanted === "outcast" || (mine !== "member" && !shown)))
    throw new Fault("forbidden", "not for everybody");
  return (await rooms.members(room))
    .filter((member) => member.affiliation === wanted)
    .map(({ user, nick, reason }) => {
      // §9.2: of the banned no nick, but why they are.
      const [name, why] = wanted === "outcast" ? [undefined, reasonXml(reason)] : [nick && legalText(nick), ""];
      const item = `<item affiliation="${wanted}"${attribute("jid", user)}${attribute("nick", name)}`;
      return why === "" ? `${item}/>` : `${item}>${why}</item>`;
    });
}

async function ofRole(session: XmppSession, room: ConversationId, wanted: string): Promise<string[]> {
  const { rooms } = session.server.core;
  if (!roles.has(wanted) || wanted === "none") throw new StanzaError("bad-request", "no such list");
  await checkModerates(session, room);
  return rooms
    .occupants(room)
    .filter((occupant) => occupant.role === wanted)
    .map(({ user, device, nick, affiliation, role }) => `<item affiliation="${affiliation}" role="${role}"${attribute("jid", fullJid(user, device))}${attribute("nick", legalText(nick))}/>`); // prettier-ignore
}

/** Those who moderate it there, and its admins, who need not be there (§9: "the bare JID of one of the room admins"). */
async function checkModerates(session: XmppSession, room: ConversationId): Promise<void> {
  const { rooms } = session.server.core;
  const affiliation = await rooms.affiliation(room, session.user); // not-found when there is no such room
  const there = rooms.occupantsOf(room, session.user);
  const moderates = there.some(({ role }) => role === "moderator");
  const absent = there.length === 0 && (affiliation === "owner" || affiliation === "admin");
  if (!moderates && !absent) throw new Fault("forbidden", "only a moderator");
}

/** Whether the session is among those that go. */
export function kicksItself(session: XmppSession, room: ConversationId, query: Element): boolean {
  const mine = occupancies(session).get(room);
  if (mine === undefined) return false;
  const items = query.getChildren("item", ns.mucAdmin).map(({ attrs }) => attrs);
  return items.some(({ role, nick, jid }) => role === "none" && (nick === mine.nick || jid === session.jid));
}

/** Several items in one: affiliations all or none, roles one after the other. */
export async function adminChange(session: XmppSession, room: ConversationId, query: Element): Promise<undefined> {
  const items = query.getChildren("item", ns.mucAdmin);
  if (items.length === 0 || items.length > mostItems) throw new StanzaError("bad-request", "no items, or too many");
  const { rooms } = session.server.core;
  try {
    const changes: AffiliationChange[] = [];
    const turns: { readonly nick: string; readonly role: Role | "none"; readonly reason: string | undefined }[] = [];
    for (const item of items) {
      const reason = item.getChildText("reason", ns.mucAdmin) ?? undefined;
      const { affiliation, role, nick } = item.attrs;
      if ((affiliation === undefined) === (role === undefined))
        throw new StanzaError("bad-request", "an affiliation or a role");
      if (affiliation !== undefined) changes.push(affiliationIn(session, room, item, reason));
      else if (!roles.has(role)) throw new StanzaError("bad-request", "no such role");
      else turns.push({ nick: nick ?? (await nickIn(session, room, item)), role: role as Role | "none", reason });
    }
    await acceptAsItIs(session, room);
    if (changes.length > 0) {
      const welcomed = await newMembers(session, room, changes);
      await rooms.setAffiliations(room, session.user, changes);
      await welcome(session, room, welcomed);
    }
    for (const { nick, role, reason } of turns) await rooms.setRole(room, session.user, nick, role, reason);
  } catch (error) {
    // §8.2, §8.4, §9.1: of one who stands higher; it is not the asker's rights alone that are in the way. §8.4: "the service
    // MUST deny the request and return a <not-allowed/> error to the sender along with the offending item(s)".
    if (error instanceof Unseatable)
      throw new StanzaError("not-allowed", "stands higher", "", { echo: sourceOf(query) });
    throw error;
  }
  return undefined;
}

/** An occupant goes by its nick; who names its account instead (§8.2: "it MAY be based on the full JID") means the nick of that. */
async function nickIn(session: XmppSession, room: ConversationId, item: Element): Promise<string> {
  const written = item.attrs["jid"];
  if (written === undefined) throw new StanzaError("bad-request", "no nick");
  const jid = parseJid(written);
  if (jid === undefined || jid.local === "") throw new StanzaError("jid-malformed", "no account");
  // In a semi-anonymous room accounts are for moderators to know, and only they change roles.
  await checkModerates(session, room);
  const found = session.server.core.rooms
    .occupantsOf(room, userOfJid(jid))
    .find(({ user, device }) => jid.resource === "" || fullJid(user, device) === `${jid.bare}/${jid.resource}`);
  if (found === undefined) throw new StanzaError("item-not-found", "nobody");
  return found.nick;
}

function affiliationIn(
  session: XmppSession,
  room: ConversationId,
  item: Element,
  reason: string | undefined,
): AffiliationChange {
  const { affiliation, nick } = item.attrs;
  if (!affiliations.has(affiliation)) throw new StanzaError("bad-request", "no such affiliation");
  const becomes = affiliation as Affiliation;
  const written = item.attrs["jid"];
  if (written === undefined) {
    const occupant = nick === undefined ? undefined : session.server.core.rooms.occupantsNamed(room, nick)[0];
    if (occupant === undefined) throw new StanzaError(nick === undefined ? "bad-request" : "item-not-found", "nobody");
    return { user: occupant.user, affiliation: becomes, reason };
  }
  const jid = parseJid(written);
  if (jid === undefined || jid.local === "") throw new StanzaError("jid-malformed", "no account");
  // §9.5: "The service MUST modify the member list". An account of another domain is listed like any, though it cannot come in.
  const stays = becomes !== "outcast" && becomes !== "none";
  const reserved = nick !== undefined && nick !== "" && stays ? nick : undefined; // §9.3
  return { user: userOfJid(jid), affiliation: becomes, nick: reserved, reason };
}
