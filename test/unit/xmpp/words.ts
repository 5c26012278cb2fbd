// What several suites look for in a room's presence and a roster's push, and wait for in the core.
import assert from "node:assert/strict";
import type { Element } from "../../../protocols/xmpp/element.ts";
import type { Talker } from "./socket.ts";

const mucUser = "http://jabber.org/protocol/muc#user";

/** The status codes of a room's presence. */
export function statuses(presence: Element): string[] {
  return (
    presence
      .getChild("x", mucUser)
      ?.getChildren("status")
      .map(({ attrs }) => attrs["code"]!) ?? []
  );
}

/** What a room's presence says of its occupant. */
export function item(presence: Element): Record<string, string> {
  return presence.getChild("x", mucUser)!.getChild("item")!.attrs;
}

export function isError(element: Element): boolean {
  return element.attrs["type"] === "error";
}

/** The item of the roster push that comes. */
export async function pushed(talker: Talker): Promise<Element> {
  const push = await talker.wire.element(
    "a roster push",
    (element) => element.attrs["type"] === "set" && element.getChild("query", "jabber:iq:roster") !== undefined,
  );
  return push.getChild("query")!.getChild("item")!;
}

/** Resolves once it is so. */
export async function eventually(fact: () => Promise<boolean>): Promise<void> {
  const until = performance.now() + 4000;
  while (!(await fact())) {
    assert.ok(performance.now() < until, fact.toString());
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
