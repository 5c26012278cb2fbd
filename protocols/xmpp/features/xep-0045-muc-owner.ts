// XEP-0045 §10: what a room's owner may do: settings, and the end of the room.
import { type AffiliationChange, type ConversationId, Fault, settingsOf } from "#core";
import { parseJid, roomOfJid } from "../addressing.ts";
import { formIn, printForm } from "../data-form.ts";
import type { Element } from "../element.ts";
import { StanzaError } from "../faults.ts";
import { beingConfigured, settled } from "../fresh-rooms.ts";
import { ns } from "../namespaces.ts";
import { changesIn, formOf, governorsIn } from "../room-form.ts";
import type { XmppSession } from "../session.ts";

/** §10.2. */
export async function configuration(session: XmppSession, room: ConversationId): Promise<string> {
  await checkOwner(session, room);
  const { rooms } = session.server.core;
  await beingConfigured(session, room);
  const found = await rooms.find(room);
  if (found === undefined) throw new StanzaError("item-not-found", "no such room");
  return `<query xmlns="${ns.mucOwner}">${printForm(formOf(found, await rooms.members(room)))}</query>`;
}

export async function configure(session: XmppSession, room: ConversationId, query: Element): Promise<undefined> {
  await checkOwner(session, room);
  const end = query.getChild("destroy", ns.mucOwner);
  if (end !== undefined) return destroy(session, room, end);
  const form = formIn(query);
  if (form === undefined || (form.type !== "submit" && form.type !== "cancel"))
    throw new StanzaError("bad-request", "neither a form nor an end");
  const { rooms } = session.server.core;
  if (form.type === "cancel") {
    // §10.1.3: who gives up before the room was ever configured gives up the room.
    const found = await rooms.find(room);
    const given = settled(session, room) || (found !== undefined && settingsOf(found).locked);
    if (given) await rooms.remove(room, session.user);
    return undefined;
  }
  settled(session, room);
  if (form.fields.length === 0) {
    await rooms.update(room, session.user, { locked: false }); // §10.1.2: an instant room
    return undefined;
  }
  const changes = changesIn(form);
  await govern(session, room, governorsIn(form));
  await rooms.update(room, session.user, changes);
  return undefined;
}

/** §10.2: the lists of admins and owners are what the form says they are. */
async function govern(
  session: XmppSession,
  room: ConversationId,
  wanted: ReturnType<typeof governorsIn>,
): Promise<void> {
  const { rooms } = session.server.core;
  const changes: AffiliationChange[] = [];
  const admins = (await rooms.members(room)).filter((member) => member.affiliation === "admin");
  // A form that says who the admins are, and others than so far, means it.
  const adminsStay =
    wanted.admin === undefined ||
    (wanted.admin.length === admins.length && admins.every(({ user }) => wanted.admin!.includes(user)));
  for (const affiliation of ["owner", "admin"] as const) {
    const listed = wanted[affiliation];
    if (listed === undefined) continue;
    const before = (await rooms.members(room)).filter((member) => member.affiliation === affiliation);
    for (const user of listed) if (!before.some((member) => member.user === user)) changes.push({ user, affiliation });
    for (const { user } of before) {
      const moved = changes.some((change) => change.user === user) || wanted.owner?.includes(user) || wanted.admin?.includes(user); // prettier-ignore
      // §10.2: of an owner who loses ownership the affiliation is "admin", of an admin who loses that it is "member".
      const becomes = affiliation === "owner" && adminsStay ? "admin" : "member";
      if (!listed.includes(user) && !moved) changes.push({ user, affiliation: becomes });
    }
  }
  if (changes.length > 0) await rooms.setAffiliations(room, session.user, changes);
}

/** §10.9. */
async function destroy(session: XmppSession, room: ConversationId, end: Element): Promise<undefined> {
  const jid = parseJid(end.attrs["jid"] ?? "");
  const here = jid !== undefined && jid.local !== "" && jid.domain === session.server.settings.roomsHost;
  await session.server.core.rooms.remove(room, session.user, {
    reason: end.getChildText("reason", ns.mucOwner) ?? undefined,
    password: end.getChildText("password", ns.mucOwner) ?? undefined,
    ...(here ? { alternate: roomOfJid(jid, session.server.host) } : { elsewhere: jid?.bare }),
  });
  return undefined;
}

async function checkOwner(session: XmppSession, room: ConversationId): Promise<void> {
  const affiliation = await session.server.core.rooms.affiliation(room, session.user); // not-found when there is none
  if (affiliation !== "owner") throw new Fault("forbidden", "only an owner");
}
