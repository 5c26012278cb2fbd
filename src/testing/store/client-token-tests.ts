import assert from "node:assert/strict";
import type { ScramKeys } from "../../model/account.ts";
import type { KeptTokens } from "../../store/client-tokens.ts";
import type { Store } from "../../store/store.ts";
import { tenant } from "./builders.ts";

const kept = (version: number, value = `v${version}`, expiresAt = 1_900_000_000_000 + version): KeptTokens => ({
  version,
  value,
  expiresAt,
});

export function clientTokenTests(use: () => Store): void {
  describe("the tokens of a client", () => {
    it("are kept, each change in the place of the one before", async () => {
      const { alice, bob } = tenant();
      assert.equal(await use().clientTokens(alice, "phone"), undefined);

      const put = [
        await use().putClientTokens(alice, "phone", kept(1, 'text with "quotes" and 🔑'), 9),
        await use().putClientTokens(alice, "phone", kept(2), 9),
      ];

      assert.deepEqual(put, [true, true]);
      assert.deepEqual(await use().clientTokens(alice, "phone"), kept(2));
      assert.equal(await use().clientTokens(alice, "pad"), undefined);
      assert.equal(await use().clientTokens(bob, "phone"), undefined);
    });

    it("are changed by one of two that began from the same", async () => {
      const { alice } = tenant();
      const puts = (version: number): Promise<boolean>[] =>
        ["a", "b", "c"].map((value) => use().putClientTokens(alice, "phone", kept(version, value), 9));

      for (const version of [1, 2]) {
        const outcomes = await Promise.all(puts(version));

        assert.deepEqual(outcomes.filter(Boolean), [true]);
        const value = ["a", "b", "c"][outcomes.indexOf(true)]!;
        assert.equal((await use().clientTokens(alice, "phone"))?.value, value);
      }
      assert.equal(await use().putClientTokens(alice, "phone", kept(2), 9), false, "an old version");
      assert.equal(await use().putClientTokens(alice, "pad", kept(2), 9), false, "nothing is there to change");
    });

    it("are those of the clients whose tokens last longest", async () => {
      const { alice, bob } = tenant();
      const ends = { old: 100, new: 300, mid: 200 };
      await use().putClientTokens(bob, "other", kept(1, "v", 1), 2);

      for (const [client, end] of Object.entries(ends))
        await use().putClientTokens(alice, client, kept(1, "v", end), 2);
      const before = await clients();
      // The one that was put last stays, whatever it is worth.
      await use().putClientTokens(alice, "least", kept(1, "v", 1), 2);

      async function clients(): Promise<string[]> {
        const names = ["old", "mid", "new", "least"];
        const found = await Promise.all(names.map((name) => use().clientTokens(alice, name)));
        return names.filter((_, at) => found[at] !== undefined);
      }
      assert.deepEqual(before, ["mid", "new"]);
      assert.deepEqual(await clients(), ["new", "least"]);
      assert.ok((await use().clientTokens(bob, "other")) !== undefined);
    });

    it("are removed, one client's or all, and begin anew", async () => {
      const { alice, bob } = tenant();
      for (const client of ["phone", "pad", "desk"]) await use().putClientTokens(alice, client, kept(1), 9);
      await use().putClientTokens(bob, "phone", kept(1), 9);

      await use().removeClientTokens(alice, "phone");

      assert.equal(await use().clientTokens(alice, "phone"), undefined);
      assert.deepEqual(await use().clientTokens(alice, "pad"), kept(1));
      assert.equal(await use().putClientTokens(alice, "phone", kept(1), 9), true);
      await use().removeClientTokens(alice, undefined);
      await use().removeClientTokens(alice, undefined);
      for (const client of ["phone", "pad", "desk"]) assert.equal(await use().clientTokens(alice, client), undefined);
      assert.deepEqual(await use().clientTokens(bob, "phone"), kept(1));
    });

    it("go with the account", async () => {
      const { alice } = tenant();
      const keys: ScramKeys = { salt: "c2FsdA==", iterations: 10_000, storedKey: "a2V5", serverKey: "a2V5" };
      await use().createAccount({ user: alice, keys: { "SHA-1": keys, "SHA-256": keys }, createdAt: 5 });
      await use().putClientTokens(alice, "phone", kept(1), 9);

      await use().removeAccount(alice);

      assert.equal(await use().clientTokens(alice, "phone"), undefined);
    });
  });
}
