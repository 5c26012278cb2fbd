import assert from "node:assert/strict";
import { type DeviceId, directOf, type UserId } from "#core";
import { settled } from "./settled.ts";
import { component } from "./component-scene.ts";
import { desk, type Desk, type FakeLink } from "./fakes.ts";

const service = { domain: "push.localhost", secret: "bell" };
const stanza = (name: string, attributes: string, inner = ""): string =>
  `<${name} xmlns="jabber:client" ${attributes}>${inner}</${name}>`;
const form = `<x xmlns="jabber:x:data"><field var="FORM_TYPE"><value>http://jabber.org/protocol/pubsub#publish-options</value></field><field var="secret"><value>s3</value></field></x>`;

describe("push notifications (XEP-0357)", () => {
  let at: Desk;
  let push: FakeLink;
  let bob: FakeLink;
  beforeEach(async () => {
    at = await desk({ components: [service] });
    push = await component(at, service);
    bob = await at.bound("garden", "bob");
  });
  afterEach(() => at[Symbol.asyncDispose]());

  /** Alice's phone, with the service enabled. */
  async function phone(attributes = `node="n1"`, inner = ""): Promise<FakeLink> {
    const link = await at.bound("phone");
    link.says(stanza("presence", ""));
    await link.hears("<presence");
    await asks(link, "enable", attributes, inner);
    return link;
  }

  async function asks(
    link: FakeLink,
    what: string,
    attributes: string,
    inner = "",
    jid = service.domain,
  ): Promise<string> {
    const payload = `<${what} xmlns="urn:xmpp:push:0" ${jid === "" ? "" : `jid="${jid}"`} ${attributes}>${inner}</${what}>`;
    link.says(stanza("iq", `type="set" id="${what}"`, payload));
    return link.hears(`id="${what}"`);
  }

  let messages = 0;
  async function writes(body: string): Promise<void> {
    bob.says(stanza("message", `to="alice@localhost" type="chat" id="m${++messages}"`, `<body>${body}</body>`));
    await settled(bob);
  }

  /** What the service was told once the time for it has come. */
  async function told(): Promise<string> {
    await settled(bob);
    at.clock.advance(1500);
    await settled(bob);
    return push.sent.splice(0).join("");
  }

  it("go to the service when the client has gone, with its node and options, and without what was said", async () => {
    const link = await phone(`node="n1"`, form);
    link.handler!.closed();

    await writes("a secret");
    at.clock.advance(300);

    const got = await push.hears("<publish ");
    assert.match(got, /^<iq type="set" from="alice@localhost" to="push.localhost" id="push-[^"]+"><pubsub /);
    assert.match(got, /<publish node="n1"><item><notification xmlns="urn:xmpp:push:0"><x [^>]*>/);
    assert.match(got, /<field var="message-count"><value>1<\/value>/);
    assert.match(got, /<publish-options>.*<field var="secret"><value>s3<\/value>/);
    assert.doesNotMatch(got, /a secret|bob/);
  });

  it("go for what comes after the service was asked for, though nobody was to be told a moment before", async () => {
    await writes("not to be told of");
    assert.equal(await told(), "");

    (await phone()).handler!.closed();
    await writes("to be told of");

    assert.match(await told(), /<field var="message-count"><value>1<\/value>/);
  });

  it("do not go while the client is there, and do when it says that nobody looks", async () => {
    const link = await phone();
    await writes("seen");
    assert.equal(await told(), "");

    link.says(`<inactive xmlns="urn:xmpp:csi:0"/>`);
    await settled(link);
    await writes("unseen");

    assert.match(await told(), /message-count/);
  });

  it("do not go for what the account has muted, and of what it heeds by mention only for that", async () => {
    const link = await phone();
    link.handler!.closed();
    const [alice, bob] = ["alice@localhost", "bob@localhost"] as [UserId, UserId];
    const mute = (level: "none" | "mentions") => at.core.attention.set(alice, directOf(alice, bob), { level });
    await mute("none");
    await writes("unheeded");
    assert.equal(await told(), "");

    await mute("mentions");
    await writes("unheeded, too");
    await writes("Alice, heed this");

    assert.match(await told(), /<value>1<\/value>/);
  });

  it("go when the client waits to be resumed", async () => {
    const link = await phone();
    link.says(`<enable xmlns="urn:xmpp:sm:3" resume="true"/>`);
    await link.hears("<enabled ");
    link.handler!.closed();

    await writes("while asleep");

    assert.match(await told(), /message-count/);
  });

  it("are joined when several messages come at once, and count them all", async () => {
    const link = await phone();
    link.handler!.closed();

    for (const body of ["one", "two", "three"]) await writes(body);
    at.clock.advance(300);
    await push.hears("<value>3</value>");
    await writes("four");
    at.clock.advance(300);
    await settled(bob);
    assert.equal(push.sent.length, 0);

    assert.match(await told(), /<value>4<\/value>/);
  });

  it("end with <disable/>, of one node or of all", async () => {
    const link = await phone(`node="n1"`);
    await asks(link, "enable", `node="n2"`);
    await asks(link, "disable", `node="n1"`);
    link.handler!.closed();
    await writes("for one");
    const got = await told();
    assert.match(got, /node="n2"/);
    assert.doesNotMatch(got, /node="n1"/);

    const again = await phone(`node="n3"`);
    await asks(again, "disable", "");
    again.handler!.closed();
    await writes("for none");

    assert.equal(await told(), "");
  });

  it("end when the service answers with an error, and not when that may pass", async () => {
    const link = await phone();
    link.handler!.closed();
    const errs = async (type: string): Promise<void> => {
      const id = /id="([^"]+)"/.exec(await told())![1]!;
      push.writes(
        `<iq type="error" id="${id}" from="push.localhost" to="alice@localhost"><error type="${type}"><item-not-found xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>`,
      );
      await settled(bob);
    };
    await writes("one");
    await errs("wait");
    await writes("two");
    await errs("cancel");

    await writes("three");

    assert.equal(await told(), "");
  });

  it("do not end at the word of another component", async () => {
    await using second = await desk({ components: [service, { domain: "evil.localhost", secret: "e" }] });
    [at, push, bob] = [second, await component(second, service), await second.bound("garden", "bob")];
    const evil = await component(second, { domain: "evil.localhost", secret: "e" });
    const link = await phone();
    link.handler!.closed();
    await writes("one");
    const id = /id="([^"]+)"/.exec(await told())![1]!;

    evil.writes(`<iq type="error" id="${id}" from="evil.localhost" to="alice@localhost"><error type="cancel"/></iq>`);
    await settled(bob);
    await writes("two");

    assert.match(await told(), /message-count/);
  });

  it("end when the service takes the right to publish away (§7)", async () => {
    const link = await phone();
    link.handler!.closed();

    push.writes(
      `<message from="push.localhost" to="alice@localhost"><pubsub xmlns="http://jabber.org/protocol/pubsub" node="n1"><affiliation jid="alice@localhost" affiliation="none"/></pubsub></message>`,
    );
    await settled(bob);
    await writes("one");

    assert.equal(await told(), "");
  });

  it("go to a node of this server, too, and end when it does not take them", async () => {
    const link = await phone();
    await asks(link, "disable", "");
    bob.says(
      stanza(
        "iq",
        `type="set" id="c" to="pubsub.localhost"`,
        `<pubsub xmlns="http://jabber.org/protocol/pubsub"><create node="bell"/><configure><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>http://jabber.org/protocol/pubsub#node_config</value></field><field var="pubsub#publish_model"><value>open</value></field></x></configure></pubsub>`,
      ),
    );
    await bob.hears(`id="c"`);
    await asks(link, "enable", `node="bell"`, "", "pubsub.localhost");
    await asks(link, "enable", `node="none"`, "", "pubsub.localhost");
    link.handler!.closed();

    await writes("one");
    await told();

    bob.says(
      stanza(
        "iq",
        `type="get" id="i" to="pubsub.localhost"`,
        `<pubsub xmlns="http://jabber.org/protocol/pubsub"><items node="bell"/></pubsub>`,
      ),
    );
    assert.match(await bob.hears(`id="i"`), /<notification xmlns="urn:xmpp:push:0">/);
    const kept = await at.core.accountData.list("alice@localhost" as never, "core/push/");
    assert.deepEqual(
      kept.map(({ value }) => (JSON.parse(value) as { node: string }).node),
      ["bell"],
    );
  });

  it("go for devices of other protocols, too, while they are not there", async () => {
    const device = "json:pixel-7" as DeviceId;
    const user = "alice@localhost" as UserId;
    await at.core.pushes.put(user, { jid: service.domain, node: "n9", device, options: [] });
    await writes("one");
    assert.match(await told(), /<publish node="n9">.*<value>1<\/value>/);

    const options = { user, device, echo: "never", durable: false, rememberMs: 1000 } as const;
    const session = await at.core.sessions.attach({ ...options, wake: () => undefined, ended: () => undefined });
    at.core.presence.announce(session, { available: true });
    await writes("seen");
    assert.equal(await told(), "");
    await at.core.sessions.detach(session, true);

    await writes("two");
    assert.match(await told(), /<value>1<\/value>/);
  });

  it("say who wrote and what where the operator wants it so", async () => {
    await using second = await desk({ components: [service], push: { sender: true, body: true } });
    [at, push, bob] = [second, await component(second, service), await second.bound("garden", "bob")];
    const link = await phone();
    link.handler!.closed();

    await writes("no secret");

    const got = await told();
    assert.match(got, /<field var="last-message-sender"><value>bob@localhost\/garden<\/value>/);
    assert.match(got, /<field var="last-message-body"><value>no secret<\/value>/);
  });

  it("are refused without a service, with a bad one, and beyond so many", async () => {
    const link = await at.bound("phone");
    assert.match(await asks(link, "enable", `node="n"`, "", ""), /<bad-request /);
    assert.match(await asks(link, "disable", "", "", ""), /<bad-request /);
    assert.match(await asks(link, "enable", `node="n"`, "", "a b@c"), /<jid-malformed /);
    for (let n = 0; n < 20; n++) assert.match(await asks(link, "enable", `node="n${n}"`), /type="result"/);
    assert.match(await asks(link, "enable", `node="n3"`), /type="result"/);
    assert.match(await asks(link, "enable", `node="more"`), /<resource-constraint /);
  });
});
