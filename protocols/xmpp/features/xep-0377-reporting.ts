// XEP-0377: why somebody is blocked, told to those who run the server.
import { counter } from "#core";
import type { Element } from "../element.ts";
import { StanzaError } from "../faults.ts";
import type { Feature } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { attribute, escapeText } from "../print.ts";
import type { XmppSession } from "../session.ts";
import { isAdmin } from "../admin-command.ts";

export const reporting: Feature = {
  spec: {
    id: "XEP-0377",
    title: "Spam Reporting",
    version: "0.4.0",
    status: "complete",
    note: "reports are counted, logged without their text, and told to administrators who are connected; never forwarded",
  },
  disco: [ns.reporting],
};

const reports = counter("trivium_xmpp_reports_total", "Reports of spam and abuse");
const reasons: ReadonlySet<string | undefined> = new Set(["urn:xmpp:reporting:spam", "urn:xmpp:reporting:abuse"]);
const longestText = 2000;
const mostMessages = 20;

export interface Report {
  readonly about: string;
  readonly reason: string;
  readonly text: string;
  readonly messages: readonly string[];
}

/** The report within an item of a block, if there is one. */
export function reportIn(item: Element): Report | undefined {
  const report = item.getChild("report", ns.reporting);
  if (report === undefined) return undefined;
  const { reason } = report.attrs;
  if (reason === undefined || !reasons.has(reason)) throw new StanzaError("bad-request", "a report without a reason"); // §4
  const ids = report.getChildren("stanza-id", ns.stanzaIds).map(({ attrs }) => attrs["id"] ?? "");
  return {
    about: item.attrs["jid"] ?? "",
    reason: reason.slice("urn:xmpp:reporting:".length),
    text: (report.getChildText("text", ns.reporting) ?? "").trim().slice(0, longestText),
    messages: ids.slice(0, mostMessages),
  };
}

export function pass(session: XmppSession, { about, reason, text, messages }: Report): void {
  const { server, user } = session;
  reports.add();
  server.core.log.warn({ what: "abuse_reported", by: user, about, reason, messages }, "an account was reported");
  const body = [`${user} reports ${about}: ${reason}`, text, ...messages].filter((line) => line !== "").join("\n");
  for (const each of server.sessions) {
    if (!isAdmin(each)) continue;
    each.send(
      `<message xmlns="${ns.client}" type="headline" from="${server.host}"${attribute("to", each.jid)}><body>${escapeText(body)}</body></message>`,
    );
  }
}
