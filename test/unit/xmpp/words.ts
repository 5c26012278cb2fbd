// What several suites look for in a room's presence, and wait for in the core.
import assert from "node:assert/strict";
import type { Element } from "../../../protocols/xmpp/element.ts";

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

/** Resolves once it is so. */
export async function eventually(fact: () => Promise<boolean>): Promise<void> {
  const until = performance.now() + 4000;
  while (!(await fact())) {
    assert.ok(performance.now() < until, fact.toString());
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
