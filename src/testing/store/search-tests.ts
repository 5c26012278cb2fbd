import assert from "node:assert/strict";
import type { Envelope } from "../../model/event.ts";
import { directOf, type MessageId } from "../../model/ids.ts";
import { queryOf } from "../../model/words.ts";
import type { SearchQuery } from "../../store/search.ts";
import type { Store } from "../../store/store.ts";
import { append, bodies, draft, freshMid, type Tenant, tenant } from "./builders.ts";

export function searchTests(use: () => Store): void {
  const say = (at: Tenant, ...texts: readonly string[]) =>
    append(use(), ...texts.map((body) => draft(at, { body, mid: freshMid() })));
  const find = (of: SearchQuery["of"], text: string, over: Partial<SearchQuery> = {}) =>
    use().search({ words: queryOf(text), of, fromEnd: true, limit: 10, ...over });
  /** Asked until the index has come as far as the log, and the same all the while. */
  const found = async (of: SearchQuery["of"], text: string, over: Partial<SearchQuery> = {}) => {
    const at = bodies((await find(of, text, over)) ?? []);
    await new Promise((resolve) => setTimeout(resolve, 400));
    assert.deepEqual(bodies((await find(of, text, over)) ?? []), at, "found while and after it was indexed");
    return at;
  };

  describe("search", () => {
    it("finds the entries that hold every word, without case and accents, as soon as they are committed", async () => {
      const at = tenant();
      await say(at, "The pump in Hall 7 leaks", "the PUMP is well", "Müller fixed the pump in hall 7", "halls");
      const of = { conversation: at.direct };

      assert.deepEqual(await found(of, "pump 7 HALL"), ["The pump in Hall 7 leaks", "Müller fixed the pump in hall 7"]);
      assert.deepEqual(bodies((await find(of, "muller"))!), ["Müller fixed the pump in hall 7"]);
      assert.deepEqual(bodies((await find(of, "hal*"))!).length, 3);
      assert.deepEqual(bodies((await find(of, "hal"))!), []);
    });

    it("finds words of scripts without spaces, and takes nothing for an operator", async () => {
      const at = tenant();
      await say(at, "我明天去北京", "a OR b AND c", `quote " not '`, "NEAR(x y)", "\u0000nul \u001a sub");
      const of = { conversation: at.direct };

      assert.deepEqual(await found(of, "北京"), ["我明天去北京"]);
      for (const text of ["a or", "or c", 'quote"', "'not", "near(x", "y)", "nul", "sub"])
        assert.equal((await find(of, text))?.length, 1, text);
      assert.deepEqual(await find(of, "d OR a"), []);
    });

    it("looks through the direct conversations and joined rooms of an account, and no others", async () => {
      const at = tenant();
      const other = directOf(at.bob, at.carol);
      await use().createRoom(
        { id: at.lobby, title: "", open: true, listed: true, createdAt: 1, createdBy: at.bob },
        at.bob,
      );
      await say(at, "plan one");
      await append(
        use(),
        draft(at, { conversation: at.lobby, author: at.bob, body: "plan two", mid: freshMid() }),
        draft(at, { conversation: other, author: at.bob, body: "plan three", mid: freshMid() }),
      );

      assert.deepEqual(await found({ account: at.bob }, "plan"), ["plan one", "plan two", "plan three"]);
      assert.deepEqual(bodies((await find({ account: at.alice }, "plan"))!), ["plan one"]);
      await use().putMember(at.lobby, at.alice, "member", true);
      assert.deepEqual(bodies((await find({ account: at.alice }, "plan"))!), ["plan one", "plan two"]);
      await use().putMember(at.lobby, at.alice, "member", false);
      assert.deepEqual(bodies((await find({ account: at.alice }, "plan"))!), ["plan one"]);
      assert.deepEqual(bodies((await find({ conversation: at.lobby }, "plan"))!), ["plan two"]);
      assert.deepEqual(await find({ account: "nobody@nowhere" as never }, "plan"), []);
    });

    for (const name of ["of a conversation", "of an account"]) {
      it(`gives pages ${name} from either end`, async () => {
        const at = tenant();
        const stored = await say(at, ...Array.from({ length: 9 }, (_, n) => `${n % 2 === 0 ? "even" : "odd"} ${n}`));
        const mid = (n: number): MessageId => (stored[n] as { envelope: Envelope }).envelope.mid;
        const of = name.endsWith("conversation") ? { conversation: at.direct } : { account: at.alice };
        const page = (over: Partial<SearchQuery>) => found(of, "even", { limit: 2, ...over });

        assert.deepEqual(await page({}), ["even 6", "even 8"]);
        assert.deepEqual(await page({ before: mid(6) }), ["even 2", "even 4"]);
        assert.deepEqual(await page({ fromEnd: false }), ["even 0", "even 2"]);
        assert.deepEqual(await page({ fromEnd: false, after: mid(3) }), ["even 4", "even 6"]);
        assert.deepEqual(await page({ after: mid(0), before: mid(4) }), ["even 2"]);
        assert.equal(await find(of, "even", { before: freshMid() }), undefined);
      });
    }

    it("finds nothing of a room that was removed, in one made anew under its name either", async () => {
      const at = tenant();
      const room = { id: at.lobby, title: "", open: true, listed: true, createdAt: 1, createdBy: at.alice };
      await use().createRoom(room, at.alice);
      await append(use(), draft(at, { conversation: at.lobby, body: "secret plan" }));
      assert.deepEqual(await found({ account: at.alice }, "plan"), ["secret plan"]);

      await use().removeRoom(at.lobby);
      assert.deepEqual(await find({ account: at.alice }, "plan"), []);
      await use().createRoom(room, at.alice);
      await append(use(), draft(at, { conversation: at.lobby, body: "new plan" }));
      assert.deepEqual(await found({ account: at.alice }, "plan"), ["new plan"]);
    });

    it("comes up to a long log in slices", async () => {
      const at = tenant();
      for (let n = 0; n < 8; n++)
        await append(
          use(),
          ...Array.from({ length: 400 }, (_, m) =>
            draft(at, { body: `line ${n * 400 + m} ${m % 100 === 7 ? "needle" : "hay"}` }),
          ),
        );

      // The latest are found at once, all once they are indexed.
      const of = { conversation: at.direct };
      assert.equal((await find(of, "needle line", { limit: 3 }))!.at(-1)!.body, "line 3107 needle");
      for (let tries = 0; (await find(of, "needle", { limit: 100 }))!.length < 32; tries++) {
        assert.ok(tries < 100, "not indexed after 10 s");
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      assert.equal((await find(of, "needle 7", { limit: 100 }))!.length, 1);
    });
  });
}
