import assert from "node:assert/strict";
import type { Envelope } from "#core";
import { hasKind, kindOfPayload, relatedFields, relationOf } from "../../../protocols/mqtt/kinds.ts";

const mid = "0197f6a2-3c44-7b1e-8a50-1f2e3d4c5b6a";

describe("payloads about an earlier message", () => {
  it("name it by mid, by s, or as events show it", () => {
    for (const [named, target] of [
      [mid, { mid }],
      [7, { seq: 7 }],
      [{ mid, s: 7, from: "bob" }, { mid }],
      [{ s: 7 }, { seq: 7 }],
    ] as const) {
      const read = kindOfPayload({ kind: "reaction", target: named, emojis: ["👍", "👍"] });
      assert.deepEqual(read, { kind: "reaction", relation: { target, emojis: ["👍"] } });
    }
  });

  it("are none without a fitting target, body or emojis", () => {
    for (const payload of [
      { kind: "edit", target: 7 },
      { kind: "edit", body: "x" },
      { kind: "edit", target: "no id", body: "x" },
      { kind: "reaction", target: 7, emojis: "👍" },
      { kind: "reaction", target: 0, emojis: [] },
      { kind: "retraction", target: 7, reason: 9 },
    ])
      assert.equal(kindOfPayload(payload), undefined, JSON.stringify(payload));
  });

  it("are messages where the kind is another", () => {
    for (const kind of [undefined, "message", "toString", 7, null])
      assert.equal(hasKind({ kind }), false, String(kind));
    assert.deepEqual(relationOf({ replyTo: mid, thread: "t" }), { target: { mid }, thread: "t" });
    assert.equal(relationOf({ body: "x" }), undefined);
    assert.equal(relationOf({ replyTo: {} }), false);
  });

  it("show their target, and what was taken back", () => {
    const target = { seq: 7, mid, author: "bob@h" };
    const shown = relatedFields({
      conversation: "dm:alice@h:bob@h",
      kind: "message",
      relation: { target, thread: "t" },
      retracted: { seq: 9, mid, by: "bob@h", at: 0 },
    } as unknown as Envelope);

    assert.deepEqual(shown, {
      replyTo: { mid, s: 7, from: "bob" },
      thread: "t",
      retracted: { s: 9, mid, by: "bob", at: "1970-01-01T00:00:00.000Z" },
    });
  });
});
