// XEP-0317: roles of a room's own making, put on and taken off by its owners.
import { randomBytes } from "node:crypto";
import { type ConversationId, type Hat, settingsOf, type UserId } from "#core";
import { parseJid, roomOfJid, userOfJid } from "../addressing.ts";
import { aboutForm, type DataForm, type FormField, formIn, printForm, valueIn } from "../data-form.ts";
import { StanzaError } from "../faults.ts";
import type { Feature, IqRequest } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { attribute } from "../print.ts";
import type { XmppSession } from "../session.ts";

const about = "urn:xmpp:hats:commands";
const don = `${about}:don`;
const doff = `${about}:doff`;
const mostOfRoom = 200;
const mostOfOne = 10;
const longestUri = 500;
const longestTitle = 100;

export const hats: Feature = {
  spec: {
    id: "XEP-0317",
    title: "Hats",
    version: "0.2",
    status: "complete",
    note: "put on by owners; a room has no list of hats of its own, so any may be named",
  },
  iq: [{ type: "set", name: "command", xmlns: ns.commands, to: ["room"], answer: command }],
};

/** §3.2, §3.3: one form for either; who sends it filled in at once is understood. */
async function command(session: XmppSession, { payload, to }: IqRequest): Promise<string> {
  const { node = "", action = "execute", sessionid = randomBytes(12).toString("base64url") } = payload.attrs;
  if (node !== don && node !== doff) throw new StanzaError("item-not-found", "no such command");
  const room = roomOfJid(to!, session.server.host);
  const { rooms } = session.server.core;
  if ((await rooms.affiliation(room, session.user)) !== "owner") throw new StanzaError("forbidden", "only an owner");
  const said = (status: string, inner = ""): string =>
    `<command xmlns="${ns.commands}"${attribute("node", node)}${attribute("sessionid", sessionid)} status="${status}">${inner}</command>`;
  if (action === "cancel") return said("canceled");
  const form = formIn(payload);
  const worn = await hatsIn(session, room);
  if (form?.type !== "submit") return said("executing", printForm(formOf(node, worn)));
  await rooms.update(room, session.user, { hats: changed(session, worn, node, form) });
  return said("completed");
}

async function hatsIn(session: XmppSession, room: ConversationId): Promise<readonly Hat[]> {
  const found = await session.server.core.rooms.find(room);
  return found === undefined ? [] : settingsOf(found).hats;
}

function changed(session: XmppSession, worn: readonly Hat[], node: string, form: DataForm): readonly Hat[] {
  const user = wearerIn(session, form);
  const uri = valueIn(form, "hat") ?? "";
  if (uri === "" || uri.length > longestUri || !/^[a-z][a-z0-9+.-]*:\S+$/i.test(uri))
    throw new StanzaError("not-acceptable", "a hat is named by a URI");
  const others = worn.filter((hat) => hat.user !== user || hat.uri !== uri);
  if (node === doff) {
    if (others.length === worn.length) throw new StanzaError("item-not-found", "no such hat on that head");
    return others;
  }
  const title = valueIn(form, "title") || worn.find((hat) => hat.uri === uri)?.title || titleOf(uri);
  if (title.length > longestTitle) throw new StanzaError("not-acceptable", "the title is too long");
  if (others.length >= mostOfRoom || others.filter((hat) => hat.user === user).length >= mostOfOne)
    throw new StanzaError("resource-constraint", "too many hats");
  return [...others, { user, uri, title, since: session.server.core.clock.now() }];
}

function wearerIn({ server }: XmppSession, form: DataForm): UserId {
  const jid = parseJid(valueIn(form, "accountjid") ?? "");
  if (jid === undefined || jid.local === "") throw new StanzaError("jid-malformed", "accountjid");
  if (jid.domain !== server.host) throw new StanzaError("item-not-found", "an account of another server");
  return userOfJid(jid);
}

/** What stands last in it, as far as nobody has called it otherwise. */
function titleOf(uri: string): string {
  return (uri.split(/[#/:]/).findLast((part) => part !== "") ?? uri).slice(0, longestTitle);
}

function formOf(node: string, worn: readonly Hat[]): DataForm {
  const options = [...new Map(worn.map(({ uri, title }) => [uri, title]))].map(([value, label]) => ({ value, label }));
  const title: FormField = { var: "title", type: "text-single", label: "Its title, where it is a new one", values: [] };
  return {
    type: "form",
    title: node === don ? "Assigning a hat" : "Removing a hat",
    instructions: "Fill out this form.",
    fields: [
      aboutForm(about),
      { var: "accountjid", type: "jid-single", label: "User address", required: true, values: [] },
      { var: "hat", type: "list-single", label: "The role", required: true, options, values: [] },
      ...(node === don ? [title] : []),
    ],
  };
}
