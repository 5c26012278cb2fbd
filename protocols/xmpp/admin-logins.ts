// XEP-0133 §4.9, §4.27, §4.28: when an account last logged in, and what it is told when it does so for the first time.
import { faultFrom, type UserId } from "#core";
import type { Command, Outcome } from "./ad-hoc.ts";
import { userOfJid } from "./addressing.ts";
import { accounts, failed, jidsIn, make, notOurs } from "./admin-command.ts";
import { type DataForm, type FormField, valuesIn } from "./data-form.ts";
import { lastDatum } from "./features/xep-0012-last-activity.ts";
import { ns } from "./namespaces.ts";
import { attribute, escapeText, stamp } from "./print.ts";
import type { XmppServer } from "./server.ts";
import type { XmppSession } from "./session.ts";
import { slot } from "./slot.ts";

/** Each account's: Unix milliseconds. */
const loginDatum = "xmpp/login";
/** The tenant's. */
const welcomeDatum = "xmpp/welcome";
const longest = 10_000;

/** Whether the account was never here before; until it is welcomed. */
const visitOf = slot(() => ({ first: undefined as Promise<boolean> | undefined }));

const field: FormField = { var: "welcome", type: "text-multi", label: "Welcome message", required: true, values: [] };

export const loginCommands: readonly Command[] = [
  make("get-user-lastlogin", "Show when users last logged in", [accounts], lastLogins),
  // §4.27: "which SHOULD include the current welcome message if one has already been set".
  make("set-welcome", "Set the welcome message", async ({ server }) => {
    const text = await welcomeOf(server);
    return [{ ...field, values: text === undefined ? [] : text.split("\n") }];
  }, setWelcome), // prettier-ignore
  make("delete-welcome", "Delete the welcome message", undefined, async ({ server }) => {
    await server.core.accountData.put(server.core.host as UserId, welcomeDatum, undefined);
    return { note: "Nobody is welcomed any more." };
  }),
];

/** The session has begun: that is a login. */
export function noteLogin(session: XmppSession): void {
  visitOf(session).first = login(session).catch((error: unknown) => {
    session.server.note(faultFrom(error));
    return false;
  });
}

/** The session is there. §4.27: "to newly registered users of the server when they first log in". */
export function welcome(session: XmppSession): void {
  const visit = visitOf(session);
  if (visit.first === undefined) return;
  const { first } = visit;
  visit.first = undefined;
  greet(session, first).catch((error: unknown) => session.server.note(faultFrom(error)));
}

/** True for the first. What is kept of when it was last here says so of accounts that are older than this. */
async function login({ server, user }: XmppSession): Promise<boolean> {
  const { accountData, clock } = server.core;
  const before = (await accountData.get(user, loginDatum)) ?? (await accountData.get(user, lastDatum));
  await accountData.put(user, loginDatum, `${clock.now()}`);
  return before === undefined;
}

async function greet(session: XmppSession, first: Promise<boolean>): Promise<void> {
  const { server } = session;
  const text = (await first) ? await welcomeOf(server) : undefined;
  if (text === undefined || session.over) return;
  const to = attribute("to", session.jid);
  session.send(
    `<message xmlns="${ns.client}" type="headline" from="${server.host}"${to}><body>${escapeText(text)}</body></message>`,
  );
}

/** §4.9: of each account in turn; of one that never did it is empty. */
async function lastLogins({ server }: XmppSession, form: DataForm): Promise<Outcome> {
  const users = jidsIn(server.host, form, "accountjids").map(userOfJid);
  if (users.length === 0) return failed(notOurs);
  const { accounts: known, accountData } = server.core;
  const values: string[] = [];
  for (const user of users) {
    if (!(await known.exists(user))) return failed(`There was no such account: ${user}`);
    const at = await accountData.get(user, loginDatum);
    values.push(at === undefined ? "" : stamp(Number(at)));
  }
  return {
    fields: [
      { var: "accountjids", type: "jid-multi", values: users },
      { var: "lastlogin", type: users.length === 1 ? "text-single" : "text-multi", values },
    ],
  };
}

async function setWelcome({ server }: XmppSession, form: DataForm): Promise<Outcome> {
  const text = (valuesIn(form, "welcome") ?? []).join("\n");
  if (text.trim() === "") return failed("There is nothing to say.");
  if (text.length > longest) return failed("That is too long.");
  await server.core.accountData.put(server.core.host as UserId, welcomeDatum, text);
  return { note: "Who comes for the first time is welcomed so." };
}

function welcomeOf({ core }: XmppServer): Promise<string | undefined> {
  return core.accountData.get(core.host as UserId, welcomeDatum);
}
