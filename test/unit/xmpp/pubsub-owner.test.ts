import assert from "node:assert/strict";
import { Element } from "../../../protocols/xmpp/element.ts";
import { StanzaError } from "../../../protocols/xmpp/faults.ts";
import { getConfig } from "../../../protocols/xmpp/features/xep-0060-owner.ts";
import type { PubsubRequest } from "../../../protocols/xmpp/pubsub-request.ts";

describe("the configuration of a node", () => {
  it("is not found when another owner deletes the node while it is looked up (XEP-0060 §8.2.3)", async () => {
    const nodes = { members: async () => [], find: async () => undefined };
    const request = {
      session: { user: "romeo@localhost", server: { core: { nodes } } },
      owner: "pubsub.localhost",
      asked: new Element("configure", { node: "gone" }),
    } as unknown as PubsubRequest;

    const refused = getConfig(request);

    await assert.rejects(refused, (error) => error instanceof StanzaError && error.condition === "item-not-found");
  });
});
