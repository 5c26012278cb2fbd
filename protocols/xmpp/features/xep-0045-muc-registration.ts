// XEP-0045 §7.10: an account becomes a member by its own asking, under a nick of its own.
import { type ConversationId, Fault, opaqueString, settingsOf } from "#core";
import { aboutForm, type DataForm, formIn, isAbout, printForm, valueIn } from "../data-form.ts";
import { StanzaError } from "../faults.ts";
import type { IqRequest } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { escapeText, legalText } from "../print.ts";
import type { XmppSession } from "../session.ts";

const registerForm = "http://jabber.org/protocol/muc#register";
const nickField = "muc#register_roomnick";

export async function registrationForm(session: XmppSession, room: ConversationId): Promise<string> {
  const { rooms } = session.server.core;
  const found = await rooms.find(room);
  if (found === undefined) throw new StanzaError("item-not-found", "no such room");
  const member = (await rooms.members(room)).find(({ user }) => user === session.user);
  if (member?.nick)
    return `<query xmlns="${ns.register}"><registered/><username>${escapeText(legalText(member.nick))}</username></query>`;
  if (member?.affiliation === "outcast" || (member === undefined && (!found.open || !settingsOf(found).registration)))
    throw new StanzaError("not-allowed", "nobody registers here");
  const form: DataForm = {
    type: "form",
    title: `Registration with ${found.title}`,
    fields: [
      aboutForm(registerForm),
      { var: nickField, type: "text-single", label: "Nick", required: true, values: [] },
    ],
  };
  return `<query xmlns="${ns.register}"><instructions>Choose a nick.</instructions>${printForm(form)}</query>`;
}

export async function registerNick(
  session: XmppSession,
  room: ConversationId,
  { payload }: Pick<IqRequest, "payload">,
): Promise<undefined> {
  const { rooms } = session.server.core;
  if (payload.getChild("remove", ns.register) !== undefined) {
    await rooms.unregister(room, session.user);
    return undefined;
  }
  const form = formIn(payload);
  if (form === undefined) throw new StanzaError("bad-request", "no form");
  if (form.type === "cancel") return undefined;
  const nick = opaqueString(valueIn(form, nickField) ?? "");
  if (!isAbout(form, registerForm) || nick === undefined || nick.trim() === "")
    throw new StanzaError("bad-request", "no nick");
  try {
    await rooms.reserve(room, session.user, nick);
  } catch (error) {
    if (error instanceof Fault && error.code === "forbidden") throw new StanzaError("not-allowed", "not here");
    throw error; // §7.10: conflict when the nick is another's
  }
  return undefined;
}
