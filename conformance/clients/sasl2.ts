// The client's side of SASL2 (XEP-0388) with Bind 2 (XEP-0386) and FAST (XEP-0484).
import { createHmac } from "node:crypto";
import { NotOffered } from "../requirement.ts";
import { plain, Scram, type Credentials } from "./sasl.ts";
import type { Xml } from "./xml.ts";
import { ns } from "./xmpp-namespaces.ts";
import type { XmppClient } from "./xmpp.ts";

/** `<authentication/>` of the last features; NotOffered without it. */
export function authenticationOf(client: XmppClient): Xml {
  const offered = client.features.child("authentication", ns.sasl2);
  if (offered === undefined) throw new NotOffered("not offered: SASL2 (XEP-0388)");
  return offered;
}

export function mechanismsOf(parent: Xml): string[] {
  return parent.elements.filter((child) => child.is("mechanism", parent.xmlns)).map((child) => child.text);
}

/** What may be asked for within <authenticate/>; NotOffered when that is not among it. */
export function inlineOf(client: XmppClient, name: string, xmlns: string): Xml {
  const inline = authenticationOf(client).child("inline", ns.sasl2)?.child(name, xmlns);
  if (inline === undefined) throw new NotOffered(`not offered within SASL2: ${xmlns}`);
  return inline;
}

export function authenticateXml(mechanism: string, initial: string | undefined, inner = ""): string {
  const response = initial === undefined ? "" : `<initial-response>${initial}</initial-response>`;
  return `<authenticate xmlns="${ns.sasl2}" mechanism="${mechanism}">${response}${inner}</authenticate>`;
}

export function bind(inner = ""): string {
  return `<bind xmlns="${ns.bind2}">${inner}</bind>`;
}

/** The user agent that a session says it is of (XEP-0388 §2.2). */
export function agent(id: string): string {
  return `<user-agent id="${id}"><software>AwesomeXMPP</software></user-agent>`;
}

/** What the server answers in the profile: challenge, success or failure. */
export function answer(client: XmppClient): Promise<Xml> {
  return client.take("an answer of SASL2", (xml) => xml.xmlns === ns.sasl2);
}

export async function ask(
  client: XmppClient,
  mechanism: string,
  initial: string | undefined,
  inner = "",
): Promise<Xml> {
  client.send(authenticateXml(mechanism, initial, inner));
  return answer(client);
}

/** By SCRAM-SHA-1, which every server has; the server's proof is checked. */
export async function askByScram(client: XmppClient, credentials: Credentials, inner = ""): Promise<Xml> {
  const scram = new Scram("SHA-1", credentials);
  const challenge = await ask(client, "SCRAM-SHA-1", scram.first, inner);
  if (!challenge.is("challenge")) return challenge;
  client.send(`<response xmlns="${ns.sasl2}">${scram.final(challenge.text)}</response>`);
  const end = await answer(client);
  const data = end.childText("additional-data");
  if (end.is("success") && (data === undefined || !scram.proves(data)))
    throw new Error(`the server did not prove that it knows the password: ${end.toString()}`);
  return end;
}

/** Logged in; the features that follow are taken. Costs least where PLAIN is offered. */
export async function login(client: XmppClient, credentials: Credentials, inner = ""): Promise<Xml> {
  const cheap = mechanismsOf(authenticationOf(client)).includes("PLAIN");
  const end = cheap
    ? await ask(client, "PLAIN", plain(credentials), inner)
    : await askByScram(client, credentials, inner);
  return greeted(client, end);
}

/** The outcome is success; its identity is the client's from now on, and features follow. */
export async function greeted(client: XmppClient, end: Xml): Promise<Xml> {
  if (!end.is("success")) throw new Error(`login failed: ${end.toString()}`);
  client.jid = end.childText("authorization-identifier") ?? "";
  client.features = await client.next();
  if (!client.features.is("features", ns.streams))
    throw new Error(`not stream features: ${client.features.toString()}`);
  return end;
}

export interface Token {
  readonly token: string;
  readonly expiry: string;
}

/** In a <success/>. */
export function tokenIn(success: Xml): Token | undefined {
  const token = success.child("token", ns.fast)?.attributes;
  return token === undefined ? undefined : { token: token["token"] ?? "", expiry: token["expiry"] ?? "" };
}

function signed(token: string, by: string, channel: Buffer): Buffer {
  return createHmac("sha256", token).update(by).update(channel).digest();
}

/** The one message of HT-SHA-256-*. */
export function hashedToken(user: string, token: string, channel: Buffer = Buffer.alloc(0)): string {
  return Buffer.concat([Buffer.from(`${user}\0`), signed(token, "Initiator", channel)]).toString("base64");
}

/** Whether the server knows the token, too. */
export function provesToken(success: Xml, token: string, channel: Buffer = Buffer.alloc(0)): boolean {
  return success.childText("additional-data") === signed(token, "Responder", channel).toString("base64");
}
