import assert from "node:assert/strict";
import { createMemoryBus } from "../../../src/bus/memory/bus.ts";
import { createExchange } from "../../../src/bus/memory/exchange.ts";
import type { NodePlace, Session } from "../../../src/core.ts";
import { createCore, type RunningCore } from "../../../src/create-core.ts";
import type { DeviceId, UserId } from "../../../src/model/ids.ts";
import { accountNode, type NodeConfig, serviceNode } from "../../../src/model/node.ts";
import type { NodeSignal } from "../../../src/model/node-event.ts";
import { createMemoryStore } from "../../../src/store/memory/index.ts";
import { localUser } from "../../../src/testing/core.ts";
import { until } from "../../../src/testing/until.ts";

const [alice, bob, carol] = [localUser("alice"), localUser("bob"), localUser("carol")];
const service = "pubsub.localhost";
const at = (owner: string, name = "n"): NodePlace => ({ owner, name });
const item = (id: string, payload = "<x/>") => ({ id, payload });

describe("nodes, on two nodes of a cluster", () => {
  let one: RunningCore;
  let two: RunningCore;
  beforeEach(async () => {
    const store = createMemoryStore();
    await store.start();
    const exchange = createExchange();
    const core = (): Promise<RunningCore> =>
      createCore({ host: "localhost", store, bus: createMemoryBus(exchange), scramIterations: 16 });
    [one, two] = [await core(), await core()];
    for (const user of [alice, bob, carol]) await one.accounts.create(user, "secret");
  });
  afterEach(async () => {
    for (const core of [one, two]) await core[Symbol.asyncDispose]();
  });

  const shows = (user: UserId, to: UserId, groups: readonly string[] = []) =>
    one.contacts.put({ owner: user, contact: to, groups, subscription: "from", ask: false, pendingIn: false });
  const make = (owner: string, by: UserId, config: Partial<NodeConfig> = {}) =>
    one.nodes.create(at(owner), by, { ...(owner === service ? serviceNode : accountNode), ...config });

  it("tell subscribers and who wants to hear, wherever they are, and nobody else", async () => {
    await shows(alice, bob);
    const [b, c] = [await listening(two, bob, ["n"]), await listening(two, carol, [])];
    const [own, deaf] = [await listening(one, alice, ["n"]), await listening(two, bob, [], "deaf")];
    await make(alice, alice, { accessModel: "open" });
    await two.nodes.subscribe(at(alice), carol, carol);

    await one.nodes.publish(at(alice), alice, [item("1")]);

    for (const session of [b, c, own]) await until(() => session.waiting === 1);
    assert.deepEqual(heard(b), ["items 1"]);
    await one.nodes.retract(at(alice), alice, "1", false);
    await until(() => b.waiting === 1);
    assert.deepEqual([heard(b), deaf.waiting], [["retracted 1"], 0]);
  });

  it("tell nobody whom the owner has blocked, nor let him read", async () => {
    const b = await listening(one, bob, ["n"]);
    await shows(alice, bob);
    await make(alice, alice, { accessModel: "open" });
    await one.blocks.block(alice, [bob]);

    await one.nodes.publish(at(alice), alice, [item("1")]);

    assert.equal(b.waiting, 0);
    await assert.rejects(one.nodes.items(at(alice), bob, { limit: 9, fromEnd: false }), { why: "no-node" });
    assert.deepEqual(await one.nodes.latest(bob, [alice], ["n"]), []);
  });

  const readers: readonly (readonly [NodeConfig["accessModel"], string])[] = [
    ["presence", "needs-presence"],
    ["roster", "needs-group"],
    ["authorize", "not-subscribed"],
    ["whitelist", "not-on-whitelist"],
  ];
  for (const [accessModel, why] of readers)
    it(`are read by who may (${accessModel})`, async () => {
      await make(alice, alice, { accessModel, rosterGroups: ["Friends"] });
      await one.nodes.publish(at(alice), alice, [item("1")]);
      const read = (by: UserId) => two.nodes.itemsOf(at(alice), by, ["1"]);

      await assert.rejects(read(bob), { why });
      if (accessModel === "presence" || accessModel === "roster") await shows(alice, bob, ["Friends"]);
      else if (accessModel === "whitelist") await one.nodes.affiliate(at(alice), alice, [[bob, "member"]]);
      else {
        assert.equal((await two.nodes.subscribe(at(alice), bob, bob)).state, "pending");
        await assert.rejects(read(bob), { why });
        await one.nodes.govern(at(alice), alice, [{ address: bob, account: bob, state: "subscribed" }]);
      }
      assert.equal((await read(bob)).length, 1);
      await assert.rejects(read(carol), { why });
    });

  it("tell their owners who subscribes, and nobody anything when they are silent", async () => {
    const [a, b] = [await listening(two, alice, []), await listening(one, bob, [])];
    await make(service, alice, { notifySub: true });
    await one.nodes.subscribe(at(service), bob, bob);
    await one.nodes.unsubscribe(at(service), bob, bob);
    await until(() => a.waiting === 2);
    assert.deepEqual(heard(a), ["subscription", "subscription"]);

    await one.nodes.subscribe(at(service), bob, bob);
    await one.nodes.configure(at(service), alice, { deliverNotifications: false });
    await one.nodes.publish(at(service), alice, [item("1")]);
    assert.equal(b.waiting, 0);
    await one.nodes.configure(at(service), alice, { deliverNotifications: true });
    await one.nodes.publish(at(service), alice, [item("2")]);
    assert.deepEqual(heard(b), ["items 2"]);
  });

  it("are published to by who may", async () => {
    await make(service, alice);
    const publish = (by: UserId) => one.nodes.publish(at(service), by, [item("1")]);

    await assert.rejects(publish(bob), { why: "not-allowed" });
    await one.nodes.affiliate(at(service), alice, [[bob, "publish-only"]]);
    await publish(bob);
    await assert.rejects(one.nodes.itemsOf(at(service), bob, ["1"]), { why: "not-allowed" });
    await one.nodes.configure(at(service), alice, { publishModel: "subscribers" });
    await one.nodes.subscribe(at(service), carol, carol);
    await publish(carol);
    await one.nodes.affiliate(at(service), alice, [[carol, "outcast"]]);
    await assert.rejects(publish(carol), { why: "not-allowed" });
    await assert.rejects(one.nodes.affiliate(at(service), alice, [[alice, "none"]]), { why: "no-owner-left" });
  });

  it("have bounds, with refusals of their own", async () => {
    await make(service, alice, { maxPayloadSize: 10, maxItems: 1e9 });
    const publish = (...items: readonly ReturnType<typeof item>[]) => one.nodes.publish(at(service), alice, items);

    assert.equal((await one.nodes.find(at(service)))!.config.maxItems, 10_000);
    await assert.rejects(publish(item("1", "<toolong/>x")), { why: "payload-too-big" });
    await assert.rejects(publish(item("x".repeat(1001))), { why: "name-too-long" });
    await assert.rejects(make(service, bob), { why: "taken" });
    for (let n = 0; n < 500; n++) await one.nodes.create(at(bob, `n${n}`), bob, accountNode);
    await assert.rejects(one.nodes.create(at(bob, "more"), bob, accountNode), { why: "too-many-nodes" });
    await assert.rejects(make(carol, bob), { why: "not-allowed" });
  });

  async function listening(
    core: RunningCore,
    user: UserId,
    names: readonly string[],
    device = "phone",
  ): Promise<Session> {
    const session = await core.sessions.attach({
      user,
      device: `xmpp:${device}` as DeviceId,
      echo: "rooms",
      durable: false,
      rememberMs: 0,
      wake: () => undefined,
      ended: () => undefined,
    });
    const listener = { address: `${user}/${device}`, hears: () => true, wants: (name: string) => names.includes(name) };
    core.nodes.listen(session, listener);
    return session;
  }

  function heard(session: Session): string[] {
    return session.take(9).map(({ event }) => {
      const { news } = event as NodeSignal;
      if (news.what === "items") return `items ${news.items.map(({ id }) => id).join()}`;
      return news.what === "retracted" ? `retracted ${news.ids.join()}` : news.what;
    });
  }
});
