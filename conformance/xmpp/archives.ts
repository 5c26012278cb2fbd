// What checks of archives share: queries and their pages, and talks to be found in them.
import assert from "node:assert/strict";
import { ns, type XmppClient } from "../clients/xmpp.ts";
import type { Xml } from "../clients/xml.ts";
import type { XmppKit } from "../xmpp-kit.ts";
import { offered } from "./offered.ts";

export const rsm = "http://jabber.org/protocol/rsm";
export const extended = `${ns.mam}#extended`;

export const field = (name: string, ...values: readonly string[]): string =>
  `<field var="${name}">${values.map((value) => `<value>${value}</value>`).join("")}</field>`;
export const form = (...fields: readonly string[]): string =>
  `<x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE" type="hidden"><value>${ns.mam}</value></field>${fields.join("")}</x>`;
export const set = (inner: string): string => `<set xmlns="${rsm}">${inner}</set>`;

export interface Page {
  readonly results: readonly Xml[];
  readonly answer: Xml;
  readonly fin: Xml | undefined;
}

/** Sends the query, and takes what comes before its answer. */
export async function query(client: XmppClient, inner: string, to?: string): Promise<Page> {
  const id = client.id();
  client.send(
    `<iq xmlns="jabber:client" type="set" id="${id}"${to === undefined ? "" : ` to="${to}"`}><query xmlns="${ns.mam}" queryid="${id}">${inner}</query></iq>`,
  );
  const answer = await client.take(`the end of query ${id}`, (xml) => xml.is("iq") && xml.attributes["id"] === id);
  const ours = (xml: Xml): boolean => xml.is("message") && xml.child("result", ns.mam)?.attributes["queryid"] === id;
  const results: Xml[] = [];
  while (client.waiting.some(ours)) results.push(await client.take("a result", ours));
  return { results, answer, fin: answer.child("fin", ns.mam) };
}

export const forwarded = (result: Xml): Xml | undefined =>
  result.child("result", ns.mam)?.child("forwarded", ns.forward)?.child("message", ns.client);
export const bodies = (page: Page): (string | undefined)[] =>
  page.results.map((result) => forwarded(result)?.childText("body"));
export const ids = (page: Page): string[] =>
  page.results.map((result) => result.child("result", ns.mam)!.attributes["id"]!);
export const setOf = (page: Page): Xml => page.fin!.child("set", rsm)!;

export interface Talk {
  readonly romeo: XmppClient;
  readonly juliet: XmppClient;
  readonly words: readonly string[];
  /** The archive's ids of the messages, as both see them. */
  readonly ids: readonly string[];
}

/** Messages from one to the other, which both have. */
export async function talk(t: XmppKit, count: number): Promise<Talk> {
  const [romeo, juliet] = [await t.available(0), await t.available(1)];
  await offered(romeo, ns.mam, romeo.bare);
  const words = Array.from({ length: count }, () => t.word());
  for (const word of words) {
    romeo.send(
      `<message xmlns="jabber:client" type="chat" to="${juliet.bare}" id="${word}"><body>${word}</body></message>`,
    );
    await juliet.message(word);
  }
  const page = await query(romeo, `${form(field("with", juliet.bare))}${set(`<max>${count}</max><before/>`)}`);
  assert.deepEqual(bodies(page), words, "the archive ends with what was just said");
  return { romeo, juliet, words, ids: ids(page) };
}

/** A room with something said in it. */
export async function saidInRoom(t: XmppKit): Promise<{ room: string; romeo: XmppClient; word: string }> {
  const romeo = await t.available(0);
  const room = t.room();
  await t.enter(romeo, room, "romeo");
  await offered(romeo, ns.mam, room);
  const word = t.word();
  romeo.send(
    `<message xmlns="jabber:client" type="groupchat" to="${room}" id="${word}"><body>${word}</body><x xmlns="${ns.mucUser}"><item jid="${t.bare(2)}/x" affiliation="owner" role="moderator"/></x></message>`,
  );
  await romeo.message(word);
  return { room, romeo, word };
}
