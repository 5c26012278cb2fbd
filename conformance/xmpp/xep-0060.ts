// XEP-0060 §5–§7: what subscribers and publishers may ask of a service.
import assert from "node:assert/strict";
import { idsOf, news, payload, pubsub, pubsubOwner, refused, succeeded } from "../pubsub-kit.ts";
import { pubsubScene as scene } from "./pubsub-scene.ts";
import { requirement } from "./requirement.ts";

describe("XEP-0060 Publish-Subscribe: subscribers", () => {
  requirement(
    "XEP-0060 §6.1.2",
    "If all checks are passed, the service MUST return a result that says the subscription's state, and then send what is published.",
    async (t) => {
      const { service, hamlet, francisco, node } = await scene(t);

      const subscription = (await service.subscribe(francisco, node)).deep("subscription", pubsub);
      succeeded(await service.publish(hamlet, node, "1"));

      assert.equal(subscription?.attributes["subscription"], "subscribed");
      assert.equal(subscription?.attributes["jid"], francisco.bare);
      const message = await news(francisco, node);
      assert.equal(message.attributes["from"], `pubsub.${t.domain}`);
      assert.equal(message.deep("title")?.text, "Soliloquy");
    },
  );

  requirement(
    "XEP-0060 §6.1.3.1",
    "If the specified JID is not the JID of the requesting entity, the service MUST return a <bad-request/> error, which SHOULD also include <invalid-jid/>.",
    async (t) => {
      const { service, hamlet, francisco, node } = await scene(t);

      const answer = await service.set(francisco, `<subscribe node="${node}" jid="${hamlet.bare}"/>`);

      refused(answer, "bad-request", "invalid-jid");
    },
  );

  requirement(
    "XEP-0060 §6.1.3.4",
    "For nodes with an access model of whitelist, if the entity is not on the whitelist the service MUST return <not-allowed/> with <closed-node/>.",
    async (t) => {
      const { service, francisco, node } = await scene(t, { access_model: "whitelist" });

      refused(await service.subscribe(francisco, node), "not-allowed", "closed-node");
      refused(await service.items(francisco, node), "not-allowed", "closed-node");
    },
  );

  requirement(
    "XEP-0060 §6.1.3.8",
    "If the requesting entity is blocked from subscribing (e.g. an affiliation of outcast), the service MUST return a <forbidden/> error.",
    async (t) => {
      const { service, hamlet, francisco, node } = await scene(t);
      const line = `<affiliation jid="${francisco.bare}" affiliation="outcast"/>`;
      succeeded(await service.set(hamlet, `<affiliations node="${node}">${line}</affiliations>`, pubsubOwner));

      refused(await service.subscribe(francisco, node), "forbidden");
      refused(await service.items(francisco, node), "forbidden");
    },
  );

  requirement(
    "XEP-0060 §6.1.3.12",
    "If the node does not exist, the service MUST return an <item-not-found/> error.",
    async (t) => {
      const { service, francisco, node } = await scene(t, {}, false);

      refused(await service.subscribe(francisco, node), "item-not-found");
      refused(await service.items(francisco, node), "item-not-found");
    },
  );

  requirement(
    "XEP-0060 §6.2.2",
    "If the request can be processed, the service MUST return an IQ result; nothing is sent to the entity from then on.",
    async (t) => {
      const { service, hamlet, francisco, node } = await scene(t);
      const subid = (await service.subscribe(francisco, node)).deep("subscription")?.attributes["subid"];
      const id = subid === undefined ? "" : ` subid="${subid}"`;

      succeeded(await service.set(francisco, `<unsubscribe node="${node}" jid="${francisco.bare}"${id}/>`));
      succeeded(await service.publish(hamlet, node, "1"));

      await francisco.ping();
      const items = francisco.waiting.filter((xml) => xml.deep("items")?.attributes["node"] === node);
      assert.deepEqual(items, []);
    },
  );

  requirement(
    "XEP-0060 §6.2.3.2",
    "If the value of the jid attribute does not specify an existing subscriber, the service MUST return an error, <unexpected-request/> with <not-subscribed/>.",
    async (t) => {
      const { service, francisco, node } = await scene(t);

      const answer = await service.set(francisco, `<unsubscribe node="${node}" jid="${francisco.bare}"/>`);

      refused(answer, "unexpected-request", "not-subscribed");
    },
  );

  requirement(
    "XEP-0060 §6.5.7",
    "When max_items is used, implementations SHOULD return the N most recent (as opposed to the N oldest) items.",
    async (t) => {
      const { service, hamlet, francisco, node } = await scene(t, { max_items: "5", persist_items: "true" });
      for (const id of ["1", "2", "3"]) succeeded(await service.publish(hamlet, node, id));

      const last = idsOf(await service.items(francisco, node, "", ' max_items="2"'));

      assert.deepEqual([...last].sort(), ["2", "3"]);
    },
  );

  requirement(
    "XEP-0060 §6.5.6",
    "When an entity requests items by ItemID, implementations MUST allow multiple items to be specified in the request.",
    async (t) => {
      const { service, hamlet, francisco, node } = await scene(t, { max_items: "5", persist_items: "true" });
      for (const id of ["1", "2", "3"]) succeeded(await service.publish(hamlet, node, id));

      const asked = idsOf(await service.items(francisco, node, `<item id="1"/><item id="3"/>`));

      assert.deepEqual([...asked].sort(), ["1", "3"]);
    },
  );

  requirement(
    "XEP-0060 §5.6",
    "The service MUST return the list of the requesting entity's subscriptions.",
    async (t) => {
      const { service, francisco, node } = await scene(t);
      await service.subscribe(francisco, node);

      const list = (await service.get(francisco, "<subscriptions/>")).deep("subscriptions", pubsub);

      const line = list?.elements.find((each) => each.attributes["node"] === node);
      assert.deepEqual([line?.attributes["subscription"], line?.attributes["jid"]], ["subscribed", francisco.bare]);
    },
  );
});

