import assert from "node:assert/strict";
import { directOf } from "../../model/ids.ts";
import type { Appended, Store } from "../../store/store.ts";
import { append, batch, bodies, draft, origin, phone, plain, sensor, seqs, tenant } from "./builders.ts";

const outcomes = (appended: readonly Appended[]): readonly string[] => appended.map((one) => one.outcome);

export function originTests(use: () => Store): void {
  describe("an origin id", () => {
    it("names a message once: a retry gets the first envelope [P3]", async () => {
      const at = tenant();
      const originId = origin("o-1");
      const [first] = await append(use(), draft(at, { originId, extensions: { xmpp: "<a/>" } }));

      const [retry] = await append(use(), draft(at, { originId, at: 2, device: sensor, extensions: { xmpp: "<b/>" } }));

      assert.equal(retry!.outcome, "duplicate");
      assert.deepEqual(plain(retry), { ...(plain(first) as object), outcome: "duplicate" });
      assert.deepEqual(await use().heads([at.direct]), [1]);
    });

    it("is a conflict with other content, and nothing is written [P3]", async () => {
      const at = tenant();
      const originId = origin("o-1");
      const bytes = Buffer.from("x");
      await append(use(), draft(at, { originId }), draft(at, { originId: origin("o-2"), bytes }));

      const appended = await append(
        use(),
        draft(at, { originId, body: "other" }),
        { ...draft(at, { originId }), body: undefined },
        draft(at, { originId, bytes }),
        draft(at, { originId: origin("o-2"), bytes: Buffer.from("y") }),
        draft(at, { originId: origin("o-2"), bytes: Buffer.from("x") }),
      );

      assert.deepEqual(outcomes(appended), ["conflict", "conflict", "conflict", "conflict", "duplicate"]);
      assert.deepEqual(await use().heads([at.direct]), [2]);
    });

    it("is found again within the same batch, and leaves no hole", async () => {
      const at = tenant();
      const originId = origin("o-1");

      const appended = await append(
        use(),
        draft(at, { originId }),
        draft(at, { body: "between" }),
        draft(at, { originId }),
        draft(at, { originId, body: "other" }),
        draft(at, { body: "after" }),
      );

      assert.deepEqual(outcomes(appended), ["new", "new", "duplicate", "conflict", "new"]);
      assert.deepEqual(seqs(appended), [1, 2, 1, 0, 3]);
      assert.deepEqual(bodies(await use().read(at.direct, 0, 9)), ["hark", "between", "after"]);
    });

    it("belongs to its author and conversation", async () => {
      const at = tenant();
      const originId = origin("o-1");

      const appended = await append(
        use(),
        draft(at, { originId }),
        draft(at, { originId, author: at.bob, body: "mine" }),
        draft(at, { originId, conversation: directOf(at.alice, at.carol), body: "there" }),
      );

      assert.deepEqual(outcomes(appended), ["new", "new", "new"]);
      assert.equal((await use().find(at.direct, at.bob, originId))?.body, "mine");
      assert.equal(await use().find(at.direct, at.carol, originId), undefined);
      assert.equal(await use().find(at.lobby, at.alice, originId), undefined);
      assert.equal(await use().find(at.direct, at.alice, origin("o-2")), undefined);
    });

    it("that is held names the message until it is released (MQTT QoS 2) [P3]", async () => {
      const at = tenant();
      const held = { originId: origin("q2:mqtt:sensor:8"), originReleased: true, device: sensor };

      const before = await append(use(), draft(at, held), draft(at, held), draft(at, { ...held, body: "other" }));
      const found = await use().find(at.direct, at.alice, held.originId);
      const { appended: after } = await use().commit(
        batch({
          releases: [{ author: at.alice, originId: held.originId }],
          appends: [draft(at, { ...held, body: "the next" }), draft(at, { ...held, body: "the next" })],
        }),
      );

      assert.deepEqual(outcomes(before), ["new", "duplicate", "conflict"]);
      assert.equal(found?.seq, 1);
      assert.equal(found.originId, undefined);
      assert.deepEqual(outcomes(after), ["new", "duplicate"]);
      assert.deepEqual(seqs(after), [2, 2]);
    });

    it("is released in all conversations of its author, and of nobody else", async () => {
      const at = tenant();
      const held = { originId: origin("q2:8"), originReleased: true };
      const other = directOf(at.alice, at.carol);
      const three = () => [
        draft(at, held),
        draft(at, { ...held, conversation: other }),
        draft(at, { ...held, author: at.bob }),
      ];
      await append(use(), ...three());

      await use().commit(batch({ releases: [{ author: at.alice, originId: held.originId }] }));

      assert.deepEqual(outcomes(await append(use(), ...three())), ["new", "new", "duplicate"]);
    });

    it("that is ordinary is not released", async () => {
      const at = tenant();
      const originId = origin("o-1");
      await append(use(), draft(at, { originId }));

      const { appended } = await use().commit(
        batch({ releases: [{ author: at.alice, originId }], appends: [draft(at, { originId })] }),
      );

      assert.deepEqual(outcomes(appended), ["duplicate"]);
    });
  });

  describe("a commit whose outcome was not known", () => {
    it("can be repeated: a known message id is new again, with the stored envelope", async () => {
      const at = tenant();
      const lost = [
        draft(at),
        draft(at, { originId: origin("o-1") }),
        draft(at, { originId: origin("q2:1"), originReleased: true }),
      ];
      const first = await append(use(), ...lost);

      const again = await append(use(), ...lost, draft(at, { author: at.bob }));

      assert.deepEqual(plain(again.slice(0, 3)), plain(first));
      assert.deepEqual(seqs(again), [1, 2, 3, 4]);
      assert.equal((await use().read(at.direct, 0, 9)).length, 4);
    });

    it("can be repeated among many that are new, wherever it stands, and leaves no hole", async () => {
      const at = tenant();
      const many = Array.from({ length: 30 }, (_, n) =>
        draft(at, { body: `${n}`, conversation: n % 3 === 0 ? at.lobby : at.direct }),
      );
      const known = [0, 5, 7, 8, 16, 29].map((n) => many[n]!);
      await append(use(), ...known);

      const results = await append(use(), ...many, many[12]!);

      assert.deepEqual(
        results.map((result) => result.outcome),
        many.map(() => "new").concat("new"),
      );
      assert.deepEqual(results[30], results[12]);
      const read = [...(await use().read(at.lobby, 0, 100)), ...(await use().read(at.direct, 0, 100))];
      const said = results
        .slice(0, 30)
        .map((result) => "envelope" in result && `${result.envelope.seq} ${result.envelope.mid}`);
      assert.deepEqual(said.toSorted(), read.map(({ seq, mid }) => `${seq} ${mid}`).toSorted());
      assert.deepEqual(await use().heads([at.lobby, at.direct]), [10, 20]);
    });

    it("can be repeated after a later message of the same device", async () => {
      const at = tenant();
      const lost = draft(at, { originId: origin("q2:1"), originReleased: true, device: phone });
      await append(use(), lost);
      await use().commit(batch({ releases: [{ author: at.alice, originId: lost.originId! }], appends: [draft(at)] }));

      assert.deepEqual(seqs(await append(use(), lost)), [1]);
    });
  });
}
