import assert from "node:assert/strict";
import { randomFillSync } from "node:crypto";
import { directOf, type MessageId } from "../../model/ids.ts";
import { uuidv7Source } from "../../model/uuid.ts";
import type { ArchivePage, ArchiveQuery, Store } from "../../store/store.ts";
import { append, bodies, draft, freshMid, plain, type Tenant, tenant } from "./builders.ts";

/** A node's ids, which only ascend. */
const newIds = () => uuidv7Source((into) => randomFillSync(into));
const noon = 1_600_000_000_000;

const whole = { fromEnd: false, limit: 100, counted: false } as const;

/** Alice talks to Bob and Carol by turns, a minute apart: `b0`, `c1`, `b2` … Returns the ids. */
async function talk(store: Store, at: Tenant, count: number): Promise<readonly MessageId[]> {
  const mids: MessageId[] = [];
  const uuidv7 = newIds();
  for (let n = 0; n < count; n++) {
    const [peer, name] = n % 2 === 0 ? [at.bob, "b"] : [at.carol, "c"];
    const mid = uuidv7(noon + n * 60_000);
    const when = noon + n * 60_000;
    await append(store, draft(at, { conversation: directOf(at.alice, peer), mid, at: when, body: `${name}${n}` }));
    mids.push(mid);
  }
  return mids;
}

function said(page: ArchivePage | undefined): string {
  return bodies(page!.entries).join(" ");
}

