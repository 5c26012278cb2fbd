import assert from "node:assert/strict";
import { type DeviceId, directOf, type UserId } from "#core";
import { until } from "../../../src/testing/until.ts";
import { desk, type Desk } from "./fakes.ts";
import { agent, agentId, bind2, greeted, password } from "./sasl2-scene.ts";

const alice = "alice@localhost" as UserId;
const bob = "bob@localhost" as UserId;
const bind = (inner = ""): string => `<bind xmlns="${bind2}">${inner}</bind>`;
const presence = `<presence xmlns="jabber:client"/>`;
const resourceOf = (jid: string): string => jid.slice(jid.indexOf("/") + 1);

describe("Bind 2 (XEP-0386)", () => {
  let at: Desk;
  beforeEach(async () => (at = await desk()));
  afterEach(() => at[Symbol.asyncDispose]());

  /** Bob writes to alice. */
  const write = (body: string, by = bob): Promise<unknown> =>
    at.core.router.sendOne({
      conversation: directOf(alice, bob),
      kind: "message",
      author: by,
      device: "json:pad" as DeviceId,
      body,
    });

  it("gives a resource of its own, in one request", async () => {
    const { link, success, features, jid } = await greeted(at, password(bind()));

    assert.match(jid, /^alice@localhost\/[\w-]{12}$/);
    assert.match(success, /<bound xmlns="urn:xmpp:bind:0"><metadata xmlns="urn:xmpp:mam:2"><\/metadata><\/bound>/);
    assert.doesNotMatch(features, /xmpp-bind"|<session/);
    assert.match(features, /rosterver.*urn:xmpp:sm:3|urn:xmpp:sm:3.*rosterver/);
    link.says(`<iq xmlns="jabber:client" type="get" id="p"><ping xmlns="urn:xmpp:ping"/></iq>`);
    await link.hears('id="p"');
  });

  it("puts the client's tag in front, and the same name behind for the same client alone", async () => {
    const first = await greeted(at, password(agent() + bind("<tag>AwesomeXMPP</tag>")));
    const again = await greeted(at, password(agent(agentId.toUpperCase()) + bind("<tag>AwesomeXMPP</tag>")));
    const other = await greeted(at, password(agent(agentId.replace("d", "e")) + bind("<tag>AwesomeXMPP</tag>")));
    const passing = await greeted(at, password(bind("<tag>AwesomeXMPP</tag>")));

    assert.match(first.jid, /^alice@localhost\/AwesomeXMPP\/[\w-]{16}$/);
    assert.equal(again.jid, first.jid);
    assert.notEqual(other.jid, first.jid);
    assert.match(passing.jid, /^alice@localhost\/AwesomeXMPP\/[\w-]{12}$/);
    assert.ok(!first.jid.includes(agentId.slice(0, 8)), "the id is nobody's business");
    assert.match(first.link.all, /<conflict /, "the earlier session of the same client ends");
    assert.equal(other.link.closedWith, undefined);
  });

  it("ends the same client's session that had another tag", async () => {
    const first = await greeted(at, password(agent() + bind("<tag>Old</tag>")));
    const other = await greeted(at, password(agent(agentId.replace("d", "e")) + bind()));

    await greeted(at, password(agent() + bind("<tag>New</tag>")));

    await until(() => first.link.closedWith !== undefined);
    assert.match(first.link.all, /<conflict /);
    assert.equal(other.link.closedWith, undefined);
  });

  it("passes by a tag that can begin no resource", async () => {
    for (const tag of ["mqtt:esp32", "x".repeat(600), "&#x200b;"]) {
      const { jid } = await greeted(at, password(bind(`<tag>${tag}</tag>`)));
      assert.match(resourceOf(jid), /^[\w-]{12}$/, tag);
    }
  });

  it("begins with what is asked for: carbons, stream management, inactive", async () => {
    const inner = `<enable xmlns="urn:xmpp:carbons:2"/><enable xmlns="urn:xmpp:sm:3" resume="true"/><inactive xmlns="urn:xmpp:csi:0"/><what xmlns="urn:example:unknown"/>`;
    const { link, success, features } = await greeted(at, password(bind(inner)));
    const other = await greeted(at, password(bind()));

    assert.match(success, /<enabled xmlns="urn:xmpp:sm:3" id="[^"]+" resume="true" max="300"\/><\/bound>/);
    assert.doesNotMatch(features, /<sm /);
    link.says(presence);
    link.says(`<iq xmlns="jabber:client" type="get" id="p"><ping xmlns="urn:xmpp:ping"/></iq>`);
    await link.hears('id="p"');
    other.link.says(`<message xmlns="jabber:client" to="bob@localhost" type="chat"><body>hark</body></message>`);
    assert.match(await link.hears("hark"), /<sent xmlns="urn:xmpp:carbons:2">/);
    // Inactive: another's presence waits.
    other.link.says(presence);
    await other.link.hears("<presence");
    assert.ok(!link.sent.some((xml) => xml.includes(`from="${other.jid}"`)));
    link.says(`<active xmlns="urn:xmpp:csi:0"/>`);
    await link.hears(`from="${other.jid}"`);
  });

  it("holds back what can wait until something is shown to the inactive client", async () => {
    const { link } = await greeted(at, password(bind(`<inactive xmlns="urn:xmpp:csi:0"/>`)));
    const other = await greeted(at, password(bind()));
    link.says(presence);
    link.says(`<iq xmlns="jabber:client" type="get" id="p"><ping xmlns="urn:xmpp:ping"/></iq>`);
    await link.hears('id="p"');
    other.link.says(presence);
    await other.link.hears("<presence");
    link.sent.length = 0;

    // A change of the roster is pushed to who asked for it alone.
    other.link.says(
      `<iq xmlns="jabber:client" type="set" id="r"><query xmlns="jabber:iq:roster"><item jid="bob@localhost"/></query></iq>`,
    );
    await other.link.hears('id="r"');
    link.says(`<iq xmlns="jabber:client" type="get" id="q"><ping xmlns="urn:xmpp:ping"/></iq>`);

    await until(() => link.all.includes('id="q"'));
    assert.doesNotMatch(link.all, /<presence/);
    await write("hark");
    await link.hears(`from="${other.jid}"`);
    await link.hears("<body>hark</body>");
  });

  it("counts from the success on", async () => {
    const { link } = await greeted(at, password(bind(`<enable xmlns="urn:xmpp:sm:3"/>`)));

    link.says(`<iq xmlns="jabber:client" type="get" id="p"><ping xmlns="urn:xmpp:ping"/></iq>`);
    await link.hears('id="p"');
    link.says(`<r xmlns="urn:xmpp:sm:3"/>`);

    assert.equal(await link.hears("<a "), `<a xmlns="urn:xmpp:sm:3" h="1"/>`);
    link.says(`<a xmlns="urn:xmpp:sm:3" h="1"/>`);
    link.says(`<enable xmlns="urn:xmpp:sm:3"/>`);
    assert.match(await link.hears("<failed"), /<unexpected-request /);
  });

  it("brings nothing that a client fetched itself, and everything from there on", async () => {
    await write("before");

    const { link, success } = await greeted(at, password(agent() + bind()));
    link.says(`<iq xmlns="jabber:client" type="set" id="mam"><query xmlns="urn:xmpp:mam:2"/></iq>`);
    await link.hears("<body>before</body>");
    await link.hears('id="mam"');
    await write("between");
    link.says(presence);

    assert.match(success, /<metadata xmlns="urn:xmpp:mam:2"><start id="[^"]+" timestamp="[^"]+"\/><end id=/);
    await link.hears("<body>between</body>");
    await write("after");
    await link.hears("<body>after</body>");
    assert.doesNotMatch(link.all, />before</);
  });

  it("brings what a client missed that does not ask for it (P4)", async () => {
    const { link: first } = await greeted(at, password(agent() + bind()));
    first.says(presence);
    await first.hears("<presence");
    first.handler!.closed();
    await write("missed");

    const { link } = await greeted(at, password(agent() + bind()));
    link.says(presence);

    await link.hears("<body>missed</body>");
  });

  it("brings what its owner keeps out of the archive", async () => {
    const prefs = JSON.stringify({ default: "never", always: [], never: [] });
    await at.core.accountData.put(alice, "xmpp/archive-preferences", prefs);
    await write("unarchived");

    const { link } = await greeted(at, password(agent() + bind()));
    link.says(`<iq xmlns="jabber:client" type="set" id="mam"><query xmlns="urn:xmpp:mam:2"/></iq>`);
    await link.hears('id="mam"');
    link.says(presence);

    await link.hears("<body>unarchived</body>");
  });

  describe("with a resumption", () => {
    const sm = `<enable xmlns="urn:xmpp:sm:3" resume="true"/>`;
    const resume = (id: string, h = 0): string => `<resume xmlns="urn:xmpp:sm:3" previd="${id}" h="${h}"/>`;

    it("goes on with the session, and binds nothing", async () => {
      const { link, success, jid } = await greeted(at, password(agent() + bind(sm)));
      const id = /<enabled [^>]*id="([^"]+)"/.exec(success)![1]!;
      link.says(presence);
      await link.hears("<presence");
      link.handler!.closed();
      await write("meanwhile");

      const resumed = await greeted(at, password(agent() + bind("<tag>Other</tag>") + resume(id)));

      assert.equal(resumed.jid, jid);
      assert.match(resumed.success, new RegExp(`<resumed xmlns="urn:xmpp:sm:3" previd="${id}" h="1"/></success>`));
      assert.doesNotMatch(resumed.success, /<bound/);
      await resumed.link.hears("<body>meanwhile</body>");
    });

    it("binds when there is nothing to go on with, or it is another's", async () => {
      const bobs = await greeted(at, password(bind(sm), "bob"));
      const id = /<enabled [^>]*id="([^"]+)"/.exec(bobs.success)![1]!;

      for (const previd of ["unknown", id]) {
        const { success, jid } = await greeted(at, password(bind() + resume(previd)));

        assert.match(jid, /^alice@localhost\/./);
        const failed = `<failed xmlns="urn:xmpp:sm:3"><item-not-found xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></failed>`;
        assert.ok(success.includes(`${failed}<bound xmlns="${bind2}">`), success);
      }
      assert.equal(bobs.link.closedWith, undefined);
    });

    it("goes on without <bind/>, and stays unbound when it cannot", async () => {
      const { success, jid } = await greeted(at, password(resume("unknown")));

      assert.equal(jid, "alice@localhost");
      assert.match(success, /<item-not-found /);
    });
  });

  it("does nothing of it when the login fails", async () => {
    const link = at.connect();
    link.says(`<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="localhost" version="1.0"/>`);
    link.says(
      password(bind()).replace(/<initial-response>.*<\/initial-response>/, "<initial-response>YQ==</initial-response>"),
    );
    await link.hears("<failure");

    assert.equal(at.core.sessions.of(alice).length, 0);
  });
});
