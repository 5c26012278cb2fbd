import assert from "node:assert/strict";
import { directOf, roomOf, userOf } from "../../model/ids.ts";
import type { Store } from "../../store/store.ts";
import { append, appendMany, bodies, draft, plain, seqs, tenant } from "./builders.ts";

export function logTests(use: () => Store): void {
  describe("the log", () => {
    it("numbers each conversation densely from 1, in the order of the array", async () => {
      const at = tenant();
      const other = directOf(at.alice, at.carol);

      const first = await append(
        use(),
        draft(at),
        draft(at, { conversation: other }),
        draft(at),
        draft(at, { conversation: other }),
        draft(at),
      );
      const second = await append(use(), draft(at, { author: at.bob }));

      assert.deepEqual(seqs(first), [1, 1, 2, 2, 3]);
      assert.deepEqual(seqs(second), [4]);
      assert.deepEqual(await use().heads([other, at.direct, at.lobby]), [2, 4, 0]);
    });

    it("returns from every question the very envelope that the commit returned", async () => {
      const at = tenant();
      const said = draft(at, {
        originId: "o-1" as never,
        extensions: { xmpp: '<x xmlns="y">ü</x>', mqtt: "{}" },
        bytes: Buffer.from([0, 1, 255]),
      });

      const [result] = await append(use(), said);

      const envelope = { ...said, type: "entry", seq: 1 };
      assert.deepEqual(plain(result), plain({ outcome: "new", envelope }));
      assert.deepEqual(plain(await use().read(at.direct, 0, 10)), [plain(envelope)]);
      assert.deepEqual(plain(await use().readBefore(at.direct, 2, 10)), [plain(envelope)]);
      assert.deepEqual(plain(await use().find(at.direct, at.alice, "o-1" as never)), plain(envelope));
    });

    it("keeps any text and any bytes as they came", async () => {
      const at = tenant();
      const texts = ["", "a\u0000b", "\u0000", "\u001a0\u001a", "𝄞 ünï ﷽", "line\r\n\ttab", '\\x00 {"a",}', "'; --"];
      const blobs = [Buffer.alloc(0), Buffer.from([0]), Buffer.from("\\x00"), Buffer.alloc(70_000, 7)];

      await append(
        use(),
        ...texts.map((body) => draft(at, { body, extensions: { "a\u0000": body } })),
        ...blobs.map((bytes) => ({ ...draft(at), body: undefined, bytes })),
      );

      const read = await use().read(at.direct, 0, 100);
      assert.deepEqual(bodies(read).slice(0, texts.length), texts);
      assert.deepEqual(
        read.slice(0, texts.length).map((one) => one.extensions?.["a\u0000"]),
        texts,
      );
      assert.deepEqual(
        read.slice(texts.length).map((one) => [one.body, Buffer.from(one.bytes!)]),
        blobs.map((bytes) => [undefined, bytes]),
      );
    });

    it("keeps names with any characters", async () => {
      const at = tenant();
      const odd = draft(at, {
        conversation: roomOf("räum 'x' \u0000 {}\\", at.host),
        author: userOf('"älice",\u0000\u001a', at.host),
        device: "json:\u0000,\\" as never,
        originId: "\u0000{}'" as never,
      });

      await append(use(), odd);

      const [read] = await use().read(odd.conversation, 0, 1);
      assert.deepEqual(plain(read), plain({ ...odd, type: "entry", seq: 1 }));
      assert.deepEqual(plain(await use().find(odd.conversation, odd.author, odd.originId!)), plain(read));
    });

    it("keeps a body of a megabyte", async () => {
      const at = tenant();
      const body = "ü".repeat(512 * 1024);

      await append(use(), draft(at, { body }));

      assert.equal((await use().read(at.direct, 0, 1))[0]!.body, body);
    });

    it("takes a batch of 10,000 drafts", async () => {
      const at = tenant();

      const appended = await appendMany(use(), 10_000, () => draft(at));

      assert.deepEqual(
        seqs(appended),
        Array.from({ length: 10_000 }, (_, n) => n + 1),
      );
      assert.deepEqual(await use().heads([at.direct]), [10_000]);
      assert.equal((await use().read(at.direct, 9_998, 10)).length, 2);
    });

    it("reads pages forwards and backwards, ascending both ways", async () => {
      const at = tenant();
      let n = 0;
      await appendMany(use(), 10, () => draft(at, { body: String(++n) }));

      const pages = await Promise.all([
        use().read(at.direct, 0, 3),
        use().read(at.direct, 8, 3),
        use().read(at.direct, 10, 3),
        use().readBefore(at.direct, 11, 3),
        use().readBefore(at.direct, 3, 3),
        use().readBefore(at.direct, 1, 3),
        use().readBefore(at.direct, Number.MAX_SAFE_INTEGER, 2),
        use().read(at.lobby, 0, 3),
        use().readBefore(at.lobby, 5, 3),
      ]);

      assert.deepEqual(
        pages.map((page) => page.map((one) => one.seq)),
        [[1, 2, 3], [9, 10], [], [8, 9, 10], [1, 2], [], [9, 10], [], []],
      );
    });

    it("applies commits in the order of the calls", async () => {
      const at = tenant();

      const commits = Array.from({ length: 50 }, (_, n) => append(use(), draft(at, { body: String(n) })));
      await Promise.all(commits);

      const read = await use().read(at.direct, 0, 100);
      assert.deepEqual(
        bodies(read),
        Array.from({ length: 50 }, (_, n) => String(n)),
      );
    });

    it("takes an empty batch", async () => {
      assert.deepEqual(await append(use()), []);
    });

    it("shows what it committed to the next question", async () => {
      const at = tenant();
      for (let seq = 1; seq <= 20; seq++) {
        await append(use(), draft(at));
        assert.deepEqual(await use().heads([at.direct]), [seq]);
      }
    });
  });
}
