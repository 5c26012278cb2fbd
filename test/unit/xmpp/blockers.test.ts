import assert from "node:assert/strict";
import type { UserId } from "#core";
import { createMemoryStore } from "../../../src/store/memory/index.ts";
import { until } from "../../../src/testing/until.ts";
import { type Desk, type FakeLink, desk } from "./fakes.ts";

/** Bob has blocked alice, and nobody here has looked at his list since the server began. */
describe("an account whose list of the blocked is not known yet (XEP-0191 §3.4)", () => {
  let at: Desk;
  let store: ReturnType<typeof createMemoryStore>;
  let alice: FakeLink;
  beforeEach(async () => {
    store = createMemoryStore();
    at = await desk({}, { store });
    await store.putDatum("bob@localhost" as UserId, "core/blocked/alice@localhost", "");
    alice = await at.bound();
  });
  afterEach(() => at[Symbol.asyncDispose]());

  const state = `<composing xmlns="http://jabber.org/protocol/chatstates"/>`;
  for (const [what, inner] of [
    ["a text", "<body>hello</body>"],
    ["what is not kept", state],
  ] as const) {
    it(`answers who is blocked by it and sends ${what} that nobody is there`, async () => {
      alice.says(`<message xmlns="jabber:client" to="bob@localhost" type="chat" id="m">${inner}</message>`);

      assert.match(await alice.hears('id="m"'), /type="error".*<service-unavailable /);
    });
  }

  it("holds up a message meanwhile, which counts as handled once it is stored (P1)", async () => {
    await at.core.accounts.create("carol@localhost" as UserId, "secret-carol");
    alice.says(`<enable xmlns="urn:xmpp:sm:3"/>`);
    await alice.hears("<enabled");
    let open = (): void => assert.fail();
    const gate = new Promise<void>((resolve) => (open = resolve));
    const commit = store.commit.bind(store);
    store.commit = (...batch) => gate.then(() => commit(...batch));

    alice.says(`<message xmlns="jabber:client" to="carol@localhost" type="chat" id="c"><body>hello</body></message>`);
    alice.says(`<r xmlns="urn:xmpp:sm:3"/>`);
    alice.says(`<iq xmlns="jabber:client" type="get" id="p"><ping xmlns="urn:xmpp:ping"/></iq>`);
    await until(() => alice.all.includes('id="p"'));
    assert.doesNotMatch(alice.all, /<a /);
    open();

    await alice.hears("<a ");
  });
});
