// XEP-0133: what the operator's accounts may do from within a client.
import { Fault, preparedPassword, type UserId } from "#core";
import type { Command, Outcome } from "../ad-hoc.ts";
import { accountOf, type Jid, parseJid, userOfJid } from "../addressing.ts";
import { availabilityOf } from "../availability.ts";
import { type DataForm, type FormField, valueIn, valuesIn } from "../data-form.ts";
import { StreamError } from "../faults.ts";
import type { Feature } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { attribute, escapeText } from "../print.ts";
import { isListed, itemOf } from "../roster-item.ts";
import type { XmppSession } from "../session.ts";
import { isInactive } from "./xep-0352-client-state.ts";

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
const mostItems: FormField = {
  var: "max_items",
  type: "list-single",
  label: "How many to show at most",
  values: [],
  options: ["25", "50", "75", "100", "150", "200", "none"].map((value) => ({ value })),
};
const announcement: FormField = {
  var: "announcement",
  type: "text-multi",
  label: "What to tell",
  required: true,
  values: [],
};

export const administration: Feature = {
  spec: {
    id: "XEP-0133",
    title: "Service Administration",
    version: "1.3.1",
    status: "partial",
    note: "accounts, passwords, rosters, lists, counts, ends of sessions and announcements; who is online is who is on this node over XMPP",
  },
  commands: [
    make("add-user", "Add a user", [account, password, again], addUser),
    make("delete-user", "Delete users", [accounts], deleteUsers),
    make("end-user-session", "End a user's sessions", [accounts], endSessions),
    make("change-user-password", "Change a user's password", [account, password], changePassword),
    make("get-user-roster", "Show users' rosters", [accounts], rosters),
    count("get-registered-users-num", "Count the users", "registeredusersnum", registeredUsers),
    count("get-online-users-num", "Count who is online", "onlineusersnum", onlineUsers),
    count("get-active-users-num", "Count who is active", "activeusersnum", activeUsers),
    count("get-idle-users-num", "Count who is idle", "idleusersnum", idleUsers),
    list("get-registered-users-list", "List the users", "registereduserjids", registeredUsers),
    list("get-online-users-list", "List who is online", "onlineuserjids", onlineUsers),
    list("get-active-users", "List who is active", "activeuserjids", activeUsers),
    list("get-idle-users", "List who is idle", "activeuserjids", idleUsers), // §4.22 names the field so
    make(
      "announce",
      "Tell everybody who is online",
      [{ var: "subject", type: "text-single", label: "Subject", values: [] }, announcement],
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

type Users = (session: XmppSession) => readonly UserId[] | Promise<readonly UserId[]>;

function count(name: string, title: string, field: string, users: Users): Command {
  return make(name, title, undefined, async (session) => {
    const { length } = await users(session);
    return { fields: [{ var: field, type: "text-single", label: title, values: [`${length}`] }] };
  });
}

function list(name: string, title: string, field: string, users: Users): Command {
  return make(name, title, [mostItems], async (session, form) => {
    const most = Math.min(Number(valueIn(form, "max_items")) || mostListed, mostListed);
    const found = await users(session);
    return { fields: [{ var: field, type: "jid-multi", label: title, values: found.slice(0, most) }] };
  });
}

async function addUser({ server }: XmppSession, form: DataForm): Promise<Outcome> {
  const [user] = jidsIn(server.host, form, "accountjid");
  if (user === undefined) return failed(notOurs);
  const secret = secretIn(form);
  if (secret === undefined || preparedPassword(valueIn(form, "password-verify") ?? secret) !== secret)
    return failed("Two passwords are needed that are the same.");
  return done("The user was added.", "There is such a user already.", () =>
    server.core.accounts.create(userOfJid(user), secret),
  );
}

async function deleteUsers({ server }: XmppSession, form: DataForm): Promise<Outcome> {
  const users = jidsIn(server.host, form, "accountjids").map(userOfJid);
  if (users.length === 0) return failed(notOurs);
  const missing: UserId[] = [];
  for (const user of users) if (!(await server.core.accounts.remove(user))) missing.push(user);
  return missing.length === 0
    ? { note: "The users were deleted." }
    : failed(`There was no account: ${missing.join(", ")}`);
}

async function changePassword({ server }: XmppSession, form: DataForm): Promise<Outcome> {
  const [user] = jidsIn(server.host, form, "accountjid");
  if (user === undefined) return failed(notOurs);
  const secret = secretIn(form);
  if (secret === undefined) return failed("A password is needed.");
  return done("The password was changed.", "There is no such user.", () =>
    server.core.accounts.changePassword(userOfJid(user), secret),
  );
}

/** §4.5: all of an account's sessions, or with a full JID only that one. */
async function endSessions({ server }: XmppSession, form: DataForm): Promise<Outcome> {
  const jids = jidsIn(server.host, form, "accountjids");
  if (jids.length === 0) return failed(notOurs);
  const meant = ({ user, resource }: XmppSession): boolean =>
    jids.some((jid) => userOfJid(jid) === user && (jid.resource === "" || jid.resource === resource));
  for (const session of [...server.sessions].filter(meant)) {
    if (session.stream === undefined) session.drop();
    else session.stream.end(new StreamError("policy-violation", "ended by an administrator"));
  }
  return { note: "The sessions were ended." };
}

/** §4.8: the roster stands in the form. */
async function rosters({ server }: XmppSession, form: DataForm): Promise<Outcome> {
  const users = jidsIn(server.host, form, "accountjids").map(userOfJid);
  if (users.length === 0) return failed(notOurs);
  let extra = "";
  for (const user of users) {
    const lines = (await server.core.contacts.list(user)).filter(isListed);
    extra += `<query xmlns="${ns.roster}">${lines.map(itemOf).join("")}</query>`;
  }
  return { fields: [{ var: "accountjids", type: "jid-multi", values: users }], extra };
}

async function announce({ server }: XmppSession, form: DataForm): Promise<Outcome> {
  const body = (valuesIn(form, "announcement") ?? []).join("\n");
  if (body === "") return failed("There is nothing to tell.");
  const subject = valueIn(form, "subject") ?? "";
  const about = subject === "" ? "" : `<subject>${escapeText(subject)}</subject>`;
  for (const session of server.sessions)
    session.send(
      `<message xmlns="${ns.client}" type="headline" from="${server.host}"${attribute("to", session.jid)}>${about}<body>${escapeText(body)}</body></message>`,
    );
  return { note: "It was told." };
}

async function registeredUsers({ server }: XmppSession): Promise<readonly UserId[]> {
  return (await server.core.accounts.list()).map(({ user }) => user);
}

function onlineUsers({ server }: XmppSession): UserId[] {
  return [...new Set([...server.sessions].map(({ user }) => user))];
}

/** With a client that is available, and does not say that nobody looks at it (XEP-0352). */
function activeUsers({ server }: XmppSession): UserId[] {
  const active = [...server.sessions].filter((each) => availabilityOf(each).available && !isInactive(each));
  return [...new Set(active.map(({ user }) => user))];
}

function idleUsers(session: XmppSession): UserId[] {
  const active = new Set(activeUsers(session));
  return onlineUsers(session).filter((user) => !active.has(user));
}

const notOurs = "The address of an account of this host is needed.";

/** XEP-0050: what was wrong with what the form says, for who filled it in. */
function failed(note: string): Outcome {
  return { note, failed: true };
}

async function done(note: string, otherwise: string, act: () => Promise<unknown>): Promise<Outcome> {
  try {
    await act();
    return { note };
  } catch (error) {
    if (error instanceof Fault && (error.code === "conflict" || error.code === "not-found")) return failed(otherwise);
    throw error;
  }
}

function secretIn(form: DataForm): string | undefined {
  const secret = preparedPassword(valueIn(form, "password") ?? "");
  return secret === "" ? undefined : secret;
}

/** None when any of them is no account of ours. */
function jidsIn(host: string, form: DataForm, field: string): readonly Jid[] {
  const jids = (valuesIn(form, field) ?? []).map(parseJid);
  return jids.filter((jid) => jid !== undefined && jid.local !== "" && jid.domain === host).length === jids.length
    ? (jids as Jid[])
    : [];
}
