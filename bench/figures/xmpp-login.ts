import type { Figure } from "../figure.ts";
import type { LoginJob } from "../load/xmpp-login.ts";

const lines = 10;

export const xmppLogin: Figure = {
  name: "xmpp-login",
  title: `XMPP logins over WebSocket with SCRAM-SHA-1, ${lines} at once: connect, authenticate, bind, leave`,
  of: "messages",
  load: "xmpp-login",
  accounts: 20,
  warmUp: 3_000,
  servers: ["trivium", "ejabberd", "prosody"],
  job: ({ xmpp }, accounts): LoginJob => ({ url: xmpp!.url, domain: xmpp!.domain, accounts, lines }),
};
