import type { Figure } from "../figure.ts";
import type { ChatJob } from "../load/xmpp-one-to-one.ts";
import { accounts } from "../servers.ts";

const inFlight = 10;

/** Ours archives each message durably before it delivers; the others run with their archive off. */
export const xmppOneToOne: Figure = {
  name: "xmpp",
  title: `XMPP chat over WebSocket, ${accounts.length / 2} pairs, ${inFlight} in flight`,
  load: "xmpp-one-to-one",
  servers: ["trivium", "ejabberd", "prosody"],
  job: ({ xmpp }): ChatJob => ({ url: xmpp!.url, domain: xmpp!.domain, accounts, inFlight, body: 64 }),
};
