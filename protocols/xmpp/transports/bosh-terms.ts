// The terms of a BOSH session: what the client asks for, and what it gets (XEP-0124 §7).
import { randomBytes } from "node:crypto";
import { attribute } from "../print.ts";
import type { BoshBody } from "./bosh-body.ts";

export interface BoshTerms {
  readonly sid: string;
  /** Requests held, 0 for a client that polls. */
  readonly hold: number;
  readonly waitS: number;
  readonly contentType: string;
  /** Attributes of the first answer. */
  readonly announced: string;
}

/** Fixed, and told to the client. */
export const boshLimits = { pollingS: 2, inactivityS: 30, pollingInactivityS: 60, maxPauseS: 120 } as const;

const mostHold = 2;
const mostWaitS = 60;
export const xmlType = "text/xml; charset=utf-8";
/** What a client may have its answers called: no page, and no script. */
const contentTypes = /^text\/(?:xml|plain)(?:; ?charset=utf-8)?$/i;

/** XEP-0124 §7.2 */
export function termsOf({ rid, wait, hold, ver, content }: BoshBody, host: string): BoshTerms {
  const waitS = Math.min(wait ?? mostWaitS, mostWaitS);
  const held = waitS === 0 ? 0 : Math.min(hold ?? 1, mostHold);
  const sid = randomBytes(18).toString("base64url");
  const inactivity = held === 0 ? boshLimits.pollingInactivityS : boshLimits.inactivityS;
  const figures = {
    ...{ wait: waitS, hold: held, requests: held + 1, inactivity },
    ...{ polling: boshLimits.pollingS, maxpause: boshLimits.maxPauseS },
  };
  const printed = Object.entries(figures).map(([name, value]) => ` ${name}="${value}"`);
  return {
    ...{ sid, hold: held, waitS },
    contentType: content !== undefined && contentTypes.test(content) ? content : xmlType,
    announced:
      `${attribute("sid", sid)}${printed.join("")} ver="${lower(ver)}"${attribute("from", host)} secure="true"` +
      ` ack="${rid}" xmlns:xmpp="urn:xmpp:xbosh" xmpp:version="1.0" xmpp:restartlogic="true"`,
  };
}

/** "the highest version … the connection manager supports, or the version specified by the client …, whichever is lower" */
function lower(asked: string | undefined): string {
  const [, major, minor] = /^(\d{1,4})\.(\d{1,4})$/.exec(asked ?? "") ?? [];
  return major === "1" && Number(minor) < 11 ? `1.${Number(minor)}` : "1.11";
}
