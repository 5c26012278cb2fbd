// XEP-0163: every account a pubsub service; and XEP-0060 §7.1.5, which XEP-0223 and XEP-0402 lean on.
import assert from "node:assert/strict";
import type { XmppClient } from "../clients/xmpp.ts";
import { info } from "../disco-kit.ts";
import { idsOf, interested, news, options, pubsub, refused, Service, succeeded } from "../pubsub-kit.ts";
import type { XmppKit } from "../xmpp-kit.ts";
import { offered } from "./offered.ts";
import { requirement } from "./requirement.ts";

const own = new Service(undefined);

/** Juliet, whose account has such a service. */
async function juliet(t: XmppKit): Promise<XmppClient> {
  const client = await t.available(0);
  await offered(client, `${pubsub}#publish`, client.bare);
  return client;
}

describe("XEP-0163 Personal Eventing Protocol", () => {
  requirement(
    "XEP-0163 §6.1",
    'If the account is provisioned for PEP, the server MUST return an identity of "pubsub/pep" on behalf of the account.',
    async (t) => {
      const client = await juliet(t);

      const answer = await info(client, client.bare);

      const identities = answer.child("query")!.elements.filter((each) => each.name === "identity");
      assert.ok(identities.some(({ attributes: { category, type } }) => category === "pubsub" && type === "pep"));
    },
  );

  requirement("XEP-0163 §3", "If the node does not already exist, the PEP service MUST create the node.", async (t) => {
    const client = await juliet(t);
    const node = t.word();

    succeeded(await own.publish(client, node, "1"));

    assert.deepEqual(idsOf(await own.items(client, node)), ["1"]);
  });

  requirement(
    "XEP-0163 §4.2",
    "A user that has a presence subscription automatically has a pubsub subscription, filtered by what its client says in its capabilities; the 'from' address MUST be the bare JID of the account owner.",
    async (t) => {
      const [owner, romeo] = [await juliet(t), await t.available(1)];
      const [node, other] = [t.word(), t.word()];
      await t.befriend(owner, romeo);
      await interested(romeo, node);

      succeeded(await own.publish(owner, other, "1"));
      succeeded(await own.publish(owner, node, "1"));

      const message = await news(romeo, node);
      assert.equal(message.attributes["from"], owner.bare);
      const unasked = romeo.waiting.filter((xml) => xml.is("message") && String(xml).includes(other));
      assert.deepEqual(unasked, []);
      await t.estrange(owner, romeo);
    },
  );

  requirement(
    "XEP-0163 §4.3.3",
    "When a PEP service receives initial presence from a subscriber's resource including capabilities that indicate an interest, it MUST send the last published item to the newly-available resource.",
    async (t) => {
      const [owner, romeo] = [await juliet(t), await t.available(1)];
      const node = t.word();
      await t.befriend(owner, romeo);
      succeeded(await own.publish(owner, node, "1"));
      succeeded(await own.publish(owner, node, "2"));

      const late = await t.bound(1);
      await interested(late, node);

      assert.equal((await news(late, node)).deep("item")?.attributes["id"], "2");
      await t.estrange(owner, romeo);
    },
  );

  requirement(
    "XEP-0163 §4",
    "The service shall send notifications to all of the account owner's available resources (subject to notification filtering).",
    async (t) => {
      const owner = await juliet(t);
      const other = await t.bound(0);
      const node = t.word();
      await interested(other, node);

      succeeded(await own.publish(owner, node, "1"));

      await news(other, node);
    },
  );

  requirement(
    "XEP-0060 §6.5.9.6",
    'For nodes with an access model of "presence", if the requesting entity is not subscribed to the owner\'s presence then the service MUST respond with a <not-authorized/> error, which SHOULD also include <presence-subscription-required/>.',
    async (t) => {
      const [owner, stranger] = [await juliet(t), await t.available(2)];
      const node = t.word();
      succeeded(await own.publish(owner, node, "1"));

      const answer = await new Service(owner.bare).items(stranger, node);

      refused(answer, "not-authorized", "presence-subscription-required");
    },
  );

  requirement(
    "XEP-0060 §6.5.1",
    'If the access model is "open", the service SHOULD allow any entity (whether or not it is subscribed) to retrieve items.',
    async (t) => {
      const [owner, stranger] = [await juliet(t), await t.available(2)];
      const node = t.word();
      succeeded(await own.publish(owner, node, "1", options({ access_model: "open" })));

      const answer = await new Service(owner.bare).items(stranger, node);

      assert.deepEqual(idsOf(answer), ["1"]);
    },
    { about: "an account's" },
  );

  requirement(
    "XEP-0060 §7.1.5",
    "If the node exists and the precondition is not met, then the publish shall fail with a <conflict/> error and <precondition-not-met/>; if it is met, the publish succeeds.",
    async (t) => {
      const owner = await juliet(t);
      const node = t.word();
      const closed = options({ access_model: "whitelist", persist_items: "true" });
      succeeded(await own.publish(owner, node, "1", closed));

      succeeded(await own.publish(owner, node, "2", closed));

      const answer = await own.publish(owner, node, "3", options({ access_model: "open" }));
      refused(answer, "conflict", "precondition-not-met");
    },
  );

  requirement(
    "XEP-0163 §2.2",
    "The owner-publisher for every node is the bare JID of the account owner: nobody else publishes.",
    async (t) => {
      const [owner, other] = [await juliet(t), await t.available(1)];
      const node = t.word();
      succeeded(await own.publish(owner, node, "1"));

      refused(await new Service(owner.bare).publish(other, node, "2"), "forbidden");
    },
  );
});
