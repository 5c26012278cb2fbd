import assert from "node:assert/strict";
import { until } from "../../../src/testing/until.ts";
import { scene } from "./scene.ts";
import { conditionOf, type Talker } from "./socket.ts";

const pubsub = "http://jabber.org/protocol/pubsub";
const service = "pubsub.localhost";
let count = 0;

describe("plain topics as nodes", () => {
  const at = scene();
  let node = "";
  const set = (who: Talker, inner: string) => who.ask("set", `<pubsub xmlns="${pubsub}">${inner}</pubsub>`, service);
  const items = (who: Talker) => who.ask("get", `<pubsub xmlns="${pubsub}"><items node="${node}"/></pubsub>`, service);
  const publish = (who: Talker, payload: string) =>
    set(who, `<publish node="${node}"><item>${payload}</item></publish>`);
  const event = (who: Talker) => who.message("the news", (each) => String(each).includes(`node="${node}"`));

  beforeEach(() => {
    node = `plant/${++count}/temp`;
  });

  it("are published to with their retained message, and heard of", async () => {
    const subscribed = await set(at.julia, `<subscribe node="plant/+/temp" jid="${at.julia.bare}"/>`);
    assert.match(String(subscribed), /subscription="subscribed"/);

    assert.equal((await publish(at.romeo, `<json xmlns="urn:xmpp:json:0">{"c":21.5}</json>`)).attrs["type"], "result");

    assert.match(String(await event(at.julia)), /from="pubsub.localhost".*<item id="current"><json xmlns="urn:xmpp:json:0">\{"c":21.5\}<\/json>/); // prettier-ignore
    assert.match(String(await items(at.romeo)), /<item id="current"><json/);
    assert.equal(Buffer.from(at.served.core.topics.last(node)!.payload).toString(), '{"c":21.5}');
    await set(at.romeo, `<retract node="${node}"><item id="current"/></retract>`);
    assert.match(String(await event(at.julia)), /<retract id="current"\/>/);
    assert.equal(conditionOf(await items(at.romeo)), "item-not-found");
    assert.match(String(await set(at.julia, `<unsubscribe node="plant/+/temp" jid="${at.julia.bare}"/>`)), /subscription="none"/); // prettier-ignore
  });

  it("say in XMPP what they were told in another protocol, text and bytes", async () => {
    const say = (payload: Uint8Array) =>
      at.served.core.topics.publish(
        { type: "publication", host: "localhost", topic: node, payload, qos: 0, retain: true, author: "bob@localhost" as never, device: "mqtt:s" as never, at: 0 }, // prettier-ignore
        undefined,
        { published: () => undefined },
        0,
      );
    say(Buffer.from("warm <&>"));
    await until(() => at.served.core.topics.last(node) !== undefined);
    await set(at.julia, `<subscribe node="${node}" jid="${at.julia.bare}"/>`);
    assert.match(String(await event(at.julia)), /<payload xmlns="urn:trivium:topic:0">warm &lt;&amp;&gt;<\/payload>.*<delay /); // prettier-ignore

    say(Buffer.from([0xff, 0]));
    assert.match(String(await event(at.julia)), /<payload xmlns="urn:trivium:topic:0" encoding="base64">\/wA=</);
  });

  it("are none where somebody has created a node, nor under the names of conversations", async () => {
    await set(at.romeo, `<create node="${node}"/>`);
    assert.equal(conditionOf(await publish(at.julia, `<x xmlns="urn:x"/>`)), "forbidden");
    node = "chat/dm/alice";
    assert.equal(conditionOf(await publish(at.julia, `<x xmlns="urn:x"/>`)), "item-not-found");
  });
});
