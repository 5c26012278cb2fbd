// XEP-0313 §4: what a client asks of an archive, read from its form and its page's wish.
import type { ArchiveRequest, MessageId } from "#core";
import { type Jid, parseJid } from "./addressing.ts";
import { type DataForm, formIn, isAbout, truthOf } from "./data-form.ts";
import { readDateTime } from "./date-time.ts";
import type { Element } from "./element.ts";
import { StanzaError } from "./faults.ts";
import { ns } from "./namespaces.ts";
import { type PageWish, readPageWish } from "./result-set.ts";

export interface ArchiveWish {
  readonly queryId: string | undefined;
  readonly with: Jid | undefined;
  /** Words that are looked for (XEP-0431). */
  readonly text: string | undefined;
  readonly flipped: boolean;
  /** Nothing but their number is asked for (XEP-0059 §2.7). */
  readonly countOnly: boolean;
  readonly request: ArchiveRequest;
}

const usualPage = 50;
const longestPage = 250;
const mostIds = 250;
const messageId = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** XEP-0431. */
export const fullText = "{urn:xmpp:fulltext:0}fulltext";

/** Fields that narrow the result; a form may hold no other (§4.1.6). */
const fields = new Set([
  "FORM_TYPE",
  "with",
  "start",
  "end",
  "before-id",
  "after-id",
  "ids",
  "include-groupchat",
  fullText,
]);

export function readArchiveWish(query: Element): ArchiveWish {
  const form = formOf(query);
  const page = readPageWish(query);
  const value = (name: string): string | undefined => form?.fields.find((field) => field.var === name)?.values[0];
  const included = value("include-groupchat");
  if (included !== undefined && truthOf(included) === undefined) throw new StanzaError("bad-request", "no boolean");
  const ids = form?.fields.find((field) => field.var === "ids")?.values;
  if ((ids?.length ?? 0) > mostIds) throw new StanzaError("policy-violation", "too many ids at once");
  const time = { start: timeIn(value("start")), end: timeIn(value("end")) };
  const within = { after: idIn(value("after-id")), before: idIn(value("before-id")) };
  return {
    queryId: query.attrs["queryid"],
    with: jidIn(value("with")),
    text: value(fullText) === "" ? undefined : value(fullText),
    flipped: query.getChild("flip-page", ns.mam) !== undefined,
    countOnly: page.max === 0,
    request: {
      ...time,
      ...within,
      ids: ids?.map((id) => idIn(id)!),
      ...pageOf(page),
      counted:
        page.max === 0 ||
        [time.start, time.end, within.after, within.before].every((narrowing) => narrowing === undefined),
    },
  };
}

function pageOf({
  max,
  after,
  before,
}: PageWish): Pick<ArchiveRequest, "pageAfter" | "pageBefore" | "fromEnd" | "limit"> {
  return {
    pageAfter: idIn(after),
    pageBefore: before === "" ? undefined : idIn(before),
    fromEnd: before !== undefined,
    limit: Math.max(1, Math.min(max ?? usualPage, longestPage)),
  };
}

function formOf(query: Element): DataForm | undefined {
  const form = formIn(query);
  if (form === undefined) {
    if (query.getChild("x", ns.dataForms) === undefined) return undefined;
    throw new StanzaError("bad-request", "a malformed form");
  }
  if (form.type !== "submit" || !isAbout(form, ns.mam)) throw new StanzaError("bad-request", "another form");
  // §4.1.6: a field that is not known might narrow the result.
  if (form.fields.some((field) => field.type !== "fixed" && !fields.has(field.var)))
    throw new StanzaError("feature-not-implemented", "an unknown field");
  return form;
}

function jidIn(text: string | undefined): Jid | undefined {
  if (text === undefined || text === "") return undefined;
  const jid = parseJid(text);
  if (jid === undefined) throw new StanzaError("jid-malformed", "with");
  return jid;
}

function timeIn(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  const at = readDateTime(text);
  if (at === undefined) throw new StanzaError("bad-request", "no time as XEP-0082 has them"); // §4.1.2
  return at;
}

/** An id that is none of ours is in no archive (§4.1.3, §4.3.2). */
function idIn(text: string | undefined): MessageId | undefined {
  if (text === undefined) return undefined;
  if (!messageId.test(text)) throw new StanzaError("item-not-found", "no such entry");
  return text as MessageId;
}
