import assert from "node:assert/strict";
import { createMemoryBus } from "../../../src/bus/memory/bus.ts";
import { createExchange, type Exchange } from "../../../src/bus/memory/exchange.ts";
import { createCore, type RunningCore } from "../../../src/create-core.ts";
import type { Store } from "../../../src/store/store.ts";
import { createMemoryStore } from "../../../src/store/memory/index.ts";
import { localUser } from "../../../src/testing/core.ts";
import { until } from "../../../src/testing/until.ts";
import { createXmpp } from "../../../protocols/xmpp/index.ts";
import { gateway, handshakeFor, header } from "./component-scene.ts";
import { FakeLink, open } from "./fakes.ts";
import { plain } from "./socket.ts";

interface Node extends AsyncDisposable {
  readonly core: RunningCore;
  client(name: string): Promise<FakeLink>;
  call(): FakeLink;
}

async function node(store: Store, exchange: Exchange): Promise<Node> {
  const core = await createCore({ host: "localhost", store, bus: createMemoryBus(exchange), scramIterations: 16 });
  const xmpp = createXmpp(core, { components: [gateway] });
  const linked = (accept: (link: FakeLink) => FakeLink["handler"]): FakeLink => {
    const link = new FakeLink();
    link.handler = accept(link);
    return link;
  };
  return {
    core,
    call: () => linked((link) => xmpp.tcp.find(({ name }) => name === "component")!.accept(link)),
    client: async (name) => {
      const link = linked((each) => xmpp.webSockets[0]!.accept(each));
      link.says(open);
      link.says(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">${plain(name, "secret")}</auth>`);
      await link.hears("<success");
      link.says(open);
      link.says(`<iq xmlns="jabber:client" type="set" id="b"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>x</resource></bind></iq>`); // prettier-ignore
      await link.hears('id="b"');
      link.says(`<presence xmlns="jabber:client"/>`);
      await link.hears("<presence");
      return link;
    },
    [Symbol.asyncDispose]: async () => {
      await xmpp.drain(0);
      await core[Symbol.asyncDispose]();
    },
  };
}

describe("a component at another node", () => {
  let one: Node;
  let two: Node;
  let component: FakeLink;
  beforeEach(async () => {
    const store = createMemoryStore();
    await store.start();
    const exchange = createExchange();
    [one, two] = [await node(store, exchange), await node(store, exchange)];
    await one.core.accounts.create(localUser("alice"), "secret");
    component = one.call();
    component.writes(header());
    component.writes(handshakeFor(component, gateway.secret));
    await component.hears("<handshake/>");
    await until(() => two.core.presence.of(gateway.domain as never).length > 0);
  });
  afterEach(async () => {
    for (const each of [one, two]) await each[Symbol.asyncDispose]();
  });

  it("is written to and writes, is asked and answers", async () => {
    const alice = await two.client("alice");

    alice.says(`<message xmlns="jabber:client" to="bot@gate.localhost" type="chat"><body>over there</body></message>`);
    assert.match(await component.hears("<body>over there</body>"), /from="alice@localhost\/x"/);
    component.writes(
      "<message from='bot@gate.localhost' to='alice@localhost' type='chat'><body>over here</body></message>",
    );
    await alice.hears("<body>over here</body>");

    alice.says(`<iq xmlns="jabber:client" type="get" id="q" to="gate.localhost"><ping xmlns="urn:xmpp:ping"/></iq>`);
    await component.hears('id="q"');
    component.writes("<iq type='result' id='q' from='gate.localhost' to='alice@localhost/x'/>");
    assert.match(await alice.hears('id="q"'), /type="result"/);
  });

  it("is told by push of a client that was at this node or the other, once, and not while that is there", async () => {
    await one.core.accounts.create(localUser("bob"), "secret");
    const alice = await two.client("alice");
    alice.says(`<iq xmlns="jabber:client" type="set" id="e"><enable xmlns="urn:xmpp:push:0" jid="gate.localhost" node="n"/></iq>`); // prettier-ignore
    await alice.hears('id="e"');
    const writes = async (from: FakeLink, id: string): Promise<void> => {
      from.says(`<message xmlns="jabber:client" type="chat" to="alice@localhost"><body>${id}</body></message>`);
      from.says(`<iq xmlns="jabber:client" type="get" id="${id}" to="localhost"><ping xmlns="urn:xmpp:ping"/></iq>`);
      await from.hears(`id="${id}"`);
    };
    const bob = await one.client("bob");
    await writes(bob, "seen");
    await alice.hears("<body>seen</body>");
    alice.handler!.closed();
    await until(() => one.core.presence.of(localUser("alice")).length === 0);

    await writes(bob, "missed");

    assert.match(await component.hears("<publish "), /<publish node="n">.*message-count/);
    await new Promise((resolve) => setTimeout(resolve, 400)); // as long as the other node would need to tell it again
    assert.ok(!component.all.includes("<publish "));
  });

  it("is connected once, wherever a second one calls", async () => {
    const second = two.call();

    second.writes(header());

    await second.hears("<conflict ");
  });

  it("is missed at once when it has gone", async () => {
    const alice = await two.client("alice");
    component.handler!.closed();
    await until(() => two.core.presence.of(gateway.domain as never).length === 0);

    alice.says(`<message xmlns="jabber:client" to="bot@gate.localhost" id="m"><body>gone?</body></message>`);

    await alice.hears("<remote-server-timeout ");
  });
});
