// XEP-0191: the block list, as XMPP clients see and change it. What it does is the core's, for every protocol.
import { type BlockingSignal, type Delivery, Fault, type UserId } from "#core";
import { parseJid } from "../addressing.ts";
import type { Element } from "../element.ts";
import { StanzaError } from "../faults.ts";
import type { Feature } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { attribute } from "../print.ts";
import type { XmppSession } from "../session.ts";
import { slot } from "../slot.ts";
import { pass, reportIn } from "./xep-0377-reporting.ts";

/** A resource that asked for the list hears of its changes (§3.3). */
const interest = slot(() => ({ asked: false, pushes: 0 }));

const mostAtOnce = 1000;

export const blocking: Feature = {
  spec: {
    id: "XEP-0191",
    title: "Blocking Command",
    version: "1.3",
    status: "complete",
    note: "by account or host; a full JID is kept on the list, and only its account is compared",
  },
  disco: [ns.blocking],
  iq: [
    { type: "get", name: "blocklist", xmlns: ns.blocking, to: ["own"], answer: list },
    {
      type: "set",
      name: "block",
      xmlns: ns.blocking,
      to: ["own"],
      answer: (session, { payload }) => block(session, payload),
    },
    {
      type: "set",
      name: "unblock",
      xmlns: ns.blocking,
      to: ["own"],
      answer: (session, { payload }) => unblock(session, payload),
    },
  ],
  deliver: { blocking: push },
};

async function list(session: XmppSession): Promise<string> {
  interest(session).asked = true;
  const addresses = await session.server.core.blocks.list(session.user);
  return `<blocklist xmlns="${ns.blocking}">${itemsOf(addresses)}</blocklist>`;
}

async function block(session: XmppSession, payload: Element): Promise<undefined> {
  const addresses = addressesIn(payload);
  if (addresses.length === 0) throw new StanzaError("bad-request", "nobody to block"); // §3.3
  const reports = payload.getChildren("item", ns.blocking).flatMap((item) => reportIn(item) ?? []);
  await session.server.core.blocks.block(session.user, addresses, session.core);
  for (const report of reports) pass(session, report);
}

/** §3.5: without items all of them. */
async function unblock(session: XmppSession, payload: Element): Promise<undefined> {
  const addresses = addressesIn(payload);
  await session.server.core.blocks.unblock(session.user, addresses.length === 0 ? undefined : addresses, session.core);
}

function addressesIn(payload: Element): readonly string[] {
  const items = payload.getChildren("item", ns.blocking);
  if (items.length > mostAtOnce) throw new StanzaError("resource-constraint", "too many at once");
  const addresses = items.map((item) => {
    const written = item.attrs["jid"];
    if (written === undefined) throw new StanzaError("bad-request", "an item of nobody");
    const jid = parseJid(written);
    if (jid === undefined) throw new StanzaError("jid-malformed", "an item");
    return jid.resource === "" ? jid.bare : `${jid.bare}/${jid.resource}`;
  });
  return [...new Set(addresses)];
}

function itemsOf(addresses: readonly string[]): string {
  return addresses.map((address) => `<item${attribute("jid", address)}/>`).join("");
}

/** §3.3, §3.5: to every resource that asked for the list, the one that changed it included. */
function push(session: XmppSession, { event }: Delivery): void {
  const { addresses, blocked } = event as BlockingSignal;
  const state = interest(session);
  if (!state.asked) return;
  const name = blocked ? "block" : "unblock";
  session.send(
    `<iq xmlns="${ns.client}" type="set" id="block-${++state.pushes}"${attribute("from", session.user)}${attribute("to", session.jid)}><${name} xmlns="${ns.blocking}">${itemsOf(addresses)}</${name}></iq>`,
  );
}

/** §3.4: nothing goes to whom its sender has blocked. What is stored the core itself refuses. */
export function refuseBlocked(session: XmppSession, to: UserId): void {
  if (session.server.core.blocks.peek(session.user, to) === true)
    throw new Fault("blocked", "blocked by the sender itself");
}

/** §3.4: who is blocked is told that nobody is there. Where it is not known here who is, the list is looked at. */
export function refuseByBlocker(session: XmppSession, to: UserId): void | Promise<void> {
  const { blocks } = session.server.core;
  const known = blocks.peek(to, session.user);
  if (known === undefined) return blocks.blocks(to, session.user).then(refuseIf);
  refuseIf(known);
}

function refuseIf(blocked: boolean): void {
  if (blocked) throw new StanzaError("service-unavailable", "blocked by who is asked, or written to");
}
