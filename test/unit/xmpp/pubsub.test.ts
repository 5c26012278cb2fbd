import assert from "node:assert/strict";
import { form, pubsub } from "./pubsub-words.ts";
import { scene } from "./scene.ts";
import { conditionOf, type Talker } from "./socket.ts";

const service = "pubsub.localhost";
let count = 0;

describe("the service of nodes (XEP-0060)", () => {
  const at = scene();
  let node = "";
  const set = (who: Talker, inner: string, xmlns = pubsub) => who.ask("set", `<pubsub xmlns="${xmlns}">${inner}</pubsub>`, service); // prettier-ignore
  const get = (who: Talker, inner: string, xmlns = pubsub) => who.ask("get", `<pubsub xmlns="${xmlns}">${inner}</pubsub>`, service); // prettier-ignore
  const own = `${pubsub}#owner`;
  const create = (fields: Readonly<Record<string, string>> = {}) =>
    set(at.romeo, `<create node="${node}"/><configure>${form("node_config", fields)}</configure>`);
  const publish = (who: Talker, id: string) =>
    set(who, `<publish node="${node}"><item id="${id}"><x xmlns="urn:x"/></item></publish>`);
  const subscribe = (who: Talker) => set(who, `<subscribe node="${node}" jid="${who.bare}"/>`);

  beforeEach(() => {
    node = `princely-${++count}`;
  });

  it("is found, and says what it can do", async () => {
    const disco = "http://jabber.org/protocol/disco";
    assert.match(
      String(await at.romeo.ask("get", `<query xmlns="${disco}#items"/>`, "localhost")),
      /pubsub\.localhost/,
    );
    const info = String(await at.romeo.ask("get", `<query xmlns="${disco}#info"/>`, service));
    assert.match(info, /<identity category="pubsub" type="service".*protocol\/pubsub".*pubsub#publish"/);
  });

  it("makes nodes, once; publishes to subscribers; ends", async () => {
    assert.equal((await create()).attrs["type"], "result");
    assert.equal(conditionOf(await create()), "conflict");
    assert.match(String(await subscribe(at.julia)), /subscription="subscribed"/);

    await publish(at.romeo, "1");
    const news = await at.julia.message("the item", (each) => String(each).includes(node));
    assert.match(String(news), /<message[^>]* from="pubsub.localhost".*<item id="1"><x xmlns="urn:x"\/><\/item>/);
    assert.equal(conditionOf(await publish(at.julia, "2")), "forbidden");
    assert.match(String(await get(at.julia, `<subscriptions/>`)), new RegExp(`node="${node}"`));
    await set(at.romeo, `<purge node="${node}"/>`, own);
    await at.julia.message("the purge", (each) => String(each).includes("<purge"));
    await set(at.romeo, `<delete node="${node}"/>`, own);
    await at.julia.message("the end", (each) => String(each).includes("<delete"));
    assert.equal(conditionOf(await subscribe(at.julia)), "item-not-found");
  });

  it("lets owners set what they like, and nobody else", async () => {
    await create();
    assert.equal(conditionOf(await get(at.julia, `<configure node="${node}"/>`, own)), "forbidden");
    assert.match(String(await get(at.romeo, `<configure node="${node}"/>`, own)), /type="form".*pubsub#access_model/);

    const changed = await set(at.romeo, `<configure node="${node}">${form("node_config", { "pubsub#access_model": "whitelist" })}</configure>`, own); // prettier-ignore
    assert.equal(changed.attrs["type"], "result");
    assert.match(String(await subscribe(at.julia)), /<not-allowed[^>]*\/><closed-node/);
    await set(at.romeo, `<affiliations node="${node}"><affiliation jid="${at.julia.bare}" affiliation="member"/></affiliations>`, own); // prettier-ignore
    await at.julia.message("the affiliation", (each) => String(each).includes('affiliation="member"'));
    assert.match(String(await subscribe(at.julia)), /subscription="subscribed"/);
    await set(at.romeo, `<affiliations node="${node}"><affiliation jid="${at.julia.bare}" affiliation="outcast"/></affiliations>`, own); // prettier-ignore
    assert.equal(conditionOf(await subscribe(at.julia)), "forbidden");
    const none = await set(at.romeo, `<affiliations node="${node}"><affiliation jid="${at.romeo.bare}" affiliation="none"/></affiliations>`, own); // prettier-ignore
    assert.equal(conditionOf(none), "not-acceptable");
  });

  it("asks the owner where he wants to be asked (§8.6)", async () => {
    await create({ "pubsub#access_model": "authorize" });

    assert.match(String(await subscribe(at.julia)), /subscription="pending"/);
    const asked = await at.romeo.message("the question", (each) => String(each).includes("subscribe_authorization"));
    assert.equal(asked.attrs["from"], service);
    const answer = form("subscribe_authorization", { "pubsub#node": node, "pubsub#subscriber_jid": at.julia.bare, "pubsub#allow": "true" }); // prettier-ignore
    at.romeo.stanza("message", `to="${service}"`, answer);
    await at.julia.message("the answer", (each) => String(each).includes('subscription="subscribed"'));
    await publish(at.romeo, "1");
    await at.julia.message("the item", (each) => String(each).includes('<item id="1"'));
  });

  it("refuses in the words of the XEP's tables", async () => {
    await create();
    const cases: readonly (readonly [string, RegExp])[] = [
      [`<subscribe node="${node}" jid="${at.romeo.bare}"/>`, /<bad-request[^>]*\/><invalid-jid/],
      [`<subscribe jid="${at.julia.bare}"/>`, /<bad-request[^>]*\/><nodeid-required/],
      [`<unsubscribe node="${node}" jid="${at.julia.bare}"/>`, /<unexpected-request[^>]*\/><not-subscribed/],
      [`<publish node="nowhere-${count}"><item/></publish>`, /<item-not-found/],
      [`<publish node="${node}"/>`, /<bad-request[^>]*\/><item-required/],
      [`<publish node="${node}"><item id="1"/></publish>`, /<bad-request[^>]*\/><payload-required/],
      [`<publish node="${node}"><item><a xmlns="a"/><b xmlns="b"/></item></publish>`, /<invalid-payload/],
      [`<retract node="${node}"/>`, /<bad-request[^>]*\/><item-required/],
      [`<retract node="${node}"><item id="9"/></retract>`, /<forbidden/],
      [`<options node="${node}" jid="${at.julia.bare}"/>`, /<error/],
      ["<nothing/>", /<feature-not-implemented/],
    ];
    for (const [asked, answered] of cases) assert.match(String(await set(at.julia, asked)), answered, asked);
  });
});
