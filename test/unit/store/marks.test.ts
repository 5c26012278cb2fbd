import assert from "node:assert/strict";
import type { ConversationId, UserId } from "../../../src/model/ids.ts";
import { foldMarks } from "../../../src/store/marks.ts";

const bob = { user: "bob@h" as UserId, conversation: "dm:alice@h:bob@h" as ConversationId };

describe("the marks of a batch", () => {
  it("become one move for each account and conversation", () => {
    const room = "room:lobby@h" as ConversationId;

    const moves = foldMarks([
      { ...bob, mark: "delivered", seq: 7, at: 1 },
      { ...bob, mark: "read", seq: 5, at: 2 },
      { ...bob, conversation: room, mark: "read", seq: 3, at: 3 },
      { ...bob, mark: "delivered", seq: 6, at: 4 },
    ]);

    assert.deepEqual(moves, [
      { ...bob, delivered: 7, read: 5, at: 2 },
      { ...bob, conversation: room, delivered: 3, read: 3, at: 3 },
    ]);
  });

  it("are none where nothing moves", () => {
    assert.deepEqual(foldMarks([{ ...bob, mark: "read", seq: 0, at: 1 }]), []);
  });
});
