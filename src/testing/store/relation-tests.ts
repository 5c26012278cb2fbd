import assert from "node:assert/strict";
import type { DatedDraft, Envelope, Relation, Target } from "../../model/event.ts";
import type { Store } from "../../store/store.ts";
import { append, batch, draft, freshMid, origin, plain, seqs, tenant, type Tenant } from "./builders.ts";

/** Alice's message and what she says about it, in batches of one. */
async function said(store: Store, at: Tenant, over: Partial<DatedDraft> = {}): Promise<Envelope> {
  const [result] = await append(store, draft(at, over));
  assert.equal(result!.outcome, "new");
  return (result as { envelope: Envelope }).envelope;
}

function about({ seq, mid, author }: Envelope, more: Relation = {}): { readonly relation: Relation } {
  return { relation: { target: { seq, mid, author } satisfies Target, ...more } };
}

export function relationTests(use: () => Store): void {
  describe("entries about others", () => {
    it("keep their relation, and are found by their name in their conversation alone", async () => {
      const at = tenant();
      const first = await said(use(), at);
      const reply = draft(at, { author: at.bob, ...about(first, { thread: "t\u0000", emojis: ["👍"], reason: "ü" }) });

      await append(use(), reply);

      const [, read] = await use().read(at.direct, 0, 10);
      assert.deepEqual(plain(read), plain({ ...reply, type: "entry", seq: 2 }));
      assert.deepEqual(plain(await use().entry(at.direct, reply.mid)), plain(read));
      assert.equal(await use().entry(at.lobby, reply.mid), undefined);
      assert.equal(await use().entry(at.direct, freshMid()), undefined);
    });

    it("keep where a forwarded message comes from, and tell two such apart", async () => {
      const at = tenant();
      const forwarded = { from: at.bob, at: 7, body: "theirs\u0000", claimed: true } as const;
      const says = (relation: Relation): DatedDraft => draft(at, { originId: origin("f"), relation });

      const answers = await append(
        use(),
        says({ forwarded }),
        says({ forwarded: { ...forwarded } }),
        says({ forwarded: { ...forwarded, at: 8 } }),
      );

      assert.deepEqual(answers.map(({ outcome }) => outcome), ["new", "duplicate", "conflict"]); // prettier-ignore
      assert.deepEqual((await use().read(at.direct, 0, 10))[0]!.relation, { forwarded });
    });

    it("say what is pinned: the last pin of each message decides, and of one that is gone none", async () => {
      const at = tenant();
      const [one, other, third] = [await said(use(), at), await said(use(), at), await said(use(), at)] as const;
      const pin = (target: Envelope, pinned: boolean): Promise<Envelope> =>
        said(use(), at, { kind: "pin", body: undefined, ...about(target, { pinned }) });
      const again = [await pin(one, true), await pin(other, true), await pin(third, true), await pin(one, false)];
      const last = await pin(one, true);

      assert.deepEqual(plain(await use().pins(at.direct, 9)), plain([again[1], again[2], last]));
      assert.deepEqual(plain(await use().pins(at.direct, 1)), plain([again[1]]));
      await said(use(), at, { kind: "retraction", body: undefined, ...about(third) });
      await pin(other, false);

      assert.deepEqual(plain(await use().pins(at.direct, 9)), plain([last]));
      assert.deepEqual(await use().pins(at.lobby, 9), []);
    });

    it("take the content of what they retract away, and of its edits, but not its labels nor its place", async () => {
      const at = tenant();
      const extensions = { xmpp: "<secret/>", "xmpp:id": "i-1" };
      const first = await said(use(), at, { originId: origin("o-1"), bytes: Buffer.from("secret"), extensions });
      const other = await said(use(), at, { body: "stays" });
      const edit = await said(use(), at, { kind: "edit", body: "secret, too", extensions, ...about(first) });
      const reaction = await said(use(), at, {
        kind: "reaction",
        body: undefined,
        ...about(first, { emojis: ["👍"] }),
      });

      const retraction = await said(use(), at, {
        kind: "retraction",
        body: undefined,
        at: 1_700_000_000_007,
        ...about(first, { reason: "no" }),
      });

      const read = await use().read(at.direct, 0, 10);
      const { seq, mid, author: by, at: when } = retraction;
      const gone = {
        body: undefined,
        bytes: undefined,
        extensions: { "xmpp:id": "i-1" },
        retracted: { seq, mid, by, at: when, reason: "no" },
      };
      assert.deepEqual(plain(read), plain([
        { ...first, ...gone },
        other,
        { ...edit, ...gone },
        reaction,
        retraction,
      ])); // prettier-ignore
      assert.deepEqual(plain(await use().find(at.direct, at.alice, origin("o-1"))), plain(read[0]));
    });

    it("take it away in the batch in which it is written, and of an edit that comes too late", async () => {
      const at = tenant();
      const first = draft(at, { body: "secret" });
      const named = { relation: { target: { seq: 1, mid: first.mid, author: at.alice } } };
      const late = draft(at, { kind: "edit", body: "secret again", ...named });

      await append(
        use(),
        first,
        draft(at, { kind: "edit", body: "secret, too", ...named }),
        draft(at, { kind: "retraction", body: undefined, ...named }),
        late,
      );
      await append(use(), draft(at, { kind: "edit", body: "and again", ...named }));

      const read = await use().read(at.direct, 0, 10);
      assert.deepEqual(
        read.map(({ body, retracted }) => [body, retracted?.seq]),
        [[undefined, 3], [undefined, 3], [undefined, undefined], [undefined, 3], [undefined, 3]],
      ); // prettier-ignore
      assert.deepEqual(read[3]!.relation?.target?.mid, first.mid);
    });

    it("concern their own conversation alone", async () => {
      const at = tenant();
      const first = await said(use(), at);
      const elsewhere = await said(use(), at, { conversation: at.lobby, body: "elsewhere" });

      await said(use(), at, { kind: "retraction", body: undefined, ...about(first) });

      assert.deepEqual(plain(await use().read(at.lobby, 0, 10)), plain([elsewhere]));
    });

    it("are retries under an origin id when they say the same of the same", async () => {
      const at = tenant();
      const first = await said(use(), at, { originId: origin("m"), body: "secret" });
      const react = (emoji: string): DatedDraft =>
        draft(at, { kind: "reaction", body: undefined, originId: origin("r"), ...about(first, { emojis: [emoji] }) });
      const retraction = draft(at, { kind: "retraction", body: undefined, ...about(first) });

      const answers = await append(use(), react("👍"), react("👍"), react("👎"), retraction, retraction);
      const again = await append(use(), draft(at, { originId: origin("m"), body: "secret" }));
      const repeated = await use().commit(batch({ appends: [retraction] }));

      assert.deepEqual(answers.map(({ outcome }) => outcome), ["new", "duplicate", "conflict", "new", "new"]); // prettier-ignore
      assert.deepEqual(seqs(answers), [2, 2, 0, 3, 3]);
      assert.deepEqual([again[0]!.outcome, seqs(again)[0]], ["duplicate", 1]); // what it said is not there to compare
      assert.deepEqual(seqs(repeated.appended), [3]);
    });
  });
}