export function archiveTests(use: () => Store): void {
  const alices = (at: Tenant, query: Partial<ArchiveQuery> = {}): Promise<ArchivePage | undefined> =>
    use().archive({ of: { account: at.alice }, ...whole, ...query });
  const ofDirect = (at: Tenant, query: Partial<ArchiveQuery> = {}): Promise<ArchivePage | undefined> =>
    use().archive({ of: { conversation: at.direct }, ...whole, ...query });

  describe("an archive", () => {
    it("of an account merges its direct conversations, and nobody else's, in the order of the ids", async () => {
      const at = tenant();
      await talk(use(), at, 5);
      await append(use(), draft(at, { conversation: directOf(at.bob, at.carol), author: at.bob, body: "not hers" }));

      const page = await alices(at, { counted: true });

      assert.equal(said(page), "b0 c1 b2 c3 b4");
      assert.deepEqual([page!.more, page!.count], [false, 5]);
      assert.equal(said(await use().archive({ of: { account: at.carol }, ...whole })), "c1 c3 not hers");
    });

    it("is empty for an account that never talked, and for a conversation that is not there", async () => {
      const at = tenant();

      assert.deepEqual(plain(await alices(at)), { entries: [], more: false });
      assert.equal((await ofDirect(at, { counted: true }))!.count, 0);
    });

    it("is read in pages from the beginning, each going on where the last one ended", async () => {
      const at = tenant();
      const mids = await talk(use(), at, 40);

      const first = await alices(at, { limit: 15 });
      const second = await alices(at, { limit: 15, pageAfter: mids[14]! });
      const third = await alices(at, { limit: 15, pageAfter: mids[29]! });

      const all = [first, second, third].flatMap((page) => page!.entries.map((entry) => entry.mid));
      assert.deepEqual(all, mids);
      assert.deepEqual([first!.more, second!.more, third!.more], [true, true, false]);
    });

    it("is read in pages from the end", async () => {
      const at = tenant();
      const mids = await talk(use(), at, 40);

      const last = await alices(at, { limit: 15, fromEnd: true, counted: true });
      const before = await alices(at, { limit: 30, fromEnd: true, pageBefore: mids[25]! });

      assert.deepEqual(
        last!.entries.map((entry) => entry.mid),
        mids.slice(25),
      );
      assert.deepEqual([last!.more, last!.count], [true, 40]);
      assert.deepEqual(
        before!.entries.map((entry) => entry.mid),
        mids.slice(0, 25),
      );
      assert.equal(before!.more, false);
    });

    it("is narrowed by time, both ends included", async () => {
      const at = tenant();
      await talk(use(), at, 10);
      const time = { start: noon + 3 * 60_000, end: noon + 6 * 60_000 };

      assert.equal(said(await alices(at, time)), "c3 b4 c5 b6");
      assert.equal(said(await ofDirect(at, time)), "b4 b6");
      assert.equal(said(await alices(at, { start: noon + 3 * 60_000 + 1, counted: true })), "b4 c5 b6 c7 b8 c9");
      assert.equal((await alices(at, { ...time, limit: 1, counted: true }))!.count, 4);
      assert.equal((await ofDirect(at, { ...time, limit: 1, counted: true }))!.count, 2);
      assert.equal(said(await alices(at, { start: noon + 60 * 60_000 })), "");
      assert.equal(said(await ofDirect(at, { end: noon - 1 })), "");
    });

    it("is narrowed by ids, neither end included, and the count keeps to that", async () => {
      const at = tenant();
      const mids = await talk(use(), at, 10);

      const between = await alices(at, { after: mids[2]!, before: mids[7]!, limit: 2, counted: true });
      const one = await ofDirect(at, { after: mids[2]!, before: mids[8]!, fromEnd: true, limit: 1, counted: true });

      assert.deepEqual([said(between), between!.more, between!.count], ["c3 b4", true, 4]);
      assert.deepEqual([said(one), one!.more, one!.count], ["b6", true, 2]);
    });

    it("of one conversation goes by its seq, whatever the ids say", async () => {
      const at = tenant();
      const [early, late] = [newIds()(noon + 1), newIds()(noon + 2)];
      await append(use(), draft(at, { mid: late, body: "one" }));
      await append(use(), draft(at, { mid: early, body: "two" }));

      assert.equal(said(await ofDirect(at)), "one two");
      assert.equal(said(await ofDirect(at, { pageAfter: late })), "two");
    });

    it("of an account goes by the ids, in whatever order they came", async () => {
      const at = tenant();
      const uuidv7 = newIds();
      const mids = Array.from({ length: 24 }, (_, n) => uuidv7(noon + n * 60_000));
      // A clock was set back twice; Carol heard nothing of it.
      const came = [4, 5, 6, 7, 12, 13, 0, 1, 2, 3, 14, 15, 16, 17, 8, 9, 10, 11, 18, 19, 20, 21, 22, 23];
      const peer = (n: number) => (n % 3 === 0 && n > 12 ? at.carol : at.bob);
      for (const n of came) {
        const conversation = directOf(at.alice, peer(n));
        await append(use(), draft(at, { conversation, mid: mids[n]!, at: noon + n * 60_000, body: `${n}` }));
      }

      const whole = await alices(at, { counted: true });
      assert.deepEqual(
        bodies(whole!.entries),
        mids.map((_, n) => `${n}`),
      );
      for (const n of [0, 3, 7, 8, 13, 15, 22]) {
        const behind = await alices(at, { pageAfter: mids[n]!, limit: 5 });
        const ahead = await alices(at, { pageBefore: mids[n]!, limit: 5, fromEnd: true });
        const found = await alices(at, { after: mids[n]!, limit: 1, counted: true });
        assert.deepEqual(
          behind!.entries.map(({ mid }) => mid),
          mids.slice(n + 1, n + 6),
        );
        assert.deepEqual(
          ahead!.entries.map(({ mid }) => mid),
          mids.slice(Math.max(0, n - 5), n),
        );
        assert.equal(found!.count, mids.length - n - 1);
      }
      const time = { start: noon + 9 * 60_000, end: noon + 18 * 60_000 };
      assert.equal(said(await alices(at, time)), "9 10 11 12 13 14 15 16 17 18");
    });

    it("gives exactly the entries that are named", async () => {
      const at = tenant();
      const mids = await talk(use(), at, 6);

      assert.equal(said(await alices(at, { ids: [mids[4]!, mids[1]!] })), "c1 b4");
      assert.equal(said(await ofDirect(at, { ids: [mids[4]!, mids[2]!] })), "b2 b4");
    });

    it("knows no entry that is not in it", async () => {
      const at = tenant();
      const mids = await talk(use(), at, 4);
      const [others] = await append(use(), draft(at, { conversation: directOf(at.bob, at.carol), author: at.bob }));
      assert.ok(others?.outcome === "new");

      for (const unknown of [freshMid(), others.envelope.mid]) {
        assert.equal(await alices(at, { pageAfter: unknown }), undefined);
        assert.equal(await alices(at, { pageBefore: unknown, fromEnd: true }), undefined);
        assert.equal(await alices(at, { ids: [mids[0]!, unknown] }), undefined);
        assert.equal(await alices(at, { after: unknown }), undefined);
        assert.equal(await ofDirect(at, { before: unknown }), undefined);
      }
      assert.equal(await ofDirect(at, { ids: [mids[1]!] }), undefined);
    });

    it("leaves out conversations, or all but some", async () => {
      const at = tenant();
      await talk(use(), at, 4);

      assert.equal(said(await alices(at, { but: [at.direct] })), "c1 c3");
      assert.equal(said(await alices(at, { only: [at.direct] })), "b0 b2");
      assert.equal(said(await alices(at, { only: [] })), "");
    });

    it("holds a room's messages and subjects, and not who came and went", async () => {
      const at = tenant();
      for (const kind of ["message", "membership", "subject", "pin", "call"] as const)
        await append(use(), draft(at, { conversation: at.lobby, kind, body: kind }));

      const page = await use().archive({ of: { conversation: at.lobby }, ...whole, counted: true });

      assert.deepEqual([said(page), page!.count], ["message subject call", 3]);
    });

    it("holds every message once, in order, however it is paged", async () => {
      const at = tenant();
      const mids = await talk(use(), at, 23);

      for (const limit of [1, 2, 3, 7, 22, 23]) {
        const forth: MessageId[] = [];
        for (let more = true; more;) {
          const page = await alices(at, { limit, pageAfter: forth.at(-1) });
          forth.push(...page!.entries.map((entry) => entry.mid));
          more = page!.more;
        }
        const back: MessageId[] = [];
        for (let more = true; more;) {
          const page = await alices(at, { limit, pageBefore: back[0], fromEnd: true });
          back.unshift(...page!.entries.map((entry) => entry.mid));
          more = page!.more;
        }
        assert.deepEqual(forth, mids, `forward, ${limit} at a time`);
        assert.deepEqual(back, mids, `backward, ${limit} at a time`);
      }
    });
  });
}
