// XEP-0060 §6, §7, §8: what is told of nodes, who may do what, and how requests are refused.
import assert from "node:assert/strict";
import type { XmppClient } from "../clients/xmpp.ts";
import type { Xml } from "../clients/xml.ts";
import { featuresIn, info } from "../disco-kit.ts";
import {
  form,
  idsOf,
  news,
  pubsub,
  pubsubEvent,
  pubsubOwner,
  refused,
  type Service,
  succeeded,
} from "../pubsub-kit.ts";
import { NotOffered } from "../requirement.ts";
import { once, pubsubScene, serviceOf } from "./pubsub-scene.ts";
import { requirement } from "./requirement.ts";

const affiliate = (service: Service, by: XmppClient, node: string, jid: string, affiliation: string): Promise<Xml> =>
  service.set(by, `<affiliations node="${node}"><affiliation jid="${jid}" affiliation="${affiliation}"/></affiliations>`, pubsubOwner); // prettier-ignore
const subscriptionIn = (answer: Xml): string | undefined => answer.deep("subscription")?.attributes["subscription"];

describe("XEP-0060 nodes by the letter", () => {
  requirement("XEP-0060 §6.1.2", "A full JID subscribes for itself: notifications go to it.", async (t) => {
    const { service, hamlet, francisco, node } = await pubsubScene(t);

    assert.equal(subscriptionIn(await service.set(francisco, `<subscribe node="${node}" jid="${francisco.jid}"/>`)), "subscribed");
    succeeded(await service.publish(hamlet, node, "one"));

    assert.equal((await news(francisco, node)).attributes["to"], francisco.jid);
  }, { ...once, about: "a full JID" }); // prettier-ignore

  requirement("XEP-0060 §6.1.4", "For a node with access model authorize the service MUST return the state pending, and ask the owners by a form (§8.6); approved, the subscriber is told.", async (t) => {
    const { service, hamlet, francisco, node } = await pubsubScene(t, { access_model: "authorize" });
    const asking = (): Promise<Xml> => hamlet.take("the request", (xml) => xml.is("message") && String(xml).includes(`${pubsub}#subscribe_authorization`));
    const answer = (allow: string): void =>
      hamlet.send(`<message xmlns="jabber:client" to="${serviceOf(t)}"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE" type="hidden"><value>${pubsub}#subscribe_authorization</value></field><field var="pubsub#node"><value>${node}</value></field><field var="pubsub#subscriber_jid"><value>${francisco.bare}</value></field><field var="pubsub#allow"><value>${allow}</value></field></x></message>`);
    const told = (): Promise<Xml> => francisco.take("the decision", (xml) => xml.is("message") && xml.child("event", pubsubEvent)?.child("subscription") !== undefined);

    assert.equal(subscriptionIn(await service.subscribe(francisco, node)), "pending");
    assert.match(String(await asking()), new RegExp(`pubsub#subscriber_jid.*${francisco.bare}.*pubsub#allow|pubsub#allow.*pubsub#subscriber_jid.*${francisco.bare}`));
    answer("false");
    assert.equal(subscriptionIn(await told()), "none");
    assert.equal(subscriptionIn(await service.subscribe(francisco, node)), "pending");
    await asking();
    answer("true");
    assert.equal(subscriptionIn(await told()), "subscribed");
  }, once); // prettier-ignore

  requirement("XEP-0060 §6.1.7", "If the node's send_last_published_item is on_sub, the service MUST send the last published item to the new subscriber.", async (t) => {
    const { service, hamlet, francisco, node } = await pubsubScene(t, { send_last_published_item: "on_sub" });
    succeeded(await service.publish(hamlet, node, "one"));

    succeeded(await service.subscribe(francisco, node));

    assert.equal((await news(francisco, node)).deep("item")!.attributes["id"], "one");
  }, once); // prettier-ignore

  requirement("XEP-0060 §6.2.3.3", "If the requesting entity is prohibited from unsubscribing the specified JID, the service MUST return <forbidden/>; of a node that does not exist <item-not-found/> (§6.2.3.4).", async (t) => {
    const { service, hamlet, francisco, node } = await pubsubScene(t);
    succeeded(await service.subscribe(francisco, node));

    assert.equal((await service.set(hamlet, `<unsubscribe node="${node}" jid="${francisco.bare}"/>`)).attributes["type"], "error");
    refused(await service.set(hamlet, `<unsubscribe node="${t.word()}" jid="${hamlet.bare}"/>`), "item-not-found");
  }, once); // prettier-ignore

  requirement("XEP-0060 §6.5.2", "All items are returned where the request names none, oldest first in document order or newest last; none of an empty node.", async (t) => {
    const { service, hamlet, francisco, node } = await pubsubScene(t, { max_items: "10", persist_items: "1" });
    assert.deepEqual(idsOf(await service.items(francisco, node)), []);
    for (const id of ["one", "two", "three"]) succeeded(await service.publish(hamlet, node, id));

    assert.deepEqual([...idsOf(await service.items(francisco, node))].sort(), ["one", "three", "two"]);
  }, once); // prettier-ignore

  requirement("XEP-0060 §6.5.9.11", "If the node does not exist, the service MUST return <item-not-found/>.", async (t) => {
    const { service, hamlet, node } = await pubsubScene(t, undefined, false);

    refused(await service.items(hamlet, node), "item-not-found");
  }, once); // prettier-ignore

  requirement("XEP-0060 §6.5.9.4", "If the access model is whitelist and the entity is not on it, the service MUST return <not-allowed/> with <closed-node/>.", async (t) => {
    const { service, hamlet, francisco, node } = await pubsubScene(t, { access_model: "whitelist" });

    refused(await service.items(francisco, node), "not-allowed", "closed-node");
    succeeded(await affiliate(service, hamlet, node, francisco.bare, "member"));
    succeeded(await service.items(francisco, node));
  }, once); // prettier-ignore

  requirement("XEP-0060 §7.1.2.2", "If the node is configured without payloads, the notification MUST NOT have them, but names the item.", async (t) => {
    const { service, hamlet, francisco, node } = await pubsubScene(t, { deliver_payloads: "0", persist_items: "1" });
    succeeded(await service.subscribe(francisco, node));

    succeeded(await service.publish(hamlet, node, "one"));

    const item = (await news(francisco, node)).deep("item")!;
    assert.deepEqual([item.attributes["id"], item.elements.length], ["one", 0]);
  }, once); // prettier-ignore

  requirement("XEP-0060 §7.1.3.6", "If the event type is notification + transient and the publisher provides an item, the service MUST bounce with <bad-request/> and <item-forbidden/>; without an item it succeeds.", async (t) => {
    const { service, hamlet, node } = await pubsubScene(t, { deliver_payloads: "0", persist_items: "0" });

    refused(await service.publish(hamlet, node, "one"), "bad-request", "item-forbidden");
    succeeded(await service.set(hamlet, `<publish node="${node}"/>`));
  }, { ...once, about: "notification and transient" }); // prettier-ignore

  requirement("XEP-0060 §7.1.3.3", "If the node does not exist and the service does not create it, it MUST be <item-not-found/>; a service that does offers auto-create.", async (t) => {
    const { service, hamlet, node } = await pubsubScene(t, undefined, false);

    const answer = await service.publish(hamlet, node, "one");

    if (featuresIn(await info(hamlet, serviceOf(t))).includes(`${pubsub}#auto-create`)) succeeded(answer);
    else refused(answer, "item-not-found");
  }, once); // prettier-ignore

  requirement("XEP-0060 §7.1.2.1", "The notification carries the payload as it was published, and not to those who have unsubscribed.", async (t) => {
    const { service, hamlet, francisco, node } = await pubsubScene(t);
    succeeded(await service.subscribe(francisco, node));

    succeeded(await service.publish(hamlet, node, "one"));

    const told = await news(francisco, node);
    assert.equal(told.attributes["from"], serviceOf(t));
    assert.equal(told.deep("title")?.text, "Soliloquy");
  }, once); // prettier-ignore

  requirement("XEP-0060 §7.2.2.1", "If notify is asked for, subscribers are told of a deleted item by <retract/>; who may not delete is <forbidden/> (§7.2.3.1).", async (t) => {
    const { service, hamlet, francisco, node } = await pubsubScene(t);
    succeeded(await service.publish(hamlet, node, "one"));
    succeeded(await service.subscribe(francisco, node));

    refused(await service.set(francisco, `<retract node="${node}"><item id="one"/></retract>`), "forbidden");
    succeeded(await service.set(hamlet, `<retract node="${node}" notify="true"><item id="one"/></retract>`));

    assert.equal((await news(francisco, node, "retract")).deep("retract")!.attributes["id"], "one");
  }, { ...once, about: "and forbidden" }); // prettier-ignore

  requirement("XEP-0060 §7.2.3", "A deletion without an item is <bad-request/> with <item-required/>; of an item that is not there <item-not-found/>, as of a node.", async (t) => {
    const { service, hamlet, node } = await pubsubScene(t);

    refused(await service.set(hamlet, `<retract node="${node}"/>`), "bad-request", "item-required");
    refused(await service.set(hamlet, `<retract node="${node}"><item id="none"/></retract>`), "item-not-found");
    refused(await service.set(hamlet, `<retract node="${t.word()}"><item id="one"/></retract>`), "item-not-found");
  }, once); // prettier-ignore

  requirement("XEP-0060 §8.3.2", "The service MUST return the default configuration form, if it offers retrieve-default.", async (t) => {
    const { service, hamlet } = await pubsubScene(t, undefined, false);

    const answer = await service.get(hamlet, "<default/>", pubsubOwner);

    if (!featuresIn(await info(hamlet, serviceOf(t))).includes(`${pubsub}#retrieve-default`)) throw new NotOffered("no defaults");
    succeeded(answer);
    for (const field of ["deliver_payloads", "persist_items", "access_model", "max_items"]) assert.match(String(answer), new RegExp(`pubsub#${field}`));
  }, once); // prettier-ignore

  requirement("XEP-0060 §8.2.4", "The owner submits the form, and the configuration is what it says; subscribers MAY be told of it.", async (t) => {
    const { service, hamlet, node } = await pubsubScene(t);

    succeeded(await service.set(hamlet, `<configure node="${node}">${form("node_config", { title: "Musings" })}</configure>`, pubsubOwner));

    assert.match(String(await service.get(hamlet, `<configure node="${node}"/>`, pubsubOwner)), /Musings/);
  }, once); // prettier-ignore

  requirement("XEP-0060 §8.2.3.3", "If no node is specified the service MUST return <bad-request/> with <nodeid-required/>; if there is none of that name <item-not-found/>.", async (t) => {
    const { service, hamlet } = await pubsubScene(t, undefined, false);

    refused(await service.get(hamlet, "<configure/>", pubsubOwner), "bad-request", "nodeid-required");
    refused(await service.get(hamlet, `<configure node="${t.word()}"/>`, pubsubOwner), "item-not-found");
  }, once); // prettier-ignore

  requirement("XEP-0060 §8.5.2", "Subscribers are told of a purge, if the node is for that; who may not is <forbidden/> (§8.5.3.1).", async (t) => {
    const { service, hamlet, francisco, node } = await pubsubScene(t, { persist_items: "1" });
    succeeded(await service.publish(hamlet, node, "one"));
    succeeded(await service.subscribe(francisco, node));

    refused(await service.set(francisco, `<purge node="${node}"/>`, pubsubOwner), "forbidden");
    succeeded(await service.set(hamlet, `<purge node="${node}"/>`, pubsubOwner));

    await news(francisco, node, "purge");
    refused(await service.set(hamlet, `<purge node="${t.word()}"/>`, pubsubOwner), "item-not-found");
  }, { ...once, about: "who is told" }); // prettier-ignore

  requirement("XEP-0060 §8.8.2", "The owner sets subscriptions; who may not is <forbidden/>, and the subscriber SHOULD be told (§8.8.4).", async (t) => {
    const { service, hamlet, francisco, node } = await pubsubScene(t);
    const set = (by: XmppClient, state: string): Promise<Xml> =>
      service.set(by, `<subscriptions node="${node}"><subscription jid="${francisco.bare}" subscription="${state}"/></subscriptions>`, pubsubOwner);

    refused(await set(francisco, "subscribed"), "forbidden");
    succeeded(await set(hamlet, "subscribed"));
    succeeded(await service.publish(hamlet, node, "one"));
    await news(francisco, node);
    succeeded(await set(hamlet, "none"));

    const left = (await service.get(hamlet, `<subscriptions node="${node}"/>`, pubsubOwner)).deep("subscriptions")!.elements;
    assert.deepEqual(left.filter((one) => one.attributes["subscription"] !== "none"), []);
  }, once); // prettier-ignore

  requirement("XEP-0060 §8.9.1", "The owner gets the list of affiliations; others <forbidden/>, also to change it (§8.9.2.3).", async (t) => {
    const { service, hamlet, francisco, node } = await pubsubScene(t);

    const lines = (await service.get(hamlet, `<affiliations node="${node}"/>`, pubsubOwner)).deep("affiliations")!.elements;
    assert.deepEqual(lines.map((one) => [one.attributes["jid"], one.attributes["affiliation"]]), [[hamlet.bare, "owner"]]);
    refused(await service.get(francisco, `<affiliations node="${node}"/>`, pubsubOwner), "forbidden");
    refused(await affiliate(service, francisco, node, francisco.bare, "owner"), "forbidden");
  }, once); // prettier-ignore

  requirement("XEP-0060 §4.1", "The privileges of outcasts, members, publishers and those who may only publish.", async (t) => {
    const { service, hamlet, francisco, node } = await pubsubScene(t, { access_model: "open", persist_items: "1" });
    succeeded(await service.publish(hamlet, node, "first"));
    const may = async (affiliation: string): Promise<boolean[]> => {
      succeeded(await affiliate(service, hamlet, node, francisco.bare, affiliation));
      const answers = [
        await service.subscribe(francisco, node),
        await service.items(francisco, node),
        await service.publish(francisco, node, affiliation),
      ];
      await service.set(francisco, `<unsubscribe node="${node}" jid="${francisco.bare}"/>`);
      return answers.map((answer) => answer.attributes["type"] === "result");
    };

    assert.deepEqual(await may("outcast"), [false, false, false]);
    assert.deepEqual(await may("none"), [true, true, false]);
    assert.deepEqual(await may("member"), [true, true, false]);
    assert.deepEqual(await may("publisher"), [true, true, true]);
    assert.deepEqual(await may("publish-only"), [false, false, true]);
  }, once); // prettier-ignore
});
