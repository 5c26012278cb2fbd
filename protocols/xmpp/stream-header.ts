// A stream header, however it was framed, and what is wrong with it (RFC 6120 §4.7).
import type { UserId } from "#core";
import { domainpart, parseJid } from "./addressing.ts";
import { StreamError } from "./faults.ts";

export interface Header {
  readonly to: string | undefined;
  readonly from: string | undefined;
  readonly version: string | undefined;
  /** Of what people read in the client's stanzas, where they do not say otherwise (§8.1.5). */
  readonly lang?: string | undefined;
}

/** Who the client says it is, before it has shown it. */
export function claimIn({ from }: Header): string | undefined {
  return from === undefined ? undefined : parseJid(from)?.bare;
}

/** Throws a StreamError. `user`: whoever authenticated. */
export function checkHeader({ to, from, version }: Header, host: string, user: UserId | undefined): void {
  if (to === undefined || to === "") throw new StreamError("improper-addressing", "no host asked for");
  if (domainpart(to) !== host) throw new StreamError("host-unknown", "not our host");
  if (version === undefined || Number.parseInt(version, 10) !== 1)
    throw new StreamError("unsupported-version", "not XMPP 1.0");
  if (from === undefined) return;
  const jid = parseJid(from);
  const other = user !== undefined && jid !== undefined && jid.bare !== user;
  if (jid === undefined || other) throw new StreamError("invalid-from", "from another");
}
