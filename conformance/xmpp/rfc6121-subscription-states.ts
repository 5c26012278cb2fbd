// RFC 6121 appendix A: what each subscription stanza does in each state that two accounts can be in to each other.
import assert from "node:assert/strict";
import { ns, type XmppClient } from "../clients/xmpp.ts";
import type { XmppKit } from "../xmpp-kit.ts";
import { requirement } from "./requirement.ts";

/** How far one is with seeing the other. */
type Sight = "none" | "asked" | "granted";
type Action = "subscribe" | "subscribed" | "unsubscribe" | "unsubscribed";

interface State {
  /** Romeo of Juliet, and Juliet of Romeo. */
  readonly romeo: Sight;
  readonly juliet: Sight;
}

const sights: readonly Sight[] = ["none", "asked", "granted"];
const states: readonly State[] = sights.flatMap((romeo) => sights.map((juliet) => ({ romeo, juliet })));

interface Transition {
  readonly next: State;
  /** Whether Juliet's clients get the stanza. */
  readonly delivered: boolean;
}

/** Romeo sends it: tables A.2 for him, and A.3 for her. */
const transitions: Readonly<Record<Action, (state: State) => Transition>> = {
  subscribe: ({ romeo, juliet }) => ({
    next: { romeo: romeo === "none" ? "asked" : romeo, juliet },
    delivered: romeo === "none",
  }),
  unsubscribe: ({ romeo, juliet }) => ({ next: { romeo: "none", juliet }, delivered: romeo !== "none" }),
  subscribed: ({ romeo, juliet }) => ({
    next: { romeo, juliet: juliet === "asked" ? "granted" : juliet },
    delivered: juliet === "asked",
  }),
  unsubscribed: ({ romeo, juliet }) => ({ next: { romeo, juliet: "none" }, delivered: juliet !== "none" }),
};

const item = (jid: string): string => `<item jid="${jid}"/>`;
const say = (from: XmppClient, to: XmppClient, type: Action): void =>
  from.send(`<presence xmlns="jabber:client" to="${to.bare}" type="${type}"/>`);

/** Everything that either said before has come to the other. */
async function settle(t: XmppKit, ...pair: readonly [XmppClient, XmppClient]): Promise<void> {
  for (const [from, to] of [pair, pair.toReversed()] as [XmppClient, XmppClient][]) await t.settled(from, to);
}

async function bring(t: XmppKit, romeo: XmppClient, juliet: XmppClient, state: State): Promise<void> {
  await t.estrange(romeo, juliet);
  for (const [asker, owner, sight] of [
    [romeo, juliet, state.romeo],
    [juliet, romeo, state.juliet],
  ] as const) {
    // An item of its own, so that nobody's view of the other depends on whether a pending request is one.
    await asker.iq("set", `<query xmlns="${ns.roster}">${item(owner.bare)}</query>`);
    if (sight === "none") continue;
    say(asker, owner, "subscribe");
    await settle(t, asker, owner);
    if (sight === "granted") say(owner, asker, "subscribed");
    await settle(t, owner, asker);
  }
}

/** What the owner's roster says of the other: the subscription, and whether the owner asks. */
async function viewOf(owner: XmppClient, other: XmppClient): Promise<string> {
  const items = (await owner.iq("get", `<query xmlns="${ns.roster}"/>`)).child("query")?.elements ?? [];
  const attributes = items.find((each) => each.attributes["jid"] === other.bare)?.attributes ?? {};
  return `${attributes["subscription"] ?? "none"} ${attributes["ask"] ?? "-"}`;
}

function viewIn(mine: Sight, theirs: Sight): string {
  const [to, from] = [mine === "granted", theirs === "granted"];
  return `${to && from ? "both" : to ? "to" : from ? "from" : "none"} ${mine === "asked" ? "subscribe" : "-"}`;
}

describe("RFC 6121 appendix A: subscription states", () => {
  for (const action of ["subscribe", "unsubscribe", "subscribed", "unsubscribed"] as const) {
    requirement(
      action.startsWith("un")
        ? `RFC 6121 A.2.${action === "unsubscribe" ? 2 : 4}`
        : `RFC 6121 A.2.${action === "subscribe" ? 1 : 3}`,
      `When the user sends presence of type "${action}", the user's server MUST route the stanza and change the state as the table says, in each of the nine states, and so the contact's server on its side (A.3): what changes nothing is not delivered to the contact.`,
      async (t) => {
        const [romeo, juliet] = [await t.available(0), await t.available(1)];
        // §3.1.6: approvals and the like are for interested resources.
        for (const client of [romeo, juliet]) await viewOf(client, client);

        for (const state of states) {
          // Without a request it would be an approval beforehand (§3.4).
          if (action === "subscribed" && state.juliet === "none") continue;
          await bring(t, romeo, juliet, state);
          while (juliet.waiting.some((xml) => xml.is("presence")))
            await juliet.take("presence", (xml) => xml.is("presence"));
          const { next, delivered } = transitions[action](state);
          const where = `${action} where Romeo of Juliet is ${state.romeo}, Juliet of Romeo ${state.juliet}`;

          say(romeo, juliet, action);
          await settle(t, romeo, juliet);

          const came = juliet.waiting.some(
            (xml) => xml.is("presence") && xml.attributes["type"] === action && xml.attributes["from"] === romeo.bare,
          );
          assert.equal(came, delivered, `delivered, ${where}`);
          assert.equal(await viewOf(romeo, juliet), viewIn(next.romeo, next.juliet), `Romeo's roster, ${where}`);
          assert.equal(await viewOf(juliet, romeo), viewIn(next.juliet, next.romeo), `Juliet's roster, ${where}`);
        }
        await t.estrange(romeo, juliet);
      },
    );
  }
});
