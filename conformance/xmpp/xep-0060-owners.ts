// XEP-0060 §8: what owners of nodes may ask of a service.
import assert from "node:assert/strict";
import { form, idsOf, news, pubsub, pubsubOwner, refused, succeeded } from "../pubsub-kit.ts";
import { pubsubScene as scene } from "./pubsub-scene.ts";
import { requirement } from "./requirement.ts";

describe("XEP-0060 Publish-Subscribe: owners", () => {
  requirement(
    "XEP-0060 §8.1.1",
    "If the requested NodeID already exists, the service MUST respond with a <conflict/> error.",
    async (t) => {
      const { service, hamlet, node } = await scene(t);

      refused(await service.set(hamlet, `<create node="${node}"/>`), "conflict");
    },
  );

  requirement(
    "XEP-0060 §8.1.1",
    "If the request did not specify a NodeID and instant nodes are supported, the service MUST specify the created NodeID in the IQ result; in all other cases it MUST NOT.",
    async (t) => {
      const { service, hamlet, node } = await scene(t, {}, false);

      const [instant, named] = [await service.set(hamlet, "<create/>"), await service.create(hamlet, node)];

      assert.notEqual(instant.deep("create", pubsub)?.attributes["node"] ?? "", "");
      assert.equal(named.deep("create"), undefined);
    },
    { about: "instant nodes" },
  );

  requirement(
    "XEP-0060 §8.1.2",
    "If the service does not support the specified access model, it MUST return a <not-acceptable/> error, specifying <unsupported-access-model/>.",
    async (t) => {
      const { service, hamlet, node } = await scene(t, {}, false);

      const config = form("node_config", { access_model: "nobody-has-this" });
      const answer = await service.set(hamlet, `<create node="${node}"/><configure>${config}</configure>`);

      refused(answer, "not-acceptable", "unsupported-access-model");
    },
  );

  requirement(
    "XEP-0060 §8.2.2",
    "The server MUST return a configuration form to the node owner, which SHOULD contain the current node configuration as the default values.",
    async (t) => {
      const { service, hamlet, node } = await scene(t, { title: "Musings" });

      const shown = (await service.get(hamlet, `<configure node="${node}"/>`, pubsubOwner)).deep("x", "jabber:x:data");

      const field = (name: string): string | undefined =>
        shown?.elements.find((each) => each.attributes["var"] === name)?.childText("value");
      assert.equal(field("FORM_TYPE"), `${pubsub}#node_config`);
      assert.equal(field("pubsub#title"), "Musings");
    },
  );

  requirement(
    "XEP-0060 §8.2.3.2",
    "If the requesting entity does not have sufficient privileges to configure the node, the service MUST respond with a <forbidden/> error.",
    async (t) => {
      const { service, francisco, node } = await scene(t);

      refused(await service.get(francisco, `<configure node="${node}"/>`, pubsubOwner), "forbidden");
      const config = form("node_config", { title: "mine" });
      refused(
        await service.set(francisco, `<configure node="${node}">${config}</configure>`, pubsubOwner),
        "forbidden",
      );
    },
  );

  requirement(
    "XEP-0060 §8.4.2",
    "If no error occurs, the service MUST inform the owner of success, and subscribers of the deletion where the node is for that.",
    async (t) => {
      const { service, hamlet, francisco, node } = await scene(t, { notify_delete: "true" });
      await service.subscribe(francisco, node);

      succeeded(await service.set(hamlet, `<delete node="${node}"/>`, pubsubOwner));

      await news(francisco, node, "delete");
      refused(await service.items(hamlet, node), "item-not-found");
    },
  );

  requirement(
    "XEP-0060 §8.4.3",
    "If the requesting entity does not have sufficient privileges to delete the node, the service MUST return a <forbidden/> error; of a node that does not exist, <item-not-found/>.",
    async (t) => {
      const { service, hamlet, francisco, node } = await scene(t);

      refused(await service.set(francisco, `<delete node="${node}"/>`, pubsubOwner), "forbidden");
      refused(await service.set(hamlet, `<delete node="${t.word()}"/>`, pubsubOwner), "item-not-found");
    },
  );

  requirement("XEP-0060 §8.5.2", "If no error occurs, the service MUST purge the node of all its items.", async (t) => {
    const { service, hamlet, francisco, node } = await scene(t, { max_items: "5", persist_items: "true" });
    await service.publish(hamlet, node, "1");

    refused(await service.set(francisco, `<purge node="${node}"/>`, pubsubOwner), "forbidden");
    succeeded(await service.set(hamlet, `<purge node="${node}"/>`, pubsubOwner));

    assert.deepEqual(idsOf(await service.items(hamlet, node)), []);
  });

  requirement(
    "XEP-0060 §8.9.2",
    "The owner sets affiliations, and they hold from then on: a publisher may publish.",
    async (t) => {
      const { service, hamlet, francisco, node } = await scene(t);
      const line = `<affiliation jid="${francisco.bare}" affiliation="publisher"/>`;

      succeeded(await service.set(hamlet, `<affiliations node="${node}">${line}</affiliations>`, pubsubOwner));

      succeeded(await service.publish(francisco, node, "1"));
      const list = (await service.get(hamlet, `<affiliations node="${node}"/>`, pubsubOwner)).deep("affiliations");
      const lines = (list?.elements ?? []).map((each) => `${each.attributes["jid"]} ${each.attributes["affiliation"]}`);
      assert.deepEqual(lines.sort(), [`${francisco.bare} publisher`, `${hamlet.bare} owner`].sort());
    },
  );

  requirement(
    "XEP-0060 §8.8.1",
    "The owner may see the list of subscriptions; others get a <forbidden/> error.",
    async (t) => {
      const { service, hamlet, francisco, node } = await scene(t);
      await service.subscribe(francisco, node);

      const list = (await service.get(hamlet, `<subscriptions node="${node}"/>`, pubsubOwner)).deep("subscriptions");

      assert.deepEqual((list?.elements ?? []).map((each) => each.attributes["jid"]), [francisco.bare]); // prettier-ignore
      refused(await service.get(francisco, `<subscriptions node="${node}"/>`, pubsubOwner), "forbidden");
    },
  );
});
