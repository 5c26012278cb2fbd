// XEP-0206: XMPP over BOSH.
import assert from "node:assert/strict";
import { ping, until } from "../bosh-kit.ts";
import { endOf } from "../clients/bosh.ts";
import { ns } from "../clients/xmpp-namespaces.ts";
import { boshRequirement as requirement } from "./requirement.ts";

describe("XEP-0206 XMPP over BOSH", () => {
  requirement(
    "XEP-0206 §2",
    "A complete <stream:features/> element (in which case the BOSH <body/> element MUST include the namespace xmlns:stream='http://etherx.jabber.org/streams').",
    async (t) => {
      const session = t.session();
      let answer = await session.create(t.domain);
      if (answer.body.child("features") === undefined) answer = await session.request();

      assert.ok(answer.body.child("features", ns.streams) !== undefined, "no features");
      assert.match(
        /^[^]*?<body [^>]*>/.exec(answer.raw)![0],
        /xmlns:stream=(['"])http:\/\/etherx.jabber.org\/streams\1/,
      );
    },
  );

  requirement(
    "XEP-0206 §4",
    "The connection manager SHOULD include a 'version' attribute (qualified by the 'urn:xmpp:xbosh' namespace) and a <stream:features/> element in a response as soon as they are available, either in its session creation response, or in any subsequent response.",
    async (t) => {
      const session = t.session();
      const answer = await session.create(t.domain);
      const features = await until(session, answer, (all) => all.some((one) => one.is("features", ns.streams)));

      const version = Object.entries(answer.body.attributes).find(([name]) => name.endsWith(":version"));
      assert.equal(version?.[1], "1.0");
      assert.ok(features.some((one) => one.child("mechanisms", ns.sasl) !== undefined));
    },
  );

  requirement(
    "XEP-0206 §5",
    "SASL negotiation is done by elements qualified by the 'urn:ietf:params:xml:ns:xmpp-sasl' namespace in <body/> elements.",
    async (t) => {
      const { session } = await t.created();

      assert.ok((await t.login(session)).is("success"));
    },
    { about: "SASL" },
  );

  requirement(
    "XEP-0206 §5",
    "Upon receiving any request with the 'restart' attribute set to \"true\" the connection manager SHOULD initiate a new stream. Upon receiving the response from the XMPP server, it SHOULD forward any available features to the client.",
    async (t) => {
      const { session } = await t.created();
      await t.login(session);

      const answer = await session.request(`to='${t.domain}' xml:lang='en' xmpp:restart='true'`);

      const said = await until(session, answer, (all) => all.some((one) => one.is("features", ns.streams)));
      const features = said.find((one) => one.is("features", ns.streams))!;
      assert.ok(features.child("bind", ns.bind) !== undefined, "no <bind/>");
      assert.equal(features.child("mechanisms", ns.sasl), undefined, "SASL is offered again (RFC 6120 §6.3.4)");
    },
    { about: "restart" },
  );

  requirement(
    "XEP-0206 §5",
    "Whatever prefix it has: the 'restart' attribute is qualified by the 'urn:xmpp:xbosh' namespace.",
    async (t) => {
      const { session } = await t.created();
      await t.login(session);
      const answer = await session.post(
        `<body xmlns='${ns.httpBind}' rid='${++session.rid}' sid='${session.sid}' to='${t.domain}' x:restart='true' xmlns:x='urn:xmpp:xbosh'/>`,
      );

      await until(session, answer, (all) => all.some((one) => one.is("features", ns.streams)));
    },
    { about: "another prefix" },
  );

  requirement(
    "XEP-0206 §5",
    "A resource is bound by an <iq/> in a <body/>, as over TCP.",
    async (t) => {
      const { jid } = await t.boundSession();

      assert.ok(jid.startsWith(`${t.bare(0)}/`), jid);
    },
    { about: "bind" },
  );

  requirement(
    "XEP-0206 §2",
    "Many implementations do not specify the namespace of <message/>, <presence/>, or <iq/> elements. They assume that the full content of the 'jabber:client' namespace is a subset of the 'http://jabber.org/protocol/httpbind' namespace.",
    async (t) => {
      const { session } = await t.boundSession();

      const answer = await session.request("", `<iq type='get' id='bare'><ping xmlns='${ns.ping}'/></iq>`);

      const said = await until(session, answer, (all) => all.some((one) => one.attributes["id"] === "bare"));
      assert.equal(said.find((one) => one.attributes["id"] === "bare")?.attributes["type"], "result");
    },
    { about: "no namespace" },
  );

  requirement(
    "XEP-0206 §2",
    "One or more complete <message/>, <presence/>, and/or <iq/> elements qualified by the 'jabber:client' namespace.",
    async (t) => {
      const { session } = await t.boundSession();
      const answer = await session.request("", ["a", "b", "c"].map(ping).join(""));

      const said = await until(session, answer, (all) => all.filter((one) => one.is("iq")).length >= 3);
      assert.deepEqual(
        said.filter((one) => one.is("iq")).map(({ attributes }) => attributes["id"]),
        ["a", "b", "c"],
      );
      assert.ok(said.every(({ xmlns }) => xmlns === ns.client || xmlns === ns.httpBind));
    },
    { about: "several stanzas" },
  );

  requirement(
    "XEP-0206 §6",
    "remote-stream-error: the content of the <body/> element is zero or more stanzas followed by a copy of the <stream:error/> element (qualified by the 'http://etherx.jabber.org/streams' namespace) received from the XMPP server.",
    async (t) => {
      const { session } = await t.created();
      const stanza = `<message xmlns='jabber:client' to='${t.bare(1)}'><body>${t.word()}</body></message>`;

      const end = await session.request("", stanza);

      assert.equal(endOf(end), "remote-stream-error");
      const error = end.body.elements.at(-1);
      assert.ok(error?.is("error", ns.streams) === true, end.raw);
      assert.ok(error.child("not-authorized", ns.streamErrors) !== undefined, end.raw);
    },
  );

  requirement(
    "XEP-0206 §6",
    "A stream error ends the session: a later request is answered as if it did not exist.",
    async (t) => {
      const { session } = await t.boundSession();
      await session.request("", "<letter xmlns='jabber:client'/>").catch(() => {});

      assert.notEqual(endOf(await session.request("", ping("p"))), undefined);
    },
    { about: "the end", needs: ["policy"] },
  );

  requirement(
    "XEP-0206 §5",
    "What arrives for a client that holds a request open is brought by that request's answer, at once.",
    async (t) => {
      const [{ session, jid }, { session: other }] = [await t.boundSession(0), await t.boundSession(1)];
      await until(session, await session.request("", ping("p")), (all) => all.some((one) => one.is("iq")));
      const held = session.request();
      const word = t.word();
      const began = performance.now();

      await other.request("", `<message xmlns='jabber:client' to='${jid}'><body>${word}</body></message>${ping("q")}`);

      await until(session, await held, (all) => all.some((one) => one.childText("body") === word));
      assert.ok(performance.now() - began < 3_000);
    },
    { about: "push" },
  );

  requirement(
    "XEP-0206 §5",
    "A client that terminates its session goes unavailable (RFC 6120 §4.4, RFC 6121 §4.5.2).",
    async (t) => {
      const watcher = await t.boundSession(0);
      const leaving = await t.boundSession(0);
      await watcher.session.request("", `<presence xmlns='jabber:client'/>${ping("p")}`);
      await leaving.session.request("", `<presence xmlns='jabber:client'/>${ping("q")}`);

      await leaving.session.request("type='terminate'");

      await until(watcher.session, await watcher.session.request("", ping("r")), (all) =>
        all.some(({ attributes: { from, type } }) => from === leaving.jid && type === "unavailable"),
      );
    },
    { about: "terminate" },
  );
});
