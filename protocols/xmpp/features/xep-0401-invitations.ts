// XEP-0401: links that invite somebody, made by ad-hoc commands; XEP-0445: making an account with one; XEP-0379: becoming
// contacts with one.
import { nameOf } from "#core";
import type { Command, Outcome } from "../ad-hoc.ts";
import { accountOf } from "../addressing.ts";
import { type DataForm, truthOf, valueIn } from "../data-form.ts";
import { StanzaError } from "../faults.ts";
import type { Feature } from "../feature.ts";
import { type Invitation, invitationOf, invite, invited } from "../invitations.ts";
import { ns } from "../namespaces.ts";
import { stamp } from "../print.ts";
import type { XmppSession } from "../session.ts";
import { isAdmin } from "../admin-command.ts";

const about = "urn:xmpp:invite#invitation";

const inviteUser: Command = {
  node: "urn:xmpp:invite#invite",
  name: "Invite a user",
  about,
  allowed: () => true,
  run: async (session) => {
    const account = mayMakeAccounts(session);
    const invitation = await made(session, { account, contacts: true });
    return linkTo(`xmpp:${session.user}?roster;preauth=${invitation.token}${account ? ";ibr=y" : ""}`, invitation);
  },
};

const createAccount: Command = {
  node: "urn:xmpp:invite#create-account",
  name: "Invite to make an account",
  about,
  allowed: mayMakeAccounts,
  fields: [
    { var: "username", type: "text-single", label: "Name", values: [] },
    { var: "roster-subscription", type: "boolean", label: "Become contacts", values: ["0"] },
  ],
  run: async (session, form) => {
    const name = nameIn(session, form);
    const contacts = truthOf(valueIn(form, "roster-subscription")) ?? false;
    const invitation = await made(session, { account: true, name, contacts });
    const at = name === undefined ? session.server.host : `${name}@${session.server.host}`;
    return linkTo(`xmpp:${at}?register;preauth=${invitation.token}`, invitation);
  },
};

export const invitations: Feature = {
  spec: {
    id: "XEP-0401",
    title: "Ad-hoc Account Invitation Generation",
    version: "0.5.0",
    status: "partial",
    note: "without a landing page of the server's own; a name is not reserved",
  },
  commands: [inviteUser, createAccount],
};

export const preauthRegistration: Feature = {
  spec: { id: "XEP-0445", title: "Pre-Authenticated In-Band Registration", version: "0.2.0", status: "complete" },
  offer: (stream) => (stream.phase === "fresh" ? `<register xmlns="${ns.tokenRegister}"/>` : undefined),
  preliminaries: [
    {
      phase: "fresh",
      type: "set",
      name: "preauth",
      xmlns: ns.preauth,
      answer: async (stream, { attrs }) => {
        const invitation = await invitationOf(stream.server, attrs["token"] ?? "");
        if (invitation?.account !== true) throw new StanzaError("item-not-found", "no such invitation");
        invited.set(stream, invitation);
        return undefined;
      },
    },
  ],
};

export const preauthSubscription: Feature = {
  spec: {
    id: "XEP-0379",
    title: "Pre-Authenticated Roster Subscription",
    version: "0.3.3",
    status: "partial",
    note: "the server accepts who asks with a token; asking back is the inviting client's",
  },
};

/** Without this everybody could open the server to everybody. */
function mayMakeAccounts(session: XmppSession): boolean {
  return isAdmin(session) || session.server.settings.registration;
}

async function made(session: XmppSession, terms: Parameters<typeof invite>[2]): Promise<Invitation> {
  const invitation = await invite(session.server, session.user, terms);
  if (invitation === undefined) throw new StanzaError("resource-constraint", "too many invitations are open");
  return invitation;
}

function nameIn({ server }: XmppSession, form: DataForm): string | undefined {
  const name = valueIn(form, "username") ?? "";
  if (name === "") return undefined;
  const user = accountOf(name, server.host);
  if (user === undefined) throw new StanzaError("not-acceptable", "not a name");
  return nameOf(user);
}

function linkTo(uri: string, { until }: Invitation): Outcome {
  return {
    fields: [
      { var: "uri", type: "text-single", values: [uri] },
      { var: "expire", type: "text-single", values: [stamp(until)] },
    ],
  };
}
