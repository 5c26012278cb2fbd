// XEP-0133 §4.3, §4.4, §4.10, §4.14, §4.19: accounts shut and opened again, and what there is to know of one.
import type { UserId } from "#core";
import type { Command, Outcome } from "./ad-hoc.ts";
import { userOfJid } from "./addressing.ts";
import { account, accounts, count, failed, jidsIn, list, make, notOurs } from "./admin-command.ts";
import type { DataForm } from "./data-form.ts";
import { isListed } from "./roster-item.ts";
import type { XmppSession } from "./session.ts";

export const disablingCommands: readonly Command[] = [
  // "Disabling a user MUST result in the termination of any active sessions for the user and in the prevention of further user
  // logins until the account is re-enabled … it MUST NOT result in the destruction of any implementation-specific data".
  make("disable-user", "Shut users out", [accounts], (session, form) =>
    each(session, form, "The users are disabled.", (user, known) => known.disable(user)),
  ),
  make("reenable-user", "Let users in again", [accounts], (session, form) =>
    each(session, form, "The users are enabled again.", (user, known) => known.enable(user)),
  ),
  make("user-stats", "Show what is known of a user", [account], stats),
  count("get-disabled-users-num", "Count the disabled users", "disabledusersnum", disabledUsers),
  list("get-disabled-users-list", "List the disabled users", "disableduserjids", disabledUsers),
];

function disabledUsers({ server }: XmppSession): Promise<readonly UserId[]> {
  return server.core.accounts.disabled();
}

type Accounts = XmppSession["server"]["core"]["accounts"];

async function each(
  { server, user: own }: XmppSession,
  form: DataForm,
  note: string,
  act: (user: UserId, accounts: Accounts) => Promise<boolean>,
): Promise<Outcome> {
  const users = jidsIn(server.host, form, "accountjids").map(userOfJid);
  if (users.length === 0) return failed(notOurs);
  if (users.includes(own)) return failed("Not oneself.");
  const missing: UserId[] = [];
  const known = server.core.accounts;
  // Who is so already is as wanted.
  for (const user of users) if (!(await act(user, known)) && !(await known.exists(user))) missing.push(user);
  return missing.length === 0 ? { note } : failed(`There was no such account: ${missing.join(", ")}`);
}

/** §4.10; of this node, and of XMPP. */
async function stats({ server }: XmppSession, form: DataForm): Promise<Outcome> {
  const [jid] = jidsIn(server.host, form, "accountjid");
  if (jid === undefined) return failed(notOurs);
  const user = userOfJid(jid);
  if (!(await server.core.accounts.exists(user))) return failed("There is no such user.");
  const sessions = [...server.sessions].filter((session) => session.user === user);
  const listed = (await server.core.contacts.list(user)).filter(isListed);
  const addresses = sessions.flatMap(({ stream }) => (stream === undefined ? [] : [stream.link.remote]));
  return {
    fields: [
      { var: "ipaddresses", type: "text-multi", values: [...new Set(addresses)] },
      { var: "rostersize", type: "text-single", values: [`${listed.length}`] },
      { var: "onlineresources", type: "text-multi", values: sessions.map(({ resource }) => resource) },
    ],
  };
}
