import assert from "node:assert/strict";
import Sqlite from "better-sqlite3";
import { type DeviceId, type UserId } from "../../../../src/model/ids.ts";
import type { Answer, Question } from "../../../../src/store/sqlite/line.ts";
import { migrate } from "../../../../src/store/sqlite/migrate.ts";
import { readsOf } from "../../../../src/store/sqlite/questions.ts";
import { Writer } from "../../../../src/store/sqlite/writer.ts";

const user = "alice@localhost" as UserId;

describe("the writing thread", () => {
  function open(): { db: Sqlite.Database; ask: (...asked: [string, ...unknown[]][]) => Answer[] } {
    const db = new Sqlite(":memory:");
    db.pragma("foreign_keys = on");
    migrate(db);
    const writer = new Writer(db);
    return {
      db,
      ask: (...asked) => writer.answer(asked.map(([name, ...args], id): Question => ({ id, name, args }))),
    };
  }
  const device = (name: string) => ({
    user,
    device: name as DeviceId,
    state: name,
    subscriptions: [],
    attachedAt: 1,
    detachedAt: 0,
    expiresAt: null,
    node: null,
    will: null,
    willAt: null,
  });

  it("writes what several ask in one transaction, and answers each", () => {
    const { db, ask } = open();
    const devices = db.prepare("select count(*) from devices").pluck();

    const answers = ask(["putDevice", device("a")], ["putDevice", device("b")], ["removeDevice", user, "a"]);

    assert.deepEqual(
      answers.map(({ id, refusal }) => [id, refusal]),
      [0, 1, 2].map((id) => [id, undefined]),
    );
    assert.deepEqual([answers[2]!.value, devices.get(), db.inTransaction], [true, 1, false]);
  });

  it("leaves nothing of what is refused, and the others as they are", () => {
    const { db, ask } = open();

    const answers = ask(["putDevice", device("a")], ["putDevice", { ...device("b"), state: null }], ["putDevice", device("c")]); // prettier-ignore

    assert.deepEqual(
      answers.map(({ refusal }) => refusal?.code),
      [undefined, "internal", undefined],
    );
    const reads = readsOf(db);
    const found = ["a", "b", "c"].map((name) => reads.device(user, name as DeviceId)?.state);
    assert.deepEqual(found, ["a", undefined, "c"]);
  });

  it("refuses all of them when the transaction does not come about", () => {
    const { db, ask } = open();
    db.close();

    const answers = ask(["putDevice", device("a")], ["putDevice", device("b")]);

    assert.deepEqual(
      answers.map(({ id, value, refusal }) => [id, value, refusal !== undefined]),
      [0, 1].map((id) => [id, undefined, true]),
    );
  });
});
