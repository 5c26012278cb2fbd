// The libraries people use, as they come from their registry, against a whole server in this process.
import assert from "node:assert/strict";
import { once } from "node:events";
import { client, xml, type Element, type XmppClient } from "@xmpp/client";
import { createClient, type Agent } from "stanza";
import { WebSocket } from "ws";
import { until } from "../../../src/testing/until.ts";
import { serve, type Served } from "./served.ts";

// The library wants the platform's WebSocket, which Node has only from version 22 on.
(globalThis as { WebSocket?: unknown }).WebSocket ??= WebSocket;

const muc = "http://jabber.org/protocol/muc";

describe("@xmpp/client and stanza", () => {
  let served: Served;
  let names: [string, string];
  const open: (() => Promise<unknown> | void)[] = [];
  before(async () => {
    served = await serve();
  });
  after(() => served[Symbol.asyncDispose]());
  beforeEach(async () => {
    names = await served.couple();
  });
  afterEach(async () => {
    for (const close of open.splice(0)) await close();
  });

  for (const mechanism of ["SCRAM-SHA-1", "PLAIN"]) {
    it(`@xmpp/client logs in with ${mechanism}`, async () => {
      const xmpp = xmppJs(names[0], "phone", mechanism);

      const jid = await xmpp.start();

      // It speaks SASL2 and Bind 2, where the resource asked for is a tag.
      assert.match(String(jid), new RegExp(`^${names[0]}@localhost/phone/[\\w-]{12}$`));
    });
  }

  for (const mechanism of ["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"]) {
    it(`stanza logs in with ${mechanism}`, async () => {
      const agent = stanza(names[0], "tab", mechanism);

      await started(agent);

      assert.equal(agent.jid, `${names[0]}@localhost/tab`);
    });
  }

  it("are refused with a wrong password", async () => {
    const xmpp = client({
      service: served.url,
      domain: "localhost",
      resource: "phone",
      username: names[0],
      password: "wrong",
    });
    xmpp.on("error", () => undefined);
    await assert.rejects(xmpp.start(), /not-authorized/);
    await xmpp.stop();
  });

  it("talk to one another, offline as online, and see what became of it", async () => {
    const xmpp = xmppJs(names[0], "phone");
    const heard: Element[] = [];
    xmpp.on("stanza", (stanza: Element) => heard.push(stanza));
    await xmpp.start();
    await xmpp.send(xml("presence"));
    await xmpp.send(chat("m1", "while you were out"));
    await has(heard, (stanza) => stanza.is("presence"));

    const agent = stanza(names[1], "tab");
    const late = once(agent, "chat");
    await started(agent);
    agent.sendPresence();
    const [message] = (await late) as [
      { body: string; delay?: { timestamp: Date }; from: string; id: string; marker?: unknown },
    ];
    assert.equal(message.body, "while you were out");
    assert.ok(message.delay);
    await has(heard, (stanza) => stanza.getChild("received")?.attrs["id"] === "m1");

    agent.markDisplayed(message as never);
    await has(heard, (stanza) => stanza.getChild("displayed")?.attrs["id"] === "m1");
    agent.sendMessage({ to: `${names[0]}@localhost`, type: "chat", body: "back again" });
    await has(heard, (stanza) => stanza.getChildText("body") === "back again");
  });

  it("see on one device what is said on another", async () => {
    const [phone, tab] = [stanza(names[0], "phone"), stanza(names[0], "tab")];
    await Promise.all([started(phone), started(tab)]);
    await tab.enableCarbons();
    for (const each of [phone, tab]) each.sendPresence();
    await until(() => served.core.presence.of(`${names[0]}@localhost` as never).length === 2);
    const copy = once(tab, "carbon:sent");

    phone.sendMessage({ to: `${names[1]}@localhost`, type: "chat", body: "from the phone" });

    const [carbon] = (await copy) as [{ carbon: { forward: { message: { body: string } } } }];
    assert.equal(carbon.carbon.forward.message.body, "from the phone");
  });

  it("meet in a room, and the second sees what the first said before", async () => {
    const room = `${names[0]}@rooms.localhost`;
    const xmpp = xmppJs(names[0], "phone");
    const heard: Element[] = [];
    xmpp.on("stanza", (stanza: Element) => heard.push(stanza));
    await xmpp.start();
    await xmpp.send(xml("presence", { to: `${room}/romeo` }, xml("x", { xmlns: muc })));
    await has(heard, (stanza) => stanza.getChild("subject") !== undefined);
    await xmpp.send(xml("message", { to: room, type: "groupchat", id: "g1" }, xml("body", {}, "before you came")));
    await has(heard, (stanza) => stanza.attrs["id"] === "g1");

    const agent = stanza(names[1], "tab");
    await started(agent);
    const bodies: string[] = [];
    agent.on("groupchat", ({ body }) => bodies.push(body ?? ""));
    await agent.joinRoom(room, "julia");
    await until(() => bodies.includes("before you came"));
    agent.sendMessage({ to: room, type: "groupchat", body: "here I am" });

    const reflected = await has(heard, (stanza) => stanza.getChildText("body") === "here I am");
    assert.equal(reflected.attrs["from"], `${room}/julia`);
    await until(() => bodies.includes("here I am"));
  });

  it("go on where they were cut off: nothing lost, nothing doubled", async () => {
    const agent = stanza(names[1], "tab");
    const bodies: string[] = [];
    agent.on("chat", ({ body }) => bodies.push(body ?? ""));
    await started(agent);
    agent.sendPresence();
    const xmpp = xmppJs(names[0], "phone");
    await xmpp.start();
    await until(() => agent.sm.started && served.core.presence.of(`${names[1]}@localhost` as never).length === 1);

    const say = (body: string): Promise<void> =>
      xmpp.send(xml("message", { to: `${names[1]}@localhost`, type: "chat" }, xml("body", {}, body)));
    for (let round = 0; round < 5; round++) {
      for (let n = 0; n < 5; n++) await say(`${round}-${n}`);
      // The library never ends when it writes to a socket that is gone: let it say what it has to say.
      await until(() => bodies.includes(`${round}-4`));
      await new Promise((resolve) => setTimeout(resolve, 20));
      const gone = once(agent, "disconnected");
      (agent.transport as unknown as { socket: WebSocket }).socket.terminate();
      await gone;
      for (let n = 5; n < 10; n++) await say(`${round}-${n}`);
      const resumed = once(agent, "stream:management:resumed");
      agent.connect();
      await resumed;
    }
    await until(() => bodies.includes("4-9"));

    const all = Array.from({ length: 50 }, (_, n) => `${Math.floor(n / 10)}-${n % 10}`);
    assert.deepEqual(bodies, all);
  });

  function chat(id: string, body: string): Element {
    return xml(
      "message",
      { to: `${names[1]}@localhost`, type: "chat", id },
      xml("body", {}, body),
      xml("request", { xmlns: "urn:xmpp:receipts" }),
      xml("markable", { xmlns: "urn:xmpp:chat-markers:0" }),
    );
  }

  function xmppJs(username: string, resource: string, mechanism = "SCRAM-SHA-1"): XmppClient {
    const password = `secret-${username}`;
    const xmpp = client({
      service: served.url,
      domain: "localhost",
      resource,
      username,
      password,
      credentials: (login) => login({ username, password }, mechanism),
    });
    xmpp.reconnect.stop();
    xmpp.on("error", () => undefined); // whoever waits for something sees that it does not come
    open.push(() => xmpp.stop());
    return xmpp;
  }

  function stanza(username: string, resource: string, mechanism?: string): Agent {
    const agent = createClient({
      jid: `${username}@localhost`,
      password: `secret-${username}`,
      resource,
      server: "localhost",
      autoReconnect: false,
      transports: { websocket: served.url, bosh: false },
    });
    for (const name of ["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"]) {
      if (mechanism !== undefined && name !== mechanism) agent.sasl.disable(name);
    }
    open.push(() => {
      const gone = once(agent, "disconnected");
      if (agent.transport === undefined) return;
      agent.disconnect();
      return gone;
    });
    return agent;
  }
});

async function started(agent: Agent): Promise<void> {
  const session = once(agent, "session:started");
  agent.connect();
  await session;
}

/** The first stanza that fits, once it has come. */
async function has(stanzas: readonly Element[], fits: (stanza: Element) => boolean): Promise<Element> {
  await until(() => stanzas.some(fits), 10_000);
  return stanzas.find(fits)!;
}
