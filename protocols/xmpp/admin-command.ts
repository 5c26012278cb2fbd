// What the commands of XEP-0133 have in common: who may give them, and how their forms are read and answered.
import { Fault, type UserId } from "#core";
import type { Command, Outcome } from "./ad-hoc.ts";
import { accountOf, type Jid, parseJid } from "./addressing.ts";
import { type DataForm, type FormField, valueIn, valuesIn } from "./data-form.ts";
import type { XmppSession } from "./session.ts";

const about = "http://jabber.org/protocol/admin";
const mostListed = 1000;

export const account: FormField = { var: "accountjid", type: "jid-single", label: "The account", required: true, values: [] }; // prettier-ignore
export const accounts: FormField = { ...account, var: "accountjids", type: "jid-multi", label: "The accounts" };
const mostItems: FormField = {
  var: "max_items",
  type: "list-single",
  label: "How many to show at most",
  values: [],
  options: ["25", "50", "75", "100", "150", "200", "none"].map((value) => ({ value })),
};

export function make(name: string, title: string, fields: Command["fields"], run: Command["run"]): Command {
  return { node: `${about}#${name}`, name: title, about, fields, run, allowed: isAdmin };
}

export function isAdmin({ server, user }: XmppSession): boolean {
  return server.settings.admins.some((name) => accountOf(name, server.host) === user);
}

type Users = (session: XmppSession) => readonly UserId[] | Promise<readonly UserId[]>;

export function count(name: string, title: string, field: string, users: Users): Command {
  return make(name, title, undefined, async (session) => {
    const { length } = await users(session);
    return { fields: [{ var: field, type: "text-single", label: title, values: [`${length}`] }] };
  });
}

export function list(name: string, title: string, field: string, users: Users): Command {
  return make(name, title, [mostItems], async (session, form) => {
    const most = Math.min(Number(valueIn(form, "max_items")) || mostListed, mostListed);
    const found = await users(session);
    return { fields: [{ var: field, type: "jid-multi", label: title, values: found.slice(0, most) }] };
  });
}

export const notOurs = "The address of an account of this host is needed.";

/** XEP-0050: what was wrong with what the form says, for who filled it in. */
export function failed(note: string): Outcome {
  return { note, failed: true };
}

export async function done(note: string, otherwise: string, act: () => Promise<unknown>): Promise<Outcome> {
  try {
    await act();
    return { note };
  } catch (error) {
    if (error instanceof Fault && (error.code === "conflict" || error.code === "not-found")) return failed(otherwise);
    throw error;
  }
}

/** None when any of them is no account of ours. */
export function jidsIn(host: string, form: DataForm, field: string): readonly Jid[] {
  const jids = (valuesIn(form, field) ?? []).map(parseJid);
  return jids.filter((jid) => jid !== undefined && jid.local !== "" && jid.domain === host).length === jids.length
    ? (jids as Jid[])
    : [];
}
