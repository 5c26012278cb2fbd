import assert from "node:assert/strict";
import type { Account, Contact, ScramKeys } from "../../model/account.ts";
import { userOf, type UserId } from "../../model/ids.ts";
import type { Store } from "../../store/store.ts";
import { append, batch, draft, phone, plain, publication, record, sensor, seqs, tenant } from "./builders.ts";

const keys: ScramKeys = { salt: "c2FsdA==", iterations: 10_000, storedKey: "a2V5", serverKey: "a2V5" };

function account(user: UserId, over: Partial<Account> = {}): Account {
  return { user, keys: { "SHA-1": keys, "SHA-256": keys }, createdAt: 5, ...over };
}

function contact(owner: UserId, other: UserId, over: Partial<Contact> = {}): Contact {
  return { owner, contact: other, groups: [], subscription: "none", ask: false, pendingIn: false, ...over };
}

export function accountTests(use: () => Store): void {
  describe("an account", () => {
    it("is created once, and found", async () => {
      const at = tenant();

      const made = await Promise.all([use().createAccount(account(at.alice)), use().createAccount(account(at.alice))]);

      assert.deepEqual([...made].sort(), [false, true]);
      assert.deepEqual(await use().account(at.alice), account(at.alice));
      assert.equal(await use().account(at.bob), undefined);
    });

    it("gets new keys", async () => {
      const at = tenant();
      await use().createAccount(account(at.alice));
      const changed = account(at.alice, { keys: { "SHA-1": { ...keys, salt: "eA==" }, "SHA-256": keys } });

      const updated = [await use().updateAccount(changed), await use().updateAccount(account(at.bob))];

      assert.deepEqual(updated, [true, false]);
      assert.deepEqual(await use().account(at.alice), changed);
    });

    it("is listed in pages, by name", async () => {
      const at = tenant();
      // Sorts before every other test's accounts.
      const users = ["!b", "!a", "!c"].map((name) => userOf(name, at.host));
      for (const user of users) await use().createAccount(account(user));

      const all: UserId[] = [];
      for (let page = await use().accounts(2); page.length > 0; page = await use().accounts(2, all.at(-1))) {
        all.push(...page.map((one) => one.user));
      }

      assert.deepEqual(
        all.filter((user) => users.includes(user)),
        ["!a", "!b", "!c"].map((name) => userOf(name, at.host)),
      );
      assert.equal(new Set(all).size, all.length);
      assert.deepEqual(all, [...all].sort());
    });

    it("is removed with its devices, contacts and memberships; its messages stay", async () => {
      const at = tenant();
      const room = { id: at.lobby, title: "", open: true, listed: true, createdAt: 1, createdBy: at.alice };
      await use().createAccount(account(at.bob));
      await use().createRoom(room, at.alice);
      await use().putMember(at.lobby, at.bob, "member", true);
      await use().putDevice(record(at));
      await use().putContact(contact(at.bob, at.alice));
      await use().putContact(contact(at.alice, at.bob, { subscription: "both" }));
      await use().putContact(contact(at.alice, at.carol));
      const owed = { user: at.bob, device: sensor, qos: 1, retain: false } as const;
      await use().commit(
        batch({
          appends: [draft(at, { author: at.bob }), draft(at)],
          enqueues: [{ publication: publication(at), sessions: [owed] }],
          advances: [{ user: at.bob, device: phone, conversation: at.direct, seq: 1 }],
        }),
      );

      const removed = [await use().removeAccount(at.bob), await use().removeAccount(at.bob)];

      assert.deepEqual(removed, [true, false]);
      assert.equal(await use().account(at.bob), undefined);
      assert.equal(await use().device(at.bob, sensor), undefined);
      assert.deepEqual(await use().queued(at.bob, sensor, 0, 9), []);
      assert.deepEqual(await use().backlog(at.bob, phone), []);
      assert.deepEqual(await use().conversations(at.bob, 9), []);
      assert.equal(await use().member(at.lobby, at.bob), undefined);
      assert.deepEqual(await use().contacts(at.bob), []);
      assert.deepEqual(
        (await use().contacts(at.alice)).map((one) => one.contact),
        [at.carol],
      );
      assert.equal((await use().read(at.direct, 0, 9)).length, 2);
      assert.equal((await use().backlog(at.alice, phone))[0]?.head, 2);
    });

    it("of the same name later is owed only what is written to it from then on", async () => {
      const at = tenant();
      await use().createAccount(account(at.bob));
      await append(use(), draft(at), draft(at));
      await use().removeAccount(at.bob);
      await use().createAccount(account(at.bob));
      const before = await use().backlog(at.bob, phone);

      const appended = await append(use(), draft(at));

      assert.deepEqual(before, []);
      assert.deepEqual(seqs(appended), [3]);
      assert.deepEqual(plain(await use().backlog(at.bob, phone)), [
        plain({ conversation: at.direct, after: 2, head: 3 }),
      ]);
    });
  });

  describe("a contact", () => {
    it("is put, replaced, found and removed", async () => {
      const at = tenant();
      const full = contact(at.alice, at.bob, {
        name: 'Böb "x"\\',
        groups: ["a,b", '{"}', ""],
        subscription: "both",
        ask: true,
        pendingIn: true,
        approved: true,
      });
      await use().putContact(contact(at.alice, at.bob));
      await use().putContact(full);
      await use().putContact(contact(at.alice, at.carol));
      await use().putContact(contact(at.bob, at.alice));

      const found = await use().contact(at.alice, at.bob);
      const all = await use().contacts(at.alice);
      const removed = [await use().removeContact(at.alice, at.bob), await use().removeContact(at.alice, at.bob)];

      assert.deepEqual(plain(found), plain(full));
      assert.deepEqual(all.map((one) => one.contact).sort(), [at.bob, at.carol]);
      assert.deepEqual(removed, [4, undefined]);
      assert.equal(await use().contact(at.alice, at.bob), undefined);
      assert.equal((await use().contacts(at.bob)).length, 1);
    });
  });

  describe("a contact list", () => {
    it("tells what changed since a version of it, the last change of each line", async () => {
      const at = tenant();
      const versions = [
        await use().putContact(contact(at.alice, at.bob)),
        await use().putContact(contact(at.alice, at.carol)),
        await use().putContact(contact(at.alice, at.bob, { name: "Bob" })),
        await use().removeContact(at.alice, at.carol),
      ];
      await use().putContact(contact(at.bob, at.carol));

      assert.deepEqual(versions, [1, 2, 3, 4]);
      const changes = async (since: number | undefined): Promise<string> => {
        const { version, whole, changed } = await use().contactChanges(at.alice, since);
        const lines = changed.map(
          (one) => `${one.contact === at.bob ? "bob" : "carol"} ${one.line?.name ?? "-"} ${one.version}`,
        );
        return `${version} ${whole} ${lines.join(", ")}`;
      };
      assert.equal(await changes(undefined), "4 true bob Bob 3");
      assert.equal(await changes(99), "4 true bob Bob 3");
      assert.equal(await changes(4), "4 false ");
      assert.equal(await changes(3), "4 false carol - 4");
      assert.equal(await changes(1), "4 false bob Bob 3, carol - 4");
      await use().putContact(contact(at.alice, at.carol, { name: "C" }));
      assert.equal(await changes(3), "5 false carol C 5");
    });

    it("that nobody wrote to is empty, and has a version", async () => {
      const { alice } = tenant();

      const [whole, since] = [await use().contactChanges(alice, undefined), await use().contactChanges(alice, 0)];

      assert.deepEqual(plain(whole), plain({ version: 0, whole: true, changed: [] }));
      assert.deepEqual(plain(since), plain({ version: 0, whole: false, changed: [] }));
    });

    it("loses an account that is removed, as by a change", async () => {
      const at = tenant();
      await use().createAccount(account(at.bob));
      await use().putContact(contact(at.alice, at.bob));

      await use().removeAccount(at.bob);

      const { version, changed } = await use().contactChanges(at.alice, 1);
      assert.equal(version, 2);
      assert.deepEqual(
        changed.map((one) => [one.contact, one.line]),
        [[at.bob, undefined]],
      );
    });
  });

  describe("account data", () => {
    it("is put, replaced, listed by the beginning of its name, and removed", async () => {
      const at = tenant();
      await use().putDatum(at.alice, "card", "old");
      await use().putDatum(at.alice, "card", "<b>'\u0000'</b>");
      await use().putDatum(at.alice, "private_two", "2");
      await use().putDatum(at.alice, "private%one", "1");
      await use().putDatum(at.alice, "private%", "");
      await use().putDatum(at.bob, "card", "his");

      assert.equal(await use().datum(at.alice, "card"), "<b>'\u0000'</b>");
      assert.equal(await use().datum(at.alice, "none"), undefined);
      assert.deepEqual(plain(await use().data(at.alice, "private", 9)), [
        { name: "private%", value: "" },
        { name: "private%one", value: "1" },
        { name: "private_two", value: "2" },
      ]);
      assert.equal((await use().data(at.alice, "private", 1)).length, 1);
      assert.equal((await use().data(at.alice, "private%o", 9)).length, 1);
      await use().putDatum(at.alice, "card", undefined);
      await use().putDatum(at.alice, "card", undefined);
      assert.equal(await use().datum(at.alice, "card"), undefined);
    });

    it("goes with its account", async () => {
      const at = tenant();
      await use().createAccount(account(at.alice));
      await use().putDatum(at.alice, "card", "hers");

      await use().removeAccount(at.alice);

      assert.deepEqual(await use().data(at.alice, "", 9), []);
    });
  });

  describe("a secret", () => {
    it("is the first caller's, for all", async () => {
      const { host } = tenant();

      const values = await Promise.all(["one", "two", "three"].map((value) => use().secret(host, value)));
      const later = await use().secret(host, "four");

      assert.equal(new Set(values).size, 1);
      assert.equal(later, values[0]);
      assert.equal(await use().secret(`${host}/other`, "five"), "five");
    });
  });

  it("answers a ping", async () => {
    await use().ping();
  });
}
