// Ad-hoc commands (XEP-0050) as a client uses them.
import assert from "node:assert/strict";
import { conditionOf, ns, type XmppClient } from "./clients/xmpp.ts";
import type { Xml } from "./clients/xml.ts";
import { NotOffered } from "./requirement.ts";
import type { XmppKit } from "./xmpp-kit.ts";

export const commands = "http://jabber.org/protocol/commands";
export const admin = "http://jabber.org/protocol/admin";

export const command = (node: string, attributes = "", inner = ""): string =>
  `<command xmlns="${commands}" node="${node}"${attributes}>${inner}</command>`;
export const field = (name: string, ...values: readonly string[]): string =>
  `<field var="${name}">${values.map((value) => `<value>${value}</value>`).join("")}</field>`;
export const form = (...fields: readonly string[]): string =>
  `<x xmlns="jabber:x:data" type="submit">${field("FORM_TYPE", admin)}${fields.join("")}</x>`;

export async function listed(t: XmppKit, client: XmppClient): Promise<readonly string[]> {
  const answer = await client.iq("get", `<query xmlns="${ns.discoItems}" node="${commands}"/>`, t.domain);
  return (answer.child("query")?.elements ?? []).map((item) => item.attributes["node"] ?? "");
}

/** Executes the command, fills its form in, and gives what came of it. */
export async function execute(
  t: XmppKit,
  client: XmppClient,
  name: string,
  ...fields: readonly string[]
): Promise<Xml> {
  const node = `${admin}#${name}`;
  if (!(await listed(t, client)).includes(node)) throw new NotOffered(`not offered: ${node}`);
  const begun = (await client.iq("set", command(node, ` action="execute"`), t.domain)).child("command", commands)!;
  if (begun.attributes["status"] === "completed") return begun;
  const session = ` sessionid="${begun.attributes["sessionid"]}" action="complete"`;
  const answer = await client.iq("set", command(node, session, form(...fields)), t.domain);
  // RFC 6120 §8.3.1: an error may bring back what was asked.
  const done = answer.attributes["type"] === "error" ? undefined : answer.child("command", commands);
  if (done === undefined) throw new Error(`${name} was answered with ${conditionOf(answer)}`);
  return done;
}

/** That nothing was done: an error, or a note that says so. */
export async function refused(
  t: XmppKit,
  client: XmppClient,
  name: string,
  ...fields: readonly string[]
): Promise<void> {
  const outcome = await execute(t, client, name, ...fields).catch((error: unknown) => {
    if (error instanceof NotOffered) throw error;
    return undefined;
  });
  const note = outcome?.elements.find((each) => each.is("note"));
  assert.ok(outcome === undefined || note?.attributes["type"] === "error", String(outcome));
}

export function valuesOf(done: Xml, name: string): readonly string[] {
  const fields = done.child("x", "jabber:x:data")?.elements ?? [];
  return (fields.find((each) => each.attributes["var"] === name)?.elements ?? []).map((value) => value.text);
}
