import assert from "node:assert/strict";
import { accountNode, type NodeConfig, type NodeItem, type NodeSubscription, type PubNode } from "../../model/node.ts";
import type { UserId } from "../../model/ids.ts";
import type { ItemQuery } from "../../store/nodes.ts";
import type { Store } from "../../store/store.ts";
import { type Tenant, tenant } from "./builders.ts";

const keys = { salt: "c2FsdA==", iterations: 10_000, storedKey: "a2V5", serverKey: "a2V5" };

function node(at: Tenant, name: string, config: Partial<NodeConfig> = {}): PubNode {
  return { owner: at.alice, name, config: { ...accountNode, ...config }, createdAt: 5, createdBy: at.alice };
}

function item(at: Tenant, id: string, payload = `<p>${id}</p>`): NodeItem {
  return { id, publisher: at.alice, at: 7, payload };
}

function subscription(account: UserId, over: Partial<NodeSubscription> = {}): NodeSubscription {
  return { address: account, account, state: "subscribed", id: "s1", deliver: true, ...over };
}

export function pubNodeTests(use: () => Store): void {
  const put = (at: Tenant, name: string, keep: number, ...ids: readonly string[]) =>
    use().putItems(at.alice, name, ids.map((id) => item(at, id)), keep); // prettier-ignore
  const ids = async (at: Tenant, name: string, query: Partial<ItemQuery> = {}) => {
    const page = await use().nodeItems(at.alice, name, { limit: 100, fromEnd: false, ...query });
    return page && [page.items.map(({ id }) => id).join(" "), page.index, page.count];
  };

  describe("a node", () => {
    it("is made once, with its maker as its owner, found and listed", async () => {
      const at = tenant();

      const made = [await use().createNode(node(at, "b")), await use().createNode(node(at, "b", { title: "other" }))];
      await use().createNode(node(at, "a\u0000ü", { title: "t\u0000" }));

      assert.deepEqual(made, [true, false]);
      assert.deepEqual(await use().node(at.alice, "b"), node(at, "b"));
      assert.equal(await use().node(at.bob, "b"), undefined);
      assert.deepEqual(await use().nodes(at.alice, 10), [node(at, "a\u0000ü", { title: "t\u0000" }), node(at, "b")]);
      assert.equal((await use().nodes(at.alice, 1)).length, 1);
      const owner = { node: "b", address: at.alice, account: at.alice, affiliation: "owner", subscription: undefined };
      assert.deepEqual(await use().nodeMembers(at.alice, "b"), [owner]);
    });

    it("gets another config, and lets go of what is too much for it", async () => {
      const at = tenant();
      await use().createNode(node(at, "n"));
      await put(at, "n", 9, "1", "2", "3");

      const updated = await use().updateNode(node(at, "n", { maxItems: 2, title: "new" }));

      assert.deepEqual(await ids(at, "n"), ["2 3", 0, 2]);
      assert.equal((await use().node(at.alice, "n"))!.config.title, "new");
      await use().updateNode(node(at, "n", { persistItems: false }));
      assert.deepEqual(await ids(at, "n"), ["", 0, 0]);
      assert.deepEqual([updated, await use().updateNode(node(at, "none"))], [true, false]);
    });

    it("is removed with its items and members", async () => {
      const at = tenant();
      await use().createNode(node(at, "n"));
      await put(at, "n", 9, "1");
      await use().putNodeSubscription(at.alice, "n", subscription(at.bob));

      assert.equal(await use().removeNode(at.alice, "n"), true);
      assert.equal(await use().removeNode(at.alice, "n"), false);

      await use().createNode(node(at, "n"));
      assert.deepEqual(await ids(at, "n"), ["", 0, 0]);
      assert.deepEqual(await use().nodeMemberships(at.alice, at.bob), []);
      assert.deepEqual(await use().nodeUse(at.alice), { nodes: 1, items: 0, bytes: 0 });
    });

    it("goes with its owner's account, and an account's lines with that account", async () => {
      const at = tenant();
      for (const user of [at.alice, at.bob])
        await use().createAccount({ user, keys: { "SHA-1": keys, "SHA-256": keys }, createdAt: 5 });
      await use().createNode(node(at, "n"));
      await use().createNode({ ...node(at, "m"), owner: `pubsub.${at.host}`, createdBy: at.bob });
      await use().putNodeSubscription(`pubsub.${at.host}`, "m", subscription(at.alice));

      await use().removeAccount(at.alice);

      assert.equal(await use().node(at.alice, "n"), undefined);
      assert.deepEqual((await use().nodeMembers(`pubsub.${at.host}`, "m")).map(({ address }) => address), [at.bob]); // prettier-ignore
    });
  });

  describe("the items of a node", () => {
    it("are kept in the order of their publication, one of each id, and not more than may be", async () => {
      const at = tenant();
      await use().createNode(node(at, "n"));

      await put(at, "n", 3, "1", "2", "3");
      await use().putItems(at.alice, "n", [item(at, "1", "anew \u0000")], 3);
      assert.deepEqual(await ids(at, "n"), ["2 3 1", 0, 3]);
      await put(at, "n", 3, "4");

      assert.deepEqual(await ids(at, "n"), ["3 1 4", 0, 3]);
      assert.deepEqual(await use().nodeItem(at.alice, "n", "1"), item(at, "1", "anew \u0000"));
      assert.equal(await use().nodeItem(at.alice, "n", "2"), undefined);
      assert.equal(await put(at, "none", 3, "1"), false);
      const bytes = Buffer.byteLength("<p>3</p>") * 2 + Buffer.byteLength("anew \u0000");
      assert.deepEqual(await use().nodeUse(at.alice), { nodes: 1, items: 3, bytes });
    });

    it("are read in pages from either end", async () => {
      const at = tenant();
      await use().createNode(node(at, "n"));
      await put(at, "n", 9, "1", "2", "3", "4", "5");

      assert.deepEqual(await ids(at, "n", { limit: 2 }), ["1 2", 0, 5]);
      assert.deepEqual(await ids(at, "n", { limit: 2, after: "2" }), ["3 4", 2, 5]);
      assert.deepEqual(await ids(at, "n", { limit: 2, fromEnd: true }), ["4 5", 3, 5]);
      assert.deepEqual(await ids(at, "n", { limit: 2, fromEnd: true, before: "4" }), ["2 3", 1, 5]);
      assert.deepEqual(await ids(at, "n", { limit: 9, after: "1", before: "4" }), ["2 3", 1, 5]);
      assert.equal(await ids(at, "n", { after: "none" }), undefined);
      assert.deepEqual((await ids(at, "none"))?.[0], "");
    });

    it("are removed one by one, and all together", async () => {
      const at = tenant();
      await use().createNode(node(at, "n"));
      await put(at, "n", 9, "1", "2", "3");

      const removed = [await use().removeItem(at.alice, "n", "2"), await use().removeItem(at.alice, "n", "2")];
      assert.deepEqual(
        [removed, await ids(at, "n")],
        [
          [true, false],
          ["1 3", 0, 2],
        ],
      );
      await use().purgeNode(at.alice, "n");

      assert.deepEqual(await ids(at, "n"), ["", 0, 0]);
    });

    it("are asked for by the last of many nodes", async () => {
      const at = tenant();
      await use().createNode(node(at, "n"));
      await use().createNode(node(at, "m"));
      await use().createNode({ ...node(at, "n"), owner: at.bob });
      await put(at, "n", 9, "1", "2");
      await use().putItems(at.bob, "n", [item(at, "b")], 9);

      const last = await use().lastItems([at.alice, at.bob, at.carol], ["n", "m", "x"]);

      const found = last.map(({ node: { owner, name }, item: { id } }) => [owner, name, id]);
      assert.deepEqual(found.toSorted(), [[at.alice, "n", "2"], [at.bob, "n", "b"]].toSorted()); // prettier-ignore
      assert.deepEqual(await use().lastItems([], ["n"]), []);
    });
  });

  describe("the members of a node", () => {
    it("have an affiliation by account and a subscription by address, and are gone when they have neither", async () => {
      const at = tenant();
      await use().createNode(node(at, "n"));
      const phone = subscription(at.bob, { address: `${at.bob}/phone`, id: "s2", state: "pending" });

      await use().putNodeSubscription(at.alice, "n", subscription(at.bob));
      await use().putNodeSubscription(at.alice, "n", phone);
      await use().putNodeAffiliation(at.alice, "n", at.bob, "publisher");

      const lines = async () =>
        (await use().nodeMemberships(at.alice, at.bob)).map((each) => [each.address, each.affiliation, each.subscription?.id]); // prettier-ignore
      assert.deepEqual(await lines(), [[at.bob, "publisher", "s1"], [`${at.bob}/phone`, "none", "s2"]]); // prettier-ignore
      assert.deepEqual((await use().nodeMembers(at.alice, "n")).at(-1)!.subscription, phone);
      assert.equal(await use().removeNodeSubscription(at.alice, "n", phone.address), true);
      assert.equal(await use().removeNodeSubscription(at.alice, "n", phone.address), false);
      await use().putNodeAffiliation(at.alice, "n", at.bob, "none");
      assert.deepEqual(await lines(), [[at.bob, "none", "s1"]]);
      await use().removeNodeSubscription(at.alice, "n", at.bob);
      assert.deepEqual(await lines(), []);
      const nowhere = [
        await use().putNodeAffiliation(at.alice, "none", at.bob, "member"),
        await use().putNodeSubscription(at.alice, "none", subscription(at.bob)),
      ];
      assert.deepEqual(nowhere, [false, false]);
    });
  });
}
