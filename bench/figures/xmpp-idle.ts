import type { Figure } from "../figure.ts";
import type { IdleSessionsJob } from "../load/xmpp-idle.ts";

const connections = 5_000;
/** What a server grows by for its first ones is not theirs. */
const warm = 500;
const contacts = 20;

export const xmppIdle: Figure = {
  name: "xmpp-idle",
  title: `XMPP over WebSocket, ${connections} sessions that do nothing, each with a roster of ${contacts}`,
  of: "connections",
  load: "xmpp-idle",
  accounts: 40,
  servers: ["trivium", "prosody", "ejabberd"],
  goal: { bytes: 14 * 1024 },
  job: ({ xmpp }, accounts): IdleSessionsJob => ({
    url: xmpp!.url,
    domain: xmpp!.domain,
    accounts,
    contacts,
    warm,
    connections,
  }),
};
