import type { Figure } from "../figure.ts";
import type { ArchiveJob } from "../load/xmpp-archive.ts";

const page = 50;
const messages = 500;

export const xmppArchive: Figure = {
  name: "xmpp-archive",
  title: `XMPP archive over WebSocket (XEP-0313), pages of ${page} out of ${messages}, 4 readers`,
  of: "messages",
  load: "xmpp-archive",
  accounts: 2,
  servers: ["trivium", "prosody+archive", "ejabberd+archive"],
  goal: { most: 0.2, times: "prosody+archive" },
  job: ({ xmpp }, accounts): ArchiveJob => ({
    url: xmpp!.url,
    domain: xmpp!.domain,
    accounts,
    readers: 4,
    messages,
    page,
    body: 64,
  }),
};