describe("XEP-0060 Publish-Subscribe: publishers", () => {
  requirement(
    "XEP-0060 §7.1.2",
    "If the publishing entity did not specify an ItemID, the service MUST generate one and inform the publisher of it in the result.",
    async (t) => {
      const { service, hamlet, node } = await scene(t, { persist_items: "true" });

      const answer = await service.set(hamlet, `<publish node="${node}"><item>${payload}</item></publish>`);

      const id = answer.deep("item", pubsub)?.attributes["id"] ?? "";
      assert.notEqual(id, "");
      assert.ok(idsOf(await service.items(hamlet, node)).includes(id));
    },
  );

  requirement(
    "XEP-0060 §7.1.3",
    "If the ItemID matches that of an existing item, the pubsub service MUST NOT fail the publication but instead MUST overwrite the existing item and generate a new event notification.",
    async (t) => {
      const { service, hamlet, francisco, node } = await scene(t, { max_items: "5", persist_items: "true" });
      await service.subscribe(francisco, node);
      for (let n = 0; n < 2; n++) {
        succeeded(await service.publish(hamlet, node, "same"));
        await news(francisco, node);
      }

      assert.deepEqual(idsOf(await service.items(hamlet, node)), ["same"]);
    },
  );

  requirement(
    "XEP-0060 §7.1.3.1",
    "If the requesting entity does not have sufficient privileges to publish, the service MUST return a <forbidden/> error.",
    async (t) => {
      const { service, francisco, node } = await scene(t);

      refused(await service.publish(francisco, node, "1"), "forbidden");
    },
  );

  requirement(
    "XEP-0060 §7.1.3.5",
    "If the <item/> element contains more than one payload element, the service MUST bounce the request with a <bad-request/> error, which SHOULD also include <invalid-payload/>.",
    async (t) => {
      const { service, hamlet, node } = await scene(t);

      const answer = await service.set(hamlet, `<publish node="${node}"><item>${payload}${payload}</item></publish>`);

      refused(answer, "bad-request", "invalid-payload");
    },
  );

  requirement(
    "XEP-0060 §7.1.3.6",
    "If the event type is persistent and the publisher does not include an item, the service MUST bounce the publication request with a <bad-request/> error and <item-required/>.",
    async (t) => {
      const { service, hamlet, node } = await scene(t, { persist_items: "true" });

      refused(await service.set(hamlet, `<publish node="${node}"/>`), "bad-request", "item-required");
    },
  );

  requirement(
    "XEP-0060 §7.2.2.1",
    'If the <retract/> element included a \'notify\' attribute with a value of "true" or "1", the service MUST delete the item and MUST notify all subscribers.',
    async (t) => {
      const { service, hamlet, francisco, node } = await scene(t, { persist_items: "true" });
      await service.publish(hamlet, node, "1");
      await service.subscribe(francisco, node);

      succeeded(await service.set(hamlet, `<retract node="${node}" notify="true"><item id="1"/></retract>`));

      assert.equal((await news(francisco, node, "retract")).deep("retract")?.attributes["id"], "1");
      const left = await service.items(hamlet, node);
      assert.deepEqual(idsOf(left), []);
    },
  );

  const retractions: readonly (readonly [string, string, (node: string) => string, string, string?])[] = [
    ["§7.2.3.2", "If the node or item does not exist, the service MUST return an <item-not-found/> error.", (node) => `<retract node="${node}"><item id="none"/></retract>`, "item-not-found"], // prettier-ignore
    ["§7.2.3.3", "If the request does not specify a node, the service MUST return a <bad-request/> error, which SHOULD also include <nodeid-required/>.", () => `<retract><item id="1"/></retract>`, "bad-request", "nodeid-required"], // prettier-ignore
    ["§7.2.3.4", "If the request does not include an <item/> element or it does not specify an ItemID, the service MUST return a <bad-request/> error, which SHOULD also include <item-required/>.", (node) => `<retract node="${node}"/>`, "bad-request", "item-required"], // prettier-ignore
  ];
  for (const [clause, quote, asked, condition, detail] of retractions)
    requirement(`XEP-0060 ${clause}`, quote, async (t) => {
      const { service, hamlet, node } = await scene(t, { persist_items: "true" });

      refused(await service.set(hamlet, asked(node)), condition, detail);
    });
});
