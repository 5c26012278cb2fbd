// XEP-0045 §7.13, §8.6: a visitor asks for voice, and a moderator grants it, by forms.
import { type ConversationId, Fault, type OccupantSignal } from "#core";
import { fullJid, jidOfRoom } from "../addressing.ts";
import { aboutForm, type DataForm, formIn, formTypeOf, printForm, truthOf, valueIn } from "../data-form.ts";
import type { Element } from "../element.ts";
import { relay } from "../relay.ts";
import type { XmppSession } from "../session.ts";

const requestForm = "http://jabber.org/protocol/muc#request";
/** Moderators told of one request. */
const mostTold = 50;

/** Whether the message is such a form; then it has been seen to. */
export function voice(session: XmppSession, stanza: Element, room: ConversationId): boolean | Promise<boolean> {
  const form = formIn(stanza);
  if (form === undefined || form.type !== "submit" || formTypeOf(form) !== requestForm) return false;
  if (valueIn(form, "muc#request_allow") !== undefined) return grant(session, form, room);
  ask(session, room);
  return true;
}

/** §7.13: the room passes the request on to its moderators, with a form to answer by. */
function ask(session: XmppSession, room: ConversationId): void {
  const { server, user, device } = session;
  const { rooms } = server.core;
  const self = rooms.occupant(room, user, device);
  if (self === undefined || self.role !== "visitor") return;
  const inner = printForm(approval(self));
  const from = jidOfRoom(room, server.settings.roomsHost);
  for (const moderator of rooms
    .occupants(room)
    .filter(({ role }) => role === "moderator")
    .slice(0, mostTold))
    relay(session, moderator.user, moderator.device, { kind: "message", from }, inner);
}

function approval({ user, device, nick }: OccupantSignal): DataForm {
  return {
    type: "form",
    title: "Voice request",
    instructions: "To approve this request for voice, select the box and submit the form.",
    fields: [
      aboutForm(requestForm),
      { var: "muc#role", type: "list-single", label: "Requested role", values: ["participant"], options: [{ value: "participant" }] }, // prettier-ignore
      { var: "muc#jid", type: "jid-single", label: "Account", values: [fullJid(user, device)] },
      { var: "muc#roomnick", type: "text-single", label: "Nick", values: [nick] },
      { var: "muc#request_allow", type: "boolean", label: "Grant voice?", values: ["0"] },
    ],
  };
}

async function grant(session: XmppSession, form: DataForm, room: ConversationId): Promise<true> {
  const nick = valueIn(form, "muc#roomnick");
  if (truthOf(valueIn(form, "muc#request_allow")) !== true || nick === undefined) return true;
  const { rooms } = session.server.core;
  const moderates = rooms.occupantsOf(room, session.user).some((each) => each.role === "moderator");
  if (!moderates) throw new Fault("forbidden", "only a moderator grants voice");
  // Another moderator may have been quicker.
  if (rooms.occupantsNamed(room, nick).some((each) => each.role === "visitor"))
    await rooms.setRole(room, session.user, nick, "participant");
  return true;
}
