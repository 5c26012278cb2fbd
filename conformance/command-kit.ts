// Ad-hoc commands (XEP-0050) as a client uses them.
import assert from "node:assert/strict";
import { conditionOf, ns, openXmpp, type XmppClient } from "./clients/xmpp.ts";
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
  const values = fields.find((each) => each.attributes["var"] === name)?.elements ?? [];
  return values.flatMap((value) => (value.is("value") ? [value.text] : []));
}

/** Logs in, or fails. */
export async function login(t: XmppKit, user: string, password: string): Promise<XmppClient> {
  const client = await openXmpp(t.address.url);
  try {
    await client.login(t.domain, { user, password });
    await client.bind(t.word());
    return client;
  } catch (error) {
    await client.drop();
    throw error;
  }
}

/** A new account, which is gone behind it. */
export async function withUser(
  t: XmppKit,
  act: (romeo: XmppClient, user: string, jid: string) => Promise<void>,
): Promise<void> {
  const romeo = await t.available(0);
  const user = t.word().toLowerCase();
  const jid = `${user}@${t.domain}`;
  const added = await execute(
    t,
    romeo,
    "add-user",
    field("accountjid", jid),
    field("password", "first"),
    field("password-verify", "first"),
  );
  assert.equal(added.attributes["status"], "completed");
  try {
    await act(romeo, user, jid);
  } finally {
    await execute(t, romeo, "delete-user", field("accountjids", jid)).catch(() => undefined);
  }
}
