import assert from "node:assert/strict";
import { serve, type Served } from "./served.ts";
import { close, streamError, Talker } from "./socket.ts";

const sm = "urn:xmpp:sm:3";

describe("a managed stream", () => {
  let served: Served;
  before(async () => (served = await serve({ resumeMs: 2000 })));
  after(() => served[Symbol.asyncDispose]());

  it("counts a message only once it is stored (P1)", async () => {
    let storeNow = (): void => undefined;
    const slow = new Promise<void>((resolve) => (storeNow = resolve));
    await using own = await serve({}, { store: await slowStore(slow) });
    const alice = await managed(own, "alice");

    alice.chat("bob@localhost", "1");
    alice.wire.send(`<r xmlns="${sm}"/>`);
    await alice.ask("get", `<ping xmlns="urn:xmpp:ping"/>`);
    const early = alice.wire.rest().filter((text) => text.startsWith("<a "));
    storeNow();

    assert.deepEqual(early, []);
    assert.equal((await count(alice)).h, 3); // presence, message, ping
  });

  it("asks for an acknowledgement of what comes from a log, and delivers nothing twice", async () => {
    const [alices, bobs] = await served.couple();
    const [alice, bob] = [await Talker.available(served.url, alices), await managed(served, bobs, "phone")];

    for (let n = 1; n <= 20; n++) alice.chat(`${bobs}@localhost`, `m${n}`);
    for (let n = 1; n <= 20; n++) await bob.hears(`m${n}`);
    await bob.wire.element("r", (element) => element.is("r", sm));
    const { h } = await stanzasHeard(bob);
    bob.wire.send(`<a xmlns="${sm}" h="${h}"/>`);
    await bob.ask("get", `<ping xmlns="urn:xmpp:ping"/>`);
    bob.wire.send(close);
    await bob.wire.closed();
    const again = await Talker.available(served.url, bobs, "phone");

    assert.deepEqual(await again.messagesSoFar(), []);
    again.wire.cut();
    alice.wire.cut();
  });

  it("goes on after a cut: nothing lost, nothing doubled, the session never gone", async () => {
    const [alices, bobs] = await served.couple();
    const alice = await Talker.available(served.url, alices);
    const bob = await managed(served, bobs, "tab");
    alice.chat(`${bobs}@localhost`, "before");
    await bob.hears("before");

    bob.wire.cut();
    for (let n = 0; n < 5; n++) alice.chat(bob.jid, `away ${n}`);
    await alice.ask("get", `<ping xmlns="urn:xmpp:ping"/>`);
    const back = await Talker.authenticated(served.url, bobs);
    back.wire.send(`<resume xmlns="${sm}" previd="${bob.id}" h="${bob.h + 1}"/>`);

    const resumed = await back.wire.element("resumed", (element) => element.is("resumed", sm));
    assert.equal(resumed.attrs["h"], "1"); // its presence
    for (let n = 0; n < 5; n++) await back.hears(`away ${n}`);
    assert.deepEqual(
      back.wire.rest().filter((text) => text.includes("<body>")),
      [],
    );
    back.wire.cut();
    alice.wire.cut();
  });

  it("counts over the cut what had come before it, and answers what is sent again as what it is", async () => {
    const [alices, bobs] = await served.couple();
    const alice = await managed(served, alices, "sender");
    const bob = await Talker.available(served.url, bobs);

    alice.chat(`${bobs}@localhost`, "one");
    alice.chat(`${bobs}@localhost`, "two");
    alice.wire.send(`<r xmlns="${sm}"/>`);
    await count(alice);
    alice.wire.cut();
    const back = await Talker.authenticated(served.url, alices);
    back.wire.send(`<resume xmlns="${sm}" previd="${alice.id}" h="0"/>`);

    const resumed = await back.wire.element("resumed", (element) => element.is("resumed", sm));
    assert.equal(resumed.attrs["h"], "3");
    await bob.hears("one");
    await bob.hears("two");
    assert.deepEqual(
      (await bob.messagesSoFar()).filter((text) => text.includes("<body>")),
      [],
    );
    back.wire.cut();
    bob.wire.cut();
  });

  it("brings what was not acknowledged to the next session, when it is not resumed", async () => {
    const [alices, bobs] = await served.couple();
    const alice = await Talker.available(served.url, alices);
    const bob = await managed(served, bobs, "lost");
    alice.chat(`${bobs}@localhost`, "unacknowledged");
    await bob.hears("unacknowledged");

    bob.wire.cut();
    const next = await Talker.available(served.url, bobs, "lost");

    const message = await next.hears("unacknowledged");
    assert.ok(message.getChild("delay", "urn:xmpp:delay"));
    next.wire.send(`<resume xmlns="${sm}" previd="${bob.id}" h="0"/>`);
    await next.wire.element("failed", (element) => element.is("failed", sm));
    next.wire.cut();
    alice.wire.cut();
  });

  it("ends when what was not acknowledged grows too large, however few stanzas it is", async () => {
    const [alices] = await served.couple();
    const alice = await managed(served, alices, "sender");
    const large = `<store xmlns="urn:example:large">${"x".repeat(200_000)}</store>`;
    await alice.ask("set", `<query xmlns="jabber:iq:private">${large}</query>`);

    const asking = `<query xmlns="jabber:iq:private"><store xmlns="urn:example:large"/></query>`;
    for (let n = 0; n < 100; n++)
      alice.wire.send(`<iq xmlns="jabber:client" type="get" id="large-${n}">${asking}</iq>`);

    assert.equal(await streamError(alice.wire), "policy-violation");
    await alice.wire.closed();
  });

  it("is nobody else's to resume (X21)", async () => {
    const [alices, bobs] = await served.couple();
    const alice = await managed(served, alices, "mine");
    const bob = await Talker.authenticated(served.url, bobs);

    bob.wire.send(`<resume xmlns="${sm}" previd="${alice.id}" h="0"/>`);

    const failed = await bob.wire.element("failed", (element) => element.is("failed", sm));
    assert.ok(failed.getChild("item-not-found"));
    await alice.ask("get", `<ping xmlns="urn:xmpp:ping"/>`);
    bob.wire.cut();
    alice.wire.cut();
  });

  it("ends the old stream with a conflict when it is resumed while that still stands", async () => {
    const [alices] = await served.couple();
    const alice = await managed(served, alices, "two");
    const other = await Talker.authenticated(served.url, alices);

    other.wire.send(`<resume xmlns="${sm}" previd="${alice.id}" h="1"/>`);

    await other.wire.element("resumed", (element) => element.is("resumed", sm));
    assert.equal(await streamError(alice.wire), "conflict");
    await other.ask("get", `<ping xmlns="urn:xmpp:ping"/>`);
    other.wire.cut();
  });

  it("is not enabled before binding, nor twice", async () => {
    const [alices, bobs] = await served.couple();
    const alice = await Talker.authenticated(served.url, alices);

    alice.wire.send(`<enable xmlns="${sm}"/>`);

    const failed = await alice.wire.element("failed", (element) => element.is("failed", sm));
    assert.ok(failed.getChild("unexpected-request"));
    const bob = await managed(served, bobs);
    bob.wire.send(`<enable xmlns="${sm}"/>`);
    await bob.wire.element("failed", (element) => element.is("failed", sm));
    alice.wire.cut();
    bob.wire.cut();
  });

  it("takes an acknowledgement that comes behind the closing tag", async () => {
    const [alices, bobs] = await served.couple();
    const alice = await Talker.available(served.url, alices);
    const bob = await managed(served, bobs, "hasty");
    alice.chat(`${bobs}@localhost`, "last word");
    await bob.hears("last word");

    bob.wire.send(close);
    bob.wire.send(`<a xmlns="${sm}" h="${bob.h + 1}"/>`);
    await bob.wire.closed();
    const next = await Talker.available(served.url, bobs, "hasty");

    assert.deepEqual(await next.messagesSoFar(), []);
    next.wire.cut();
    alice.wire.cut();
  });
});

