import assert from "node:assert/strict";
import { until } from "../../../src/testing/until.ts";
import { component, gateway } from "./component-scene.ts";
import { desk, type Desk, type FakeLink } from "./fakes.ts";

const other = { domain: "push.localhost", secret: "other" };
const stanza = (name: string, attributes: string, inner = ""): string =>
  `<${name} xmlns="jabber:client" ${attributes}>${inner}</${name}>`;

describe("external components (XEP-0114)", () => {
  let at: Desk;
  beforeEach(async () => (at = await desk({ components: [gateway, other] })));
  afterEach(() => at[Symbol.asyncDispose]());

  describe("messages", () => {
    let alice: FakeLink;
    beforeEach(async () => {
      alice = await at.bound();
      alice.says(stanza("presence", ""));
      await alice.hears("<presence");
    });

    it("reach people from any address of the domain", async () => {
      const link = await component(at);

      link.writes(
        "<message from='bot@gate.localhost/x' to='alice@localhost' type='chat' id='m1'><body>hello</body></message>",
      );

      const got = await alice.hears("<body>hello</body>");
      assert.match(
        got,
        /^<message xmlns="jabber:client" from="bot@gate.localhost\/x" to="alice@localhost" type="chat" id="m1">/,
      );
    });

    it("of a stanza that declares the stream's namespace itself are read alike", async () => {
      const link = await component(at);

      link.writes(
        "<message xmlns='jabber:component:accept' from='gate.localhost' to='alice@localhost'><body>declared</body></message>",
      );

      assert.doesNotMatch(await alice.hears("<body>declared</body>"), /component:accept/);
    });

    it("wait for who is away, from an address without resource or local part", async () => {
      const link = await component(at);
      link.writes("<message from='gate.localhost' to='bob@localhost' type='chat'><body>later</body></message>");
      await until(async () => (await at.core.conversations.list("bob@localhost" as never, 5)).length > 0);

      const bob = await at.bound("phone", "bob");
      bob.says(stanza("presence", ""));

      assert.match(await bob.hears("<body>later</body>"), /from="gate.localhost"/);
    });

    it("from people reach the component as they were sent, in its namespace", async () => {
      const link = await component(at);

      alice.says(
        stanza("message", `to="bot@gate.localhost/y" type="chat" id="q"`, `<body>well</body><thread>t</thread>`),
      );

      const got = await link.hears("<body>well</body>");
      assert.match(got, /^<message from="alice@localhost\/desk" to="bot@gate.localhost\/y" type="chat" id="q">/);
      assert.match(got, /<thread>t<\/thread>/);
    });

    it("without a body pass in both directions", async () => {
      const link = await component(at);

      alice.says(
        stanza("message", `to="bot@gate.localhost"`, `<composing xmlns="http://jabber.org/protocol/chatstates"/>`),
      );
      await link.hears("<composing ");
      link.writes(
        "<message from='bot@gate.localhost' to='alice@localhost/desk' id='r'><received xmlns='urn:xmpp:receipts' id='q'/></message>",
      );

      assert.match(await alice.hears("<received "), /from="bot@gate.localhost" to="alice@localhost\/desk"/);
    });

    it("of type groupchat and headline pass, and are not kept", async () => {
      const link = await component(at);

      link.writes(
        "<message from='room@gate.localhost/nick' to='alice@localhost/desk' type='groupchat' id='g'><body>all</body><stanza-id xmlns='urn:xmpp:sid:0' by='room@gate.localhost' id='7'/></message>",
      );

      assert.match(await alice.hears("<body>all</body>"), /<stanza-id [^>]*by='room@gate.localhost'/);
      assert.deepEqual(await at.core.conversations.list("alice@localhost" as never, 5), []);
    });

    it("to nobody come back as service-unavailable", async () => {
      const link = await component(at);

      link.writes("<message from='bot@gate.localhost' to='nobody@localhost' id='n'><body>hi</body></message>");

      const error = await link.hears("<service-unavailable ");
      assert.match(
        error,
        /^<message type="error" id="n" from="nobody@localhost" to="bot@gate.localhost"><error type="cancel">/,
      );
    });

    it("from an address its reader has blocked come back as if nobody were there", async () => {
      const link = await component(at);
      await at.core.blocks.block("alice@localhost" as never, ["bot@gate.localhost"]);

      link.writes("<message from='bot@gate.localhost' to='alice@localhost' id='b'><body>hi</body></message>");

      await link.hears("<service-unavailable ");
    });

    it("to a component that is not connected come back as remote-server-timeout, and are not kept", async () => {
      alice.says(stanza("message", `to="bot@gate.localhost" id="off"`, "<body>anybody</body>"));

      assert.match(await alice.hears("<remote-server-timeout "), /<error type="wait">/);
      assert.deepEqual(await at.core.conversations.list("alice@localhost" as never, 5), []);
    });

    it("pass between components", async () => {
      const [one, two] = [await component(at), await component(at, other)];

      one.writes("<message from='a@gate.localhost' to='b@push.localhost' id='c'><body>across</body></message>");

      assert.match(
        await two.hears("<body>across</body>"),
        /^<message from="a@gate.localhost" to="b@push.localhost" id="c">/,
      );
    });
  });

  describe("questions", () => {
    it("travel to a client and back", async () => {
      const [link, alice] = [await component(at), await at.bound()];

      link.writes(
        "<iq type='get' id='v' from='bot@gate.localhost' to='alice@localhost/desk'><query xmlns='jabber:iq:version'/></iq>",
      );
      assert.match(
        await alice.hears("jabber:iq:version"),
        /from="bot@gate.localhost" to="alice@localhost\/desk" type="get" id="v"/,
      );
      alice.says(
        stanza(
          "iq",
          `type="result" id="v" to="bot@gate.localhost"`,
          `<query xmlns="jabber:iq:version"><name>C</name></query>`,
        ),
      );

      assert.match(
        await link.hears("<name>C</name>"),
        /^<iq from="alice@localhost\/desk" to="bot@gate.localhost" type="result" id="v">/,
      );
    });

    it("of a client are for the component alone to answer", async () => {
      const [link, alice] = [await component(at), await at.bound()];

      alice.says(
        stanza("iq", `type="get" id="d" to="gate.localhost"`, `<query xmlns="http://jabber.org/protocol/disco#info"/>`),
      );

      assert.match(
        await link.hears("disco#info"),
        /^<iq from="alice@localhost\/desk" to="gate.localhost" type="get" id="d">/,
      );
    });

    it("to a resource that is not there are service-unavailable", async () => {
      const link = await component(at);

      link.writes(
        "<iq type='get' id='x' from='gate.localhost' to='alice@localhost/away'><ping xmlns='urn:xmpp:ping'/></iq>",
      );

      await link.hears("<service-unavailable ");
    });

    it("about the server are answered by it", async () => {
      const link = await component(at);
      for (const [id, payload] of [
        ["p", "<ping xmlns='urn:xmpp:ping'/>"],
        ["i", "<query xmlns='http://jabber.org/protocol/disco#info'/>"],
        ["t", "<time xmlns='urn:xmpp:time'/>"],
      ] as const) {
        link.writes(`<iq type='get' id='${id}' from='gate.localhost' to='localhost'>${payload}</iq>`);

        assert.match(await link.hears(`id="${id}"`), /^<iq from="localhost" to="gate.localhost" type="result"/);
      }
    });

    it("the host lists the components that are connected", async () => {
      const link = await component(at);
      const alice = await at.bound();
      const ask = async (id: string): Promise<string> => {
        alice.says(
          stanza(
            "iq",
            `type="get" id="${id}" to="localhost"`,
            `<query xmlns="http://jabber.org/protocol/disco#items"/>`,
          ),
        );
        return alice.hears(`id="${id}"`);
      };

      assert.match(await ask("one"), /<item jid="gate.localhost" name="gate.localhost"\/>/);
      link.handler!.closed();
      assert.doesNotMatch(await ask("two"), /gate.localhost/);
    });
  });

  describe("presence", () => {
    it("is subscribed to both ways, shown, probed for and taken away", async () => {
      const [link, alice] = [await component(at), await at.bound()];
      alice.says(stanza("presence", ""));
      await alice.hears("<presence");

      alice.says(stanza("presence", `to="bot@gate.localhost" type="subscribe"`));
      await link.hears(`<presence from="alice@localhost" to="bot@gate.localhost" type="subscribe"/>`);
      link.writes("<presence from='bot@gate.localhost' to='alice@localhost' type='subscribed'/>");
      await alice.hears(`type="subscribed"`);
      link.writes("<presence from='bot@gate.localhost/x' to='alice@localhost'><show>away</show></presence>");
      assert.match(await alice.hears("<show>away</show>"), /from="bot@gate.localhost\/x"/);

      link.writes("<presence from='bot@gate.localhost' to='alice@localhost' type='subscribe'/>");
      await alice.hears(`type="subscribe"`);
      alice.says(stanza("presence", `to="bot@gate.localhost" type="subscribed"`));
      await link.hears(`type="subscribed"`);
      await link.hears(`<presence from="alice@localhost/desk" to="bot@gate.localhost"`);
      alice.says(stanza("presence", "", "<show>dnd</show>"));
      await link.hears("<show>dnd</show>");
      link.writes("<presence from='bot@gate.localhost' to='alice@localhost' type='probe'/>");
      await link.hears("<show>dnd</show>");

      alice.handler!.closed();
      await link.hears(`type="unavailable"`);
      const back = await at.bound("again");
      back.says(stanza("presence", ""));
      await link.hears(`type="probe"`);
    });

    it("of strangers is not told", async () => {
      const link = await component(at);

      link.writes("<presence from='bot@gate.localhost' to='alice@localhost' type='probe'/>");

      await link.hears(`type="unsubscribed"`);
    });

    it("that was directed is taken back when the session ends", async () => {
      const [link, alice] = [await component(at), await at.bound()];
      alice.says(stanza("presence", ""));
      alice.says(stanza("presence", `to="room@gate.localhost/me"`));
      await link.hears(`to="room@gate.localhost/me"`);

      alice.handler!.closed();

      await link.hears(`<presence from="alice@localhost/desk" to="room@gate.localhost/me" type="unavailable"/>`);
    });
  });
});
