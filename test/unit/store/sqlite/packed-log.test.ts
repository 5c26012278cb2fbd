import assert from "node:assert/strict";
import fc from "fast-check";
import type { DatedDraft, EntryKind } from "../../../../src/model/event.ts";
import type { ConversationId, DeviceId, MessageId, OriginId, UserId } from "../../../../src/model/ids.ts";
import { kindOfCode } from "../../../../src/store/entry-columns.ts";
import { relationOfText, relationText } from "../../../../src/store/envelope.ts";
import { bytesOfMid } from "../../../../src/store/sqlite/entry-rows.ts";
import { packLog, unpackLog } from "../../../../src/store/sqlite/packed-log.ts";
import { keptBytes } from "../../../support/kept-bytes.ts";
import type { Batch, CursorAdvance, MarkAdvance } from "../../../../src/store/store.ts";

// Of any code units, lone surrogates among them.
const anyText = fc.string({ unit: fc.oneof(fc.string({ minLength: 1, maxLength: 1 }), fc.constantFrom("\u0000", "\ud800", "é", "\n", '"')) }); // prettier-ignore
const maybe = <T>(some: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(some, { nil: undefined });
const name = fc.constantFrom("alice@h", "bob@h", "zoë@h", "");

const plain = { noNullPrototype: true } as const;

const someDraft: fc.Arbitrary<DatedDraft> = fc.record(
  {
    conversation: name as fc.Arbitrary<string> as fc.Arbitrary<ConversationId>,
    kind: fc.constantFrom<EntryKind>(...kindOfCode),
    author: name as fc.Arbitrary<string> as fc.Arbitrary<UserId>,
    device: name as fc.Arbitrary<string> as fc.Arbitrary<DeviceId>,
    mid: fc.uuid() as fc.Arbitrary<MessageId>,
    at: fc.integer({ min: 0, max: 2 ** 45 }),
    originId: maybe(anyText) as fc.Arbitrary<OriginId | undefined>,
    originReleased: maybe(fc.boolean()),
    body: maybe(anyText),
    bytes: maybe(fc.uint8Array({ maxLength: 9 })),
    extensions: maybe(
      fc.dictionary(
        anyText.filter((key) => key !== "__proto__" && !/^\d+$/.test(key)),
        anyText,
        plain,
      ),
    ),
    relation: maybe(fc.record({ thread: maybe(anyText), reason: maybe(anyText) }, plain)),
  },
  plain,
);
const someAdvance: fc.Arbitrary<CursorAdvance> = fc.record(
  {
    user: name as fc.Arbitrary<string> as fc.Arbitrary<UserId>,
    device: name as fc.Arbitrary<string> as fc.Arbitrary<DeviceId>,
    conversation: name as fc.Arbitrary<string> as fc.Arbitrary<ConversationId>,
    seq: fc.nat(),
  },
  plain,
);
const someMark: fc.Arbitrary<MarkAdvance> = fc.record(
  {
    user: name as fc.Arbitrary<string> as fc.Arbitrary<UserId>,
    conversation: name as fc.Arbitrary<string> as fc.Arbitrary<ConversationId>,
    mark: fc.constantFrom("delivered" as const, "read" as const),
    seq: fc.nat(),
    at: fc.integer({ min: 0, max: 2 ** 45 }),
  },
  plain,
);

describe("what a batch brings to the logs, packed", () => {
  it("comes out as it went in", () => {
    const some = fc.record({
      appends: fc.array(someDraft),
      advances: fc.array(someAdvance),
      marks: fc.array(someMark),
    });
    fc.assert(
      fc.property(some, ({ appends, advances, marks }) => {
        const crossed = structuredClone(packLog({ appends, advances, marks }));
        const unpacked = unpackLog(crossed);

        const expected = appends.map((draft) => ({
          ...draft,
          originReleased: draft.originReleased === true,
          extensions: draft.extensions === undefined ? undefined : JSON.stringify(draft.extensions),
          relation: relationOfText(relationText(draft.relation) ?? null),
        }));
        assert.deepEqual(unpacked, { appends: expected, advances, marks });
      }),
    );
  });

  it("is cut where a string would become too long", () => {
    const body = "x".repeat(40 * 1024 * 1024);
    const [one, two, three] = ["1", "2", "3"].map((digit): DatedDraft => ({
      conversation: "dm:a@h:b@h" as ConversationId,
      kind: "message",
      author: "a@h" as UserId,
      device: "xmpp:a" as DeviceId,
      mid: `00000000-0000-7000-8000-00000000000${digit}` as MessageId,
      at: 1,
      body: body + digit,
    }));

    const packed = packLog({ appends: [one!, two!, three!], advances: [], marks: [] });

    assert.equal(packed.length, 2);
    assert.deepEqual(
      unpackLog(packed).appends.map((draft) => draft.body?.at(-1)),
      ["1", "2", "3"],
    );
  });

  it("gives names that may be kept without all others of their batch", () => {
    const batch = (n: number): Batch => ({
      ...{ appends: [], marks: [], releases: [], enqueues: [], settles: [], pins: [] },
      advances: Array.from({ length: 50 }, (_, other) => ({
        user: `a user with a long name, ${n} of ${other}: ${"x".repeat(1000)}` as UserId,
        device: "d" as DeviceId,
        conversation: "room:den@h" as ConversationId,
        seq: 1,
      })),
    });
    const first = (n: number): string => unpackLog(packLog(batch(n))).advances[0]!.user;

    const kept = keptBytes(() => Array.from({ length: 200 }, (_, n) => first(n)));

    assert.ok(kept < 1_500_000, `${kept} bytes`);
  });
});

describe("a message's id as bytes", () => {
  it("is read digit by digit", () => {
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        assert.deepEqual(bytesOfMid(id as MessageId), Buffer.from(id.replaceAll("-", ""), "hex"));
      }),
    );
  });

  it("is refused when it is none", () => {
    for (const id of ["", "0190163d", "0190163d-8694-739b-aea5-966c26f8ad9", "0190163d-8694-739b-aea5-966c26f8ad900"])
      assert.throws(() => bytesOfMid(id as MessageId));
    assert.throws(() => bytesOfMid("0190163d-8694-739b-aea5-966c26f8ad9é" as MessageId));
    assert.throws(() => bytesOfMid("0190163d-8694-739b-aea5-966c26f8ad9g" as MessageId));
  });
});
