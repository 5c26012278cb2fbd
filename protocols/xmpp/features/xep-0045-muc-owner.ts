// XEP-0045 §10: what a room's owner may do. A room is open from its making on, so there is little to configure yet.
import type { ConversationId } from "#core";
import type { Element } from "../element.ts";
import { StanzaError } from "../faults.ts";
import { ns } from "../namespaces.ts";
import { relay } from "../relay.ts";
import type { XmppSession } from "../session.ts";

const formType = "http://jabber.org/protocol/muc#roomconfig";

/** What a room can not be yet: whoever asks for it is refused, rather than left to believe it. */
const impossible: Readonly<Record<string, readonly string[]>> = {
  "muc#roomconfig_membersonly": ["1", "true"],
  "muc#roomconfig_moderatedroom": ["1", "true"],
  "muc#roomconfig_passwordprotectedroom": ["1", "true"],
  "muc#roomconfig_whois": ["moderators"],
};

export async function configuration(session: XmppSession, room: ConversationId): Promise<string> {
  await checkOwner(session, room);
  return (
    `<query xmlns="${ns.mucOwner}"><x xmlns="${ns.dataForms}" type="form"><title>Room</title>` +
    `<instructions>The room is open to everybody, lasting, unmoderated and not anonymous.</instructions>` +
    `<field var="FORM_TYPE" type="hidden"><value>${formType}</value></field></x></query>`
  );
}

export async function configure(session: XmppSession, room: ConversationId, query: Element): Promise<undefined> {
  await checkOwner(session, room);
  if (query.getChild("destroy", ns.mucOwner) !== undefined) return destroy(session, room);
  const form = query.getChild("x", ns.dataForms);
  if (form === undefined) throw new StanzaError("bad-request", "neither a form nor an end");
  for (const field of form.getChildren("field", ns.dataForms)) {
    const refused = impossible[field.attrs["var"] ?? ""];
    const value = field.getChildText("value", ns.dataForms) ?? "";
    if (refused?.includes(value)) throw new StanzaError("not-acceptable", "a room cannot be that here"); // §10.2
  }
  return undefined; // §10.1.2: an instant room, or one with what it has anyway
}

/** §10.9. */
async function destroy(session: XmppSession, room: ConversationId): Promise<undefined> {
  const { rooms } = session.server.core;
  const occupants = rooms.occupants(room);
  await rooms.remove(room, session.user);
  for (const { user, device } of occupants) relay(session, user, device, { kind: "destroyed", room }, "");
  return undefined;
}

async function checkOwner(session: XmppSession, room: ConversationId): Promise<void> {
  const affiliation = await session.server.core.rooms.affiliation(room, session.user); // not-found when there is none
  if (affiliation !== "owner") throw new StanzaError("forbidden", "only an owner");
}
