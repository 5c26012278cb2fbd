import assert from "node:assert/strict";
import { type DeviceId, directOf, type UserId } from "#core";
import { until } from "../../../src/testing/until.ts";
import { auth, desk, open, type Desk } from "./fakes.ts";
import { plain } from "./socket.ts";

describe("binding", () => {
  let at: Desk;
  beforeEach(async () => (at = await desk()));
  afterEach(() => at[Symbol.asyncDispose]());

  it("ends the session that had the resource with a conflict", async () => {
    const one = await at.bound("desk");

    const other = await at.bound("desk");

    assert.match(one.all, /<conflict /);
    assert.equal(other.closedWith, undefined);
  });

  it("gives another resource for one that means a device of another protocol", async () => {
    const link = at.connect();
    link.says(open);
    link.says(auth("PLAIN", plain("alice", "secret-alice")));
    await link.hears("<success");
    link.says(open);

    link.says(
      `<iq xmlns="jabber:client" type="set" id="b"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>mqtt:esp32</resource></bind></iq>`,
    );

    assert.match(await link.hears('id="b"'), /<jid>alice@localhost\/[\w-]{12}<\/jid>/);
  });

  it("refuses what is no resource, and a second one", async () => {
    const link = await at.bound();

    link.says(`<iq xmlns="jabber:client" type="set" id="again"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></iq>`);

    assert.match(await link.hears('id="again"'), /<not-allowed /);
  });

  it("lets go of the session when the client goes", async () => {
    const link = await at.bound();
    assert.equal(at.core.sessions.of("alice@localhost" as never).length, 1);

    link.handler!.closed();

    await until(() => at.core.sessions.of("alice@localhost" as never).length === 0);
  });
});

describe("a silent client", () => {
  it("is asked, and cut off when it does not answer (X13)", async () => {
    await using at = await desk({ idleMs: 60_000 });
    const [answers, silent] = [await at.bound("a"), await at.bound("b")];

    at.clock.advance(75_000);
    assert.match(await answers.hears("<ping"), /type="get" id="ping-[^"]+" from="localhost"/);
    await silent.hears("<ping");
    answers.says(`<iq xmlns="jabber:client" type="result" id="x" to="localhost"/>`);
    at.clock.advance(60_000);

    assert.match(silent.all, /<connection-timeout /);
    assert.equal(answers.closedWith, undefined);
  });

  it("is only cut when it may resume", async () => {
    await using at = await desk({ idleMs: 60_000 });
    const link = await at.bound();
    link.says(`<enable xmlns="urn:xmpp:sm:3" resume="1"/>`);
    await link.hears("<enabled");

    at.clock.advance(75_000);
    await link.hears("<r ");
    at.clock.advance(75_000);

    assert.equal(link.destroyed, true);
    assert.doesNotMatch(link.all, /stream:error/);
    assert.equal(at.core.sessions.of("alice@localhost" as never).length, 1);
  });
});

describe("a client that does not read", () => {
  it("is let go once its outbox has long been full, and the server forgets the session", async () => {
    await using at = await desk({}, { outbox: { rows: 3, bytes: 1 << 20 } });
    const link = await at.bound();
    link.says(`<presence xmlns="jabber:client"/>`);
    await link.hears("<presence");
    link.buffered = 1 << 20;
    const draft = {
      conversation: directOf("alice@localhost" as UserId, "bob@localhost" as UserId),
      kind: "message",
      author: "bob@localhost" as UserId,
      device: "json:pad" as DeviceId,
    } as const;

    for (let n = 0; n < 5; n++) await at.core.router.sendOne({ ...draft, body: `${n}` });
    for (let n = 0; n < 8; n++) {
      at.clock.advance(10_000);
      await new Promise((resolve) => setImmediate(resolve)); // the sweeper looks into the store
    }

    await until(() => link.closedWith !== undefined);
    assert.match(link.all, /<policy-violation /);
    await until(() => at.core.sessions.of("alice@localhost" as UserId).length === 0);
  });
});

describe("a client that sends faster than it is answered", () => {
  it("is not read while too much is unanswered", async () => {
    await using at = await desk({ unanswered: 10 });
    const link = await at.bound();

    for (let n = 0; n < 10; n++)
      link.says(`<message xmlns="jabber:client" to="bob@localhost" id="${n}"><body>${n}</body></message>`);
    assert.equal(link.paused, true);

    await until(() => !link.paused);
  });
});
