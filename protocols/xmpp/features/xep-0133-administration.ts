// XEP-0133: what the operator's accounts may do from within a client.
import { preparedPassword, type UserId } from "#core";
import type { Outcome } from "../ad-hoc.ts";
import { userOfJid } from "../addressing.ts";
import { account, accounts, count, done, failed, jidsIn, list, make, notOurs } from "../admin-command.ts";
import { disablingCommands } from "../admin-disabling.ts";
import { loginCommands, noteLogin, welcome } from "../admin-logins.ts";
import { motdCommands, tellMotd } from "../admin-motd.ts";
import { availabilityOf } from "../availability.ts";
import { type DataForm, type FormField, valueIn, valuesIn } from "../data-form.ts";
import { StreamError } from "../faults.ts";
import type { Feature } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { attribute, escapeText } from "../print.ts";
import { isListed, itemOf } from "../roster-item.ts";
import type { XmppSession } from "../session.ts";
import { isInactive } from "./xep-0352-client-state.ts";

const password: FormField = {
  var: "password",
  type: "text-private",
  label: "The password",
  required: true,
  values: [],
};
const again: FormField = { ...password, var: "password-verify", label: "The password again" };
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
    note: "not: passwords read, lists of whom to let in, the list of administrators, restarts; who is online is who is on this node over XMPP, and logins are those over XMPP",
  },
  commands: [
    make("add-user", "Add a user", [account, password, again], addUser),
    make("delete-user", "Delete users", [accounts], deleteUsers),
    ...disablingCommands,
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
    ...motdCommands,
    ...loginCommands,
  ],
  begun: noteLogin,
  present: (session) => {
    welcome(session);
    tellMotd(session);
  },
};

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

function secretIn(form: DataForm): string | undefined {
  const secret = preparedPassword(valueIn(form, "password") ?? "");
  return secret === "" ? undefined : secret;
}
