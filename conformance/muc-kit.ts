// What checks of rooms share: a room as its owner wants it, who is in it, and what its presence says.
import assert from "node:assert/strict";
import { escape, type Xml } from "./clients/xml.ts";
import { ns, type XmppClient } from "./clients/xmpp.ts";
import { featuresIn, info } from "./disco-kit.ts";
import type { XmppKit } from "./xmpp-kit.ts";

export const mucAdmin = "http://jabber.org/protocol/muc#admin";
export const dataForms = "jabber:x:data";
export const conference = "jabber:x:conference";

/** Rooms need no more than one transport to be judged. */
export const muc = { needs: ["muc"], only: "any" } as const;

/** The status codes of a room's presence or message (§15.6.2). */
export function codes(xml: Xml): string[] {
  const statuses = xml.child("x", ns.mucUser)?.elements.filter((one) => one.is("status")) ?? [];
  return statuses.map((one) => one.attributes["code"]!);
}

export function item(xml: Xml): Readonly<Record<string, string>> {
  return xml.child("x", ns.mucUser)?.child("item")?.attributes ?? {};
}

export function formField(name: string, ...values: readonly string[]): string {
  return `<field var="${name}">${values.map((value) => `<value>${escape(value)}</value>`).join("")}</field>`;
}

export function config(settings: Readonly<Record<string, string>>): string {
  const about = `<field var="FORM_TYPE" type="hidden"><value>http://jabber.org/protocol/muc#roomconfig</value></field>`;
  const fields = Object.entries(settings).map(([name, value]) => formField(`muc#roomconfig_${name}`, value));
  return `<query xmlns="${ns.mucOwner}"><x xmlns="${dataForms}" type="submit">${about}${fields.join("")}</x></query>`;
}

export async function configure(
  owner: XmppClient,
  room: string,
  settings: Readonly<Record<string, string>>,
): Promise<Xml> {
  const answer = await owner.iq("set", config(settings), room);
  assert.equal(answer.attributes["type"], "result", String(answer));
  return answer;
}

export interface Hall {
  readonly room: string;
  readonly owner: XmppClient;
  readonly guest: XmppClient;
}

/** A room of the first account, as `owner`; with these settings; the second account's client is outside. */
export async function hall(t: XmppKit, settings: Readonly<Record<string, string>> = {}): Promise<Hall> {
  const [owner, guest, room] = [await t.available(0), await t.available(1), t.room()];
  await t.enter(owner, room, "owner");
  if (Object.keys(settings).length > 0) await configure(owner, room, settings);
  return { room, owner, guest };
}

/** The same with the second account in it, as `guest`. */
export async function company(t: XmppKit, settings: Readonly<Record<string, string>> = {}): Promise<Hall> {
  const made = await hall(t, settings);
  await t.enter(made.guest, made.room, "guest");
  await made.owner.presence(`${made.room}/guest`);
  return made;
}

/** Presence to come in; what the room answers to it, be it an error. */
export async function knock(client: XmppClient, room: string, nick: string, inside = ""): Promise<Xml> {
  const id = client.id();
  client.send(
    `<presence xmlns="jabber:client" id="${id}" to="${room}/${escape(nick)}"><x xmlns="${ns.muc}">${inside}</x></presence>`,
  );
  return client.take(
    `an answer of ${room}`,
    (xml) =>
      xml.is("presence") &&
      (xml.attributes["from"] ?? "").startsWith(room) &&
      (xml.attributes["type"] === "error" || codes(xml).includes("110")),
  );
}

/** An admin's change: items with their attributes and a reason. */
export function change(by: XmppClient, room: string, ...items: readonly string[]): Promise<Xml> {
  return by.iq("set", `<query xmlns="${mucAdmin}">${items.join("")}</query>`, room);
}

export function list(by: XmppClient, room: string, which: string): Promise<Xml> {
  return by.iq("get", `<query xmlns="${mucAdmin}"><item ${which}/></query>`, room);
}

export function say(client: XmppClient, room: string, inside: string, id = client.id()): string {
  client.send(`<message xmlns="jabber:client" type="groupchat" id="${id}" to="${room}">${inside}</message>`);
  return id;
}

/** A message of that id from the room. */
export function hears(client: XmppClient, id: string): Promise<Xml> {
  return client.take(`the message ${id}`, (xml) => xml.is("message") && xml.attributes["id"] === id);
}

/** Whatever the room sent that is such a message. */
export function roomSays(client: XmppClient, room: string, what: string, fits: (xml: Xml) => boolean): Promise<Xml> {
  return client.take(what, (xml) => xml.is("message") && (xml.attributes["from"] ?? "").startsWith(room) && fits(xml));
}

export function isResult(xml: Xml): void {
  assert.equal(xml.attributes["type"], "result", String(xml));
}

export async function features(client: XmppClient, room: string): Promise<string[]> {
  return featuresIn(await info(client, room));
}
