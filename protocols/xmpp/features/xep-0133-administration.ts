// XEP-0133: what the operator's accounts may do from within a client.
import { preparedPassword, type UserId } from "#core";
import type { Command, Outcome } from "../ad-hoc.ts";
import { accountOf, parseJid, userOfJid } from "../addressing.ts";
import { type DataForm, type FormField, valueIn, valuesIn } from "../data-form.ts";
import { StanzaError, StreamError } from "../faults.ts";
import type { Feature } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { attribute, escapeText } from "../print.ts";
import type { XmppSession } from "../session.ts";

const about = "http://jabber.org/protocol/admin";
const mostListed = 1000;

const account: FormField = { var: "accountjid", type: "jid-single", label: "The account", required: true, values: [] };
const accounts: FormField = { ...account, var: "accountjids", type: "jid-multi", label: "The accounts" };
const password: FormField = {
  var: "password",
  type: "text-private",
  label: "The password",
  required: true,
  values: [],
};
const again: FormField = { ...password, var: "password-verify", label: "The password again" };

export const administration: Feature = {
  spec: {
    id: "XEP-0133",
    title: "Service Administration",
    version: "1.3.1",
    status: "partial",
    note: "accounts, passwords, lists, counts, ends of sessions and announcements; who is online is who is on this node over XMPP",
  },
  commands: [
    make("add-user", "Add a user", [account, password, again], addUser),
    make("delete-user", "Delete users", [accounts], deleteUsers),
    make("change-user-password", "Change a user's password", [account, password], changePassword),
    make("end-user-session", "End a user's sessions", [accounts], endSessions),
    make("get-registered-users-num", "Count the users", undefined, async ({ server }) =>
      count("registeredusersnum", (await server.core.accounts.list()).length),
    ),
    make("get-registered-users-list", "List the users", undefined, async ({ server }) => {
      const users = (await server.core.accounts.list()).map(({ user }) => user);
      return { fields: [{ var: "registereduserjids", type: "jid-multi", values: users.slice(0, mostListed) }] };
    }),
    make("get-online-users-num", "Count who is online", undefined, async (session) =>
      count("onlineusersnum", online(session).length),
    ),
    make("get-online-users-list", "List who is online", undefined, async (session) => ({
      fields: [{ var: "onlineuserjids", type: "jid-multi", values: online(session).slice(0, mostListed) }],
    })),
    make(
      "announce",
      "Tell everybody who is online",
      [
        { var: "subject", type: "text-single", label: "Subject", values: [] },
        { var: "body", type: "text-multi", label: "What to tell", required: true, values: [] },
      ],
      announce,
    ),
  ],
};

function make(name: string, title: string, fields: Command["fields"], run: Command["run"]): Command {
  return { node: `${about}#${name}`, name: title, about, fields, run, allowed: isAdmin };
}

export function isAdmin({ server, user }: XmppSession): boolean {
  return server.settings.admins.some((name) => accountOf(name, server.host) === user);
}

async function addUser({ server }: XmppSession, form: DataForm): Promise<Outcome> {
  const user = userIn(server.host, valueIn(form, "accountjid"));
  const secret = secretIn(form);
  if ((valueIn(form, "password-verify") ?? secret) !== secret) throw new StanzaError("bad-request", "two passwords");
  await server.core.accounts.create(user, secret);
  return { note: "The user was added." };
}

async function deleteUsers({ server }: XmppSession, form: DataForm): Promise<Outcome> {
  for (const user of usersIn(server.host, form)) {
    if (!(await server.core.accounts.remove(user))) throw new StanzaError("item-not-found", "no such account");
  }
  return { note: "The users were deleted." };
}

async function changePassword({ server }: XmppSession, form: DataForm): Promise<Outcome> {
  await server.core.accounts.changePassword(userIn(server.host, valueIn(form, "accountjid")), secretIn(form));
  return { note: "The password was changed." };
}

async function endSessions({ server }: XmppSession, form: DataForm): Promise<Outcome> {
  const users = new Set(usersIn(server.host, form));
  for (const session of [...server.sessions].filter(({ user }) => users.has(user))) {
    if (session.stream === undefined) session.drop();
    else session.stream.end(new StreamError("policy-violation", "ended by an administrator"));
  }
  return { note: "The sessions were ended." };
}

async function announce({ server }: XmppSession, form: DataForm): Promise<Outcome> {
  const body = (valuesIn(form, "body") ?? []).join("\n");
  if (body === "") throw new StanzaError("bad-request", "nothing to tell");
  const subject = valueIn(form, "subject") ?? "";
  const about = subject === "" ? "" : `<subject>${escapeText(subject)}</subject>`;
  for (const session of server.sessions)
    session.send(
      `<message xmlns="${ns.client}" type="headline" from="${server.host}"${attribute("to", session.jid)}>${about}<body>${escapeText(body)}</body></message>`,
    );
  return { note: "It was told." };
}

function online({ server }: XmppSession): UserId[] {
  return [...new Set([...server.sessions].map(({ user }) => user))];
}

function count(name: string, number: number): Outcome {
  return { fields: [{ var: name, type: "text-single", values: [`${number}`] }] };
}

function secretIn(form: DataForm): string {
  const secret = preparedPassword(valueIn(form, "password") ?? "");
  if (secret === "") throw new StanzaError("bad-request", "no password");
  return secret;
}

function usersIn(host: string, form: DataForm): readonly UserId[] {
  const jids = valuesIn(form, "accountjids") ?? [];
  if (jids.length === 0) throw new StanzaError("bad-request", "no accounts");
  return jids.map((jid) => userIn(host, jid));
}

function userIn(host: string, text: string | undefined): UserId {
  const jid = parseJid(text ?? "");
  if (jid === undefined || jid.local === "") throw new StanzaError("jid-malformed", "an account");
  if (jid.domain !== host) throw new StanzaError("not-allowed", "an account of another host");
  return userOfJid(jid);
}
