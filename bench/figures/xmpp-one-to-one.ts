import type { Figure } from "../figure.ts";
import type { ChatJob } from "../load/xmpp-one-to-one.ts";

const pairs = 20;

/** Ours archives each message durably before it delivers; the others run with their archive off. */
function chat(name: string, transport: "WebSocket" | "TCP", inFlight: number, most: number): Figure {
  return {
    name,
    title: `XMPP chat over ${transport}, ${pairs} pairs, ${inFlight} in flight, ours stored`,
    of: "messages",
    load: "xmpp-one-to-one",
    accounts: pairs * 2,
    servers: ["trivium", "ejabberd", "prosody"],
    goal: { most, times: "ejabberd" },
    job: ({ xmpp, xmppTcp }, accounts): ChatJob => ({
      url: (transport === "TCP" ? xmppTcp! : xmpp!).url,
      domain: xmpp!.domain,
      accounts,
      inFlight,
      body: 64,
    }),
  };
}

export const xmppOneToOne: readonly Figure[] = [
  chat("xmpp-chat", "WebSocket", 10, 0.25),
  chat("xmpp-chat-alone", "WebSocket", 1, 0.5),
  chat("xmpp-chat-tcp", "TCP", 10, 0.25),
];
