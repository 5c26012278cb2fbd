// XEP-0203: when a message was sent that comes late.
import type { Delivery, Envelope } from "#core";
import type { Feature } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { attribute, stamp } from "../print.ts";
import type { XmppSession } from "../session.ts";

export const delay: Feature = {
  spec: { id: "XEP-0203", title: "Delayed Delivery", version: "2.0", status: "complete" },
  disco: [ns.delay],
};

/** What is older than this when it leaves is said to be. */
const liveMs = 5000;

/** Whether the entry comes late: written before the client took messages, or held up on its way. */
export function isLate(session: XmppSession, { event, late }: Delivery, since: number): boolean {
  const { at } = event as Envelope;
  return (late && at < since) || session.server.core.clock.now() - at > liveMs;
}

/** `from` held it back: the host, or a room; undefined where that goes without saying. */
export function delayed(from: string | undefined, at: number): string {
  return `<delay xmlns="${ns.delay}"${attribute("from", from)} stamp="${stamp(at)}"/>`;
}
