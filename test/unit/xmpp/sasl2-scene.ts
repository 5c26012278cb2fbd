// A client that logs in with XEP-0388, by hand.
import assert from "node:assert/strict";
import { type Desk, type FakeLink, open } from "./fakes.ts";
import { plain } from "./socket.ts";

export const sasl2 = "urn:xmpp:sasl:2";
export const bind2 = "urn:xmpp:bind:0";
export const agentId = "d4565fa7-4d72-4749-b3d3-740edbf87770";

export function agent(id = agentId): string {
  return `<user-agent id="${id}"><software>AwesomeXMPP</software><device>Kiva's Phone</device></user-agent>`;
}

export function authenticate(mechanism: string, initial: string, inner = ""): string {
  return `<authenticate xmlns="${sasl2}" mechanism="${mechanism}"><initial-response>${initial}</initial-response>${inner}</authenticate>`;
}

export function password(inner = "", name = "alice"): string {
  return authenticate("PLAIN", plain(name, `secret-${name}`), inner);
}

export interface Greeted {
  readonly link: FakeLink;
  readonly success: string;
  readonly features: string;
  readonly jid: string;
}

/** Logged in with whatever was asked for. */
export async function greeted(at: Desk, request: string, link = at.connect()): Promise<Greeted> {
  if (link.handler !== undefined && link.sent.length === 0) link.says(open);
  link.says(request);
  const success = await link.hears(`<success xmlns="${sasl2}"`);
  const features = link.sent[0] ?? "";
  assert.match(features, /^<stream:features /, "immediately followed by features");
  return { link, success, features, jid: identityIn(success) };
}

export function identityIn(success: string): string {
  return /<authorization-identifier>([^<]+)</.exec(success)![1]!;
}
