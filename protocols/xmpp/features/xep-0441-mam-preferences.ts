// XEP-0441: what of an account's conversations its archive holds.
import { type ArchivePreferences, keepPreferences, peersIn, preferencesOf } from "../archive-preferences.ts";
import type { Element } from "../element.ts";
import { StanzaError } from "../faults.ts";
import type { Feature } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { escapeText } from "../print.ts";
import type { XmppSession } from "../session.ts";

const mostListed = 1000;

export const archivePreferences: Feature = {
  spec: {
    id: "XEP-0441",
    title: "Message Archive Management Preferences",
    version: "0.2.0",
    status: "complete",
    note: "they say what is found in the archive; the conversation itself is its members' and is kept; full JIDs are taken as bare",
  },
  iq: [
    {
      type: "get",
      name: "prefs",
      xmlns: ns.mam,
      to: ["own"],
      answer: async (session) => print(await preferencesOf(session.server, session.user)),
    },
    { type: "set", name: "prefs", xmlns: ns.mam, to: ["own"], answer: (session, { payload }) => set(session, payload) },
    { type: "get", name: "prefs", xmlns: ns.mam, to: ["account"], answer: refuse },
    { type: "set", name: "prefs", xmlns: ns.mam, to: ["account"], answer: refuse },
  ],
};

function refuse(): never {
  throw new StanzaError("forbidden", "another's preferences");
}

async function set(session: XmppSession, prefs: Element): Promise<string> {
  const usual = prefs.attrs["default"];
  if (usual !== "always" && usual !== "never" && usual !== "roster")
    throw new StanzaError("bad-request", "no such default"); // §2.1.1
  const wanted = { default: usual, always: peersOf(prefs, "always"), never: peersOf(prefs, "never") } as const;
  await keepPreferences(session.server, session.user, wanted);
  return print(wanted);
}

function peersOf(prefs: Element, list: "always" | "never"): readonly string[] {
  const jids = prefs.getChild(list, ns.mam)?.getChildren("jid", ns.mam) ?? [];
  if (jids.length > mostListed) throw new StanzaError("resource-constraint", "too many of them");
  return peersIn(jids.map((jid) => jid.getText().trim()));
}

function print({ default: usual, always, never }: ArchivePreferences): string {
  const list = (jids: readonly string[]): string => jids.map((jid) => `<jid>${escapeText(jid)}</jid>`).join("");
  return `<prefs xmlns="${ns.mam}" default="${usual}"><always>${list(always)}</always><never>${list(never)}</never></prefs>`;
}
