import type { Figure } from "../figure.ts";
import type { ChatJob } from "../load/xmpp-one-to-one.ts";
import { accounts } from "../servers.ts";

/** Ours archives each message durably before it delivers; the others run with their archive off. */
function chat(name: string, pairs: number, inFlight: number, most: number): Figure {
  const users = accounts.slice(0, pairs * 2);
  return {
    name,
    title: `XMPP chat over WebSocket, ${pairs} ${pairs === 1 ? "pair" : "pairs"}, ${inFlight} in flight, ours stored`,
    of: "messages",
    load: "xmpp-one-to-one",
    servers: ["trivium", "ejabberd", "prosody"],
    goal: { most, times: "ejabberd" },
    job: ({ xmpp }): ChatJob => ({ url: xmpp!.url, domain: xmpp!.domain, accounts: users, inFlight, body: 64 }),
  };
}

export const xmppOneToOne: readonly Figure[] = [
  chat("xmpp", accounts.length / 2, 10, 0.25),
  chat("xmpp-alone", accounts.length / 2, 1, 0.5),
];