interface Managed extends Talker {
  readonly id: string;
  /** Stanzas that came when it began. */
  readonly h: number;
}

async function managed(served: Served, name: string, resource = ""): Promise<Managed> {
  const talker = await Talker.bound(served.url, name, resource);
  talker.wire.send(`<enable xmlns="${sm}" resume="true"/>`);
  const enabled = await talker.wire.element("enabled", (element) => element.is("enabled", sm));
  await talker.appear();
  return Object.assign(talker, { id: enabled.attrs["id"]!, h: 1 });
}

async function count(talker: Talker): Promise<{ h: number }> {
  const answer = await talker.wire.element("a", (element) => element.is("a", sm));
  return { h: Number(answer.attrs["h"]) };
}

/** One presence, twenty messages, and the answer to a ping that shows that all have come. */
async function stanzasHeard(talker: Talker): Promise<{ h: number }> {
  await talker.ask("get", `<ping xmlns="urn:xmpp:ping"/>`);
  return { h: 1 + 20 + 1 };
}

/** A store whose commits with messages in them wait for `go`. */
async function slowStore(
  go: Promise<void>,
): Promise<ReturnType<typeof import("../../../src/store/memory/index.ts").createMemoryStore>> {
  const { createMemoryStore } = await import("../../../src/store/memory/index.ts");
  const store = createMemoryStore();
  const commit = store.commit.bind(store);
  store.commit = async (batch) => {
    if (batch.appends.length > 0) await go;
    return commit(batch);
  };
  return store;
}
