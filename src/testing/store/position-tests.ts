import assert from "node:assert/strict";
import { directOf } from "../../model/ids.ts";
import type { Mark } from "../../model/event.ts";
import type { MarkAdvance, Store } from "../../store/store.ts";
import { append, appendMany, batch, draft, origin, phone, plain, sensor, tenant, type Tenant } from "./builders.ts";

/** Bob's, in his conversation with Alice. */
function bobs(at: Tenant, mark: Mark, seq: number, when = 5): MarkAdvance {
  return { user: at.bob, conversation: at.direct, mark, seq, at: when };
}

export function positionTests(use: () => Store): void {
  describe("a device's cursor", () => {
    it("moves forward and never back", async () => {
      const at = tenant();
      const to = (seq: number) => ({ user: at.bob, device: phone, conversation: at.direct, seq });

      const seen: number[] = [];
      for (const seq of [3, 1, 7, 7, 6]) {
        await use().commit(batch({ advances: [to(seq)] }));
        seen.push(await use().cursor(at.bob, phone, at.direct));
      }
      await use().commit(batch({ advances: [to(9), to(8)] }));

      assert.deepEqual(seen, [3, 3, 7, 7, 7]);
      assert.equal(await use().cursor(at.bob, phone, at.direct), 9);
    });

    it("is the account's delivered mark for a device unknown to the conversation, else 0", async () => {
      const at = tenant();
      const before = await use().cursor(at.bob, phone, at.direct);
      await use().commit(batch({ marks: [bobs(at, "delivered", 4)] }));
      const unknown = await use().cursor(at.bob, phone, at.direct);

      // Even 0 is a word of the device's own: nothing that another device took is taken here.
      await use().commit(batch({ advances: [{ user: at.bob, device: phone, conversation: at.direct, seq: 0 }] }));

      assert.deepEqual([before, unknown, await use().cursor(at.bob, phone, at.direct)], [0, 4, 0]);
      assert.equal(await use().cursor(at.bob, sensor, at.direct), 4);
    });

    it("is for a device that has listened since no further than the last entry from before", async () => {
      const at = tenant();
      const appends = [10, 20, 30].map((when) => draft(at, { at: when }));
      await use().commit(batch({ appends }));
      await use().commit(batch({ marks: [bobs(at, "delivered", 3)] }));
      const since = (when: number, device = phone) => use().cursor(at.bob, device, at.direct, when);

      const found = [await since(5), await since(20), await since(21), await since(31)];
      await use().commit(batch({ advances: [{ user: at.bob, device: sensor, conversation: at.direct, seq: 3 }] }));

      assert.deepEqual(found, [0, 1, 2, 3]);
      assert.equal(await since(5, sensor), 3, "its own place");
    });
  });

  describe("an account's marks", () => {
    it("move forward and never back; read implies delivered [P5]", async () => {
      const at = tenant();
      const seen: unknown[] = [];
      for (const [mark, seq, when] of [
        ["delivered", 3, 10],
        ["read", 2, 11],
        ["delivered", 1, 12],
        ["read", 5, 13],
        ["read", 4, 14],
        ["delivered", 6, 15],
      ] as const) {
        await use().commit(batch({ marks: [bobs(at, mark, seq, when)] }));
        const [one] = await use().marks(at.direct);
        seen.push([one!.user, one!.delivered, one!.read, one!.at]);
      }

      assert.deepEqual(seen, [
        [at.bob, 3, 0, 10],
        [at.bob, 3, 2, 11],
        [at.bob, 3, 2, 11],
        [at.bob, 5, 5, 13],
        [at.bob, 5, 5, 13],
        [at.bob, 6, 5, 15],
      ]);
    });

    it("are one for each member, and none before the first", async () => {
      const at = tenant();
      assert.deepEqual(await use().marks(at.direct), []);

      await use().commit(batch({ marks: [bobs(at, "read", 2), { ...bobs(at, "delivered", 1), user: at.alice }] }));
      await use().commit(batch({ marks: [{ ...bobs(at, "read", 0), user: at.carol }] }));

      const marks = await use().marks(at.direct);
      assert.deepEqual(marks.map((one) => one.user).sort(), [at.alice, at.bob]);
    });
  });

  describe("a device's backlog", () => {
    it("is the conversations in which it is behind, and from where", async () => {
      const at = tenant();
      const other = directOf(at.bob, at.carol);
      await appendMany(use(), 3, () => draft(at));
      await appendMany(use(), 2, () => draft(at, { conversation: other, author: at.carol }));

      const fresh = await use().backlog(at.bob, phone);
      await use().commit(
        batch({
          advances: [
            { user: at.bob, device: phone, conversation: at.direct, seq: 2 },
            { user: at.bob, device: phone, conversation: other, seq: 2 },
          ],
        }),
      );

      assert.deepEqual(new Set(fresh.map((one) => plain(one))).size, 2, "both conversations");
      assert.deepEqual(plain(await use().backlog(at.bob, phone)), [
        plain({ conversation: at.direct, after: 2, head: 3 }),
      ]);
      assert.equal((await use().backlog(at.bob, sensor)).length, 2);
      assert.deepEqual(plain(await use().backlog(at.alice, phone)), [
        plain({ conversation: at.direct, after: 0, head: 3 }),
      ]);
    });

    it("of a device unknown to the conversation begins at the account's delivered mark", async () => {
      const at = tenant();
      await appendMany(use(), 3, () => draft(at));
      await use().commit(
        batch({
          marks: [bobs(at, "delivered", 2)],
          advances: [{ user: at.bob, device: phone, conversation: at.direct, seq: 1 }],
        }),
      );

      assert.deepEqual(plain(await use().backlog(at.bob, sensor)), [
        plain({ conversation: at.direct, after: 2, head: 3 }),
      ]);
      assert.deepEqual(plain(await use().backlog(at.bob, phone)), [
        plain({ conversation: at.direct, after: 1, head: 3 }),
      ]);
    });

    it("is empty for an account that nobody has written to", async () => {
      assert.deepEqual(await use().backlog(tenant().bob, phone), []);
    });

    it("holds a conversation with oneself once", async () => {
      const at = tenant();
      const self = directOf(at.alice, at.alice);
      await append(use(), draft(at, { conversation: self }));

      assert.deepEqual(plain(await use().backlog(at.alice, phone)), [plain({ conversation: self, after: 0, head: 1 })]);
    });

    it("does not begin with a draft that was refused", async () => {
      const at = tenant();
      await append(use(), draft(at, { originId: origin("o") }), draft(at, { originId: origin("o"), body: "other" }));

      assert.deepEqual(plain(await use().backlog(at.bob, phone)), [
        plain({ conversation: at.direct, after: 0, head: 1 }),
      ]);
    });
  });

  describe("an account's conversations", () => {
    it("are its directs and joined rooms, latest first, with marks", async () => {
      const at = tenant();
      const other = directOf(at.bob, at.carol);
      const room = { id: at.lobby, title: "", open: true, listed: true, createdAt: 1, createdBy: at.bob };
      await use().createRoom(room, at.bob);
      await append(use(), draft(at, { at: 100 }), draft(at, { at: 50, conversation: other, author: at.carol }));
      await use().commit(
        batch({ marks: [bobs(at, "read", 1, 7), { ...bobs(at, "delivered", 1, 8), user: at.alice }] }),
      );

      const listed = await use().conversations(at.bob, 10);

      assert.deepEqual(
        listed.map(({ conversation, head, lastAt }) => [conversation, head, lastAt]),
        [
          [at.direct, 1, 100],
          [other, 1, 50],
          [at.lobby, 0, 0],
        ],
      );
      assert.deepEqual(
        new Set(listed[0]!.marks.map((one) => `${one.user} ${one.delivered} ${one.read} ${one.at}`)),
        new Set([`${at.bob} 1 1 7`, `${at.alice} 1 0 8`]),
      );
      assert.deepEqual(
        (await use().conversations(at.bob, 1)).map((one) => one.conversation),
        [at.direct],
      );
    });

    it("hold only the account's own marks of a room, however many members it has", async () => {
      const at = tenant();
      const room = { id: at.lobby, title: "", open: true, listed: true, createdAt: 1, createdBy: at.bob };
      await use().createRoom(room, at.bob);
      const inRoom = { conversation: at.lobby };
      await append(use(), draft(at, inRoom));
      await use().commit(
        batch({
          marks: [
            { ...bobs(at, "read", 1), ...inRoom },
            { ...bobs(at, "read", 1), ...inRoom, user: at.alice },
          ],
        }),
      );

      const [listed] = await use().conversations(at.bob, 10);

      assert.deepEqual(
        listed!.marks.map((one) => one.user),
        [at.bob],
      );
    });
  });
}
