// XEP-0060 §5, XEP-0163 §6: what services, accounts and nodes say of themselves.
import assert from "node:assert/strict";
import { ns } from "../clients/xmpp.ts";
import { featuresIn, info, items } from "../disco-kit.ts";
import { form, payload, pubsub, pubsubErrors, pubsubOwner, refused, succeeded } from "../pubsub-kit.ts";
import { NotOffered } from "../requirement.ts";
import { once, pubsubScene, serviceOf } from "./pubsub-scene.ts";
import { requirement } from "./requirement.ts";

describe("XEP-0060 nodes found", () => {
  requirement("XEP-0060 §5.1", "A service that supports PubSub has the identity pubsub/service, and MUST say which features it supports.", async (t) => {
    const { hamlet } = await pubsubScene(t, undefined, false);

    const answer = await info(hamlet, serviceOf(t));

    assert.ok(answer.child("query")!.elements.some((one) => one.is("identity") && one.attributes["category"] === "pubsub" && one.attributes["type"] === "service"));
    const features = featuresIn(answer);
    for (const each of ["create-nodes", "publish", "subscribe", "retrieve-items"]) assert.ok(features.includes(`${pubsub}#${each}`), each);
  }, once); // prettier-ignore

  requirement("XEP-0060 §5.2", "The service returns its first-level nodes in answer to disco#items.", async (t) => {
    const { hamlet, node } = await pubsubScene(t);

    const found = (await items(hamlet, serviceOf(t))).child("query")!.elements;

    assert.ok(found.some((one) => one.attributes["node"] === node && one.attributes["jid"] === serviceOf(t)));
  }, once); // prettier-ignore

  requirement("XEP-0060 §5.3", "The 'disco#info' result of a leaf node MUST include an identity of category pubsub and type leaf; it MAY include metadata of FORM_TYPE meta-data (§5.4).", async (t) => {
    const { hamlet, node } = await pubsubScene(t, { title: "Princely Musings" });

    const answer = await info(hamlet, serviceOf(t), node);

    assert.ok(answer.child("query")!.elements.some((one) => one.is("identity") && one.attributes["category"] === "pubsub" && one.attributes["type"] === "leaf"));
    if (!featuresIn(await info(hamlet, serviceOf(t))).includes(`${pubsub}#meta-data`)) throw new NotOffered("no metadata");
    assert.match(String(answer), /Princely Musings/);
  }, once); // prettier-ignore

  requirement("XEP-0060 §5.5", "The items of a node are found by disco#items: each MUST possess only one 'jid', and the ItemID as its 'name'.", async (t) => {
    const { service, hamlet, node } = await pubsubScene(t);
    await service.publish(hamlet, node, "one");

    const [item] = (await items(hamlet, serviceOf(t), node)).child("query")!.elements;

    assert.deepEqual([item?.attributes["jid"], item?.attributes["name"], item?.attributes["node"]], [serviceOf(t), "one", undefined]);
  }, once); // prettier-ignore

  requirement("XEP-0060 §5.3", "A node that does not exist is <item-not-found/>.", async (t) => {
    const { hamlet, node } = await pubsubScene(t, undefined, false);

    refused(await info(hamlet, serviceOf(t), node), "item-not-found");
    refused(await items(hamlet, serviceOf(t), node), "item-not-found");
  }, { ...once, about: "none" }); // prettier-ignore

  requirement("XEP-0060 §5.7", "The service returns the list of the entity's affiliations, with their nodes.", async (t) => {
    const { service, hamlet, node } = await pubsubScene(t);

    const mine = (await service.get(hamlet, "<affiliations/>")).deep("affiliations")!.elements;

    assert.ok(mine.some((one) => one.attributes["node"] === node && one.attributes["affiliation"] === "owner"));
  }, once); // prettier-ignore

  requirement("XEP-0060 §5.6", "The subscriptions may be asked for by node.", async (t) => {
    const { service, francisco, node } = await pubsubScene(t);
    succeeded(await service.subscribe(francisco, node));

    const mine = (await service.get(francisco, `<subscriptions node="${node}"/>`)).deep("subscriptions")!.elements;

    assert.deepEqual(mine.map((one) => [one.attributes["jid"], one.attributes["subscription"]]), [[francisco.bare, "subscribed"]]);
  }, { ...once, about: "by node" }); // prettier-ignore

  requirement("XEP-0163 §6.1", "An account says that it is a PEP service: identity pubsub/pep, and the features that PEP requires.", async (t) => {
    const client = await t.available();

    const answer = await info(client, client.bare);

    assert.ok(answer.child("query")!.elements.some((one) => one.is("identity") && one.attributes["category"] === "pubsub" && one.attributes["type"] === "pep"));
    const features = featuresIn(answer);
    for (const each of ["access-presence", "auto-create", "auto-subscribe", "config-node", "create-nodes", "filtered-notifications", "persistent-items", "publish", "retrieve-items", "subscribe", "publish-options"])
      assert.ok(features.includes(`${pubsub}#${each}`), each);
  }, { ...once, about: "features" }); // prettier-ignore

  requirement("XEP-0060 §5.2", "An account's nodes are found by disco#items, with their titles.", async (t) => {
    const client = await t.available();
    const node = t.word();
    succeeded(await client.iq("set", `<pubsub xmlns="${pubsub}"><publish node="${node}"><item id="current">${payload}</item></publish></pubsub>`));
    succeeded(await client.iq("set", `<pubsub xmlns="${pubsubOwner}"><configure node="${node}">${form("node_config", { title: "Nice tunes" })}</configure></pubsub>`));

    const found = (await client.iq("get", `<query xmlns="${ns.discoItems}"/>`)).child("query")!.elements.find((one) => one.attributes["node"] === node);

    assert.deepEqual([found?.attributes["jid"], found?.attributes["name"]], [client.bare, "Nice tunes"]);
  }, { ...once, about: "an account's" }); // prettier-ignore

  requirement("XEP-0060 §7.1.5", "A number of items of max is as many as the service keeps (pubsub:integer-or-max).", async (t) => {
    const client = await t.available();

    const answer = await client.iq("set", `<pubsub xmlns="${pubsub}"><publish node="${t.word()}"><item>${payload}</item></publish><publish-options>${form("publish-options", { persist_items: "true", access_model: "open", max_items: "max" })}</publish-options></pubsub>`);

    succeeded(answer);
    assert.ok(answer.deep("item")!.attributes["id"]!.length > 0);
    assert.ok(!String(answer).includes(pubsubErrors));
  }, { ...once, about: "max" }); // prettier-ignore
});
