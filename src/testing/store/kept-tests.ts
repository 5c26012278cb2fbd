import assert from "node:assert/strict";
import { topicLogOf } from "../../model/ids.ts";
import { queryOf } from "../../model/words.ts";
import type { TopicLog } from "../../store/kept.ts";
import type { Store } from "../../store/store.ts";
import { all, append, batch, bodies, draft, freshMid, origin, seqs, type Tenant, tenant } from "./builders.ts";

export function keptTests(use: () => Store): void {
  const say = (at: Tenant, topic: string, ...times: readonly number[]) =>
    append(
      use(),
      ...times.map((time) =>
        draft(at, { conversation: topicLogOf(topic, at.host), body: `v${time}`, at: time, mid: freshMid() }),
      ),
    );
  const logs = async (at: Tenant): Promise<readonly TopicLog[]> =>
    (await all(use().topicLogs())).filter(({ conversation }) => conversation.startsWith(`topic:${at.host}/`));

  describe("logs of topics", () => {
    it("are listed with where they begin and end", async () => {
      const at = tenant();
      await say(at, "a/b", 10, 20, 30);
      await say(at, "ü", 40);
      await append(use(), draft(at));

      const found = (await logs(at)).map(({ conversation, first, firstAt, head }) => [conversation, first, firstAt, head]); // prettier-ignore
      assert.deepEqual(found.toSorted(), [
        [topicLogOf("a/b", at.host), 1, 10, 3],
        [topicLogOf("ü", at.host), 1, 40, 1],
      ]);
    });

    it("lose their beginning by age and by number, a part at a time, and never their last entry", async () => {
      const at = tenant();
      const log = topicLogOf("t", at.host);
      await say(at, "t", 10, 20, 30, 40, 50);

      assert.equal(await use().prune(log, { before: 10, keep: 5, limit: 100 }), 0);
      assert.equal(await use().prune(log, { before: 41, keep: 5, limit: 2 }), 2);
      assert.deepEqual(bodies(await use().read(log, 0, 10)), ["v30", "v40", "v50"]);
      assert.equal(await use().prune(log, { before: 41, keep: 5, limit: 2 }), 2);
      assert.equal(await use().prune(log, { before: 99, keep: 5, limit: 2 }), 0);
      await say(at, "t", 60, 70);
      assert.equal(await use().prune(log, { before: 0, keep: 2, limit: 100 }), 1);
      assert.deepEqual(bodies(await use().read(log, 0, 10)), ["v60", "v70"]);
      assert.equal(await use().prune(topicLogOf("nowhere", at.host), { before: 99, keep: 1, limit: 9 }), 0);
    });

    it("go on with the next seq, and give what there is to whoever asks for what is gone", async () => {
      const at = tenant();
      const log = topicLogOf("t", at.host);
      await say(at, "t", 10, 20, 30);
      await use().prune(log, { before: 25, keep: 9, limit: 100 });

      assert.deepEqual(seqs(await say(at, "t", 40)), [4]);
      assert.deepEqual(await use().heads([log]), [4]);
      assert.deepEqual((await use().read(log, 0, 1)).map(({ seq }) => seq), [3]); // prettier-ignore
      assert.deepEqual((await use().readBefore(log, 4, 9)).map(({ seq }) => seq), [3]); // prettier-ignore
      assert.deepEqual(await use().readBefore(log, 3, 9), []);
      assert.deepEqual((await logs(at)).map(({ first, head }) => [first, head]), [[3, 4]]); // prettier-ignore
    });

    it("are not found by what they have lost", async () => {
      const at = tenant();
      const log = topicLogOf("t", at.host);
      await say(at, "t", 10, 20, 30);
      const find = async (text: string) =>
        bodies((await use().search({ words: queryOf(text), of: { conversation: log }, fromEnd: true, limit: 9 }))!);
      assert.deepEqual(await find("v10"), ["v10"]);
      await new Promise((resolve) => setTimeout(resolve, 400)); // indexed by now
      await use().prune(log, { before: 15, keep: 9, limit: 100 });

      assert.deepEqual([await find("v10"), await find("v20")], [[], ["v20"]]);
    });

    it("take a publication anew whose exchange is older than what is left of the log", async () => {
      const at = tenant();
      const conversation = topicLogOf("t", at.host);
      const held = { conversation, originId: origin("q2:1"), originReleased: true };
      await append(use(), draft(at, { ...held, body: "one", at: 10, mid: freshMid() }));
      await say(at, "t", 20);
      await use().prune(conversation, { before: 15, keep: 9, limit: 100 });

      const [again] = await append(use(), draft(at, { ...held, body: "other", at: 30, mid: freshMid() }));
      assert.deepEqual([again!.outcome, seqs([again!])], ["new", [3]]);
      await use().commit(batch({ releases: [{ author: at.alice, originId: origin("q2:1") }] }));
    });
  });
}
