import assert from "node:assert/strict";
import { Fault } from "#core";
import { Replies } from "../../../protocols/json/replies.ts";
import { entry } from "./fakes.ts";

describe("replies", () => {
  it("leave in the order of their commands, whenever they settle", () => {
    const { replies, said } = connection();
    const [one, two, three] = [replies.begin(1), replies.begin("b"), replies.begin(3)];

    replies.settled(three, { envelope: entry({ seq: 9 }), duplicate: true });
    replies.reply(two, {});
    replies.refuse(one, new Fault("not-found", "for the log"));

    assert.deepEqual(
      said.map((line) => JSON.parse(line) as unknown),
      [
        {
          re: 1,
          error: {
            code: "not_found",
            message: "There is no such conversation, account or message.",
            retryable: false,
            href: "/errors#not_found",
          },
        },
        { re: "b" },
        { re: 3, mid: "m-1", s: 9, at: "1970-01-01T00:00:00.000Z", duplicate: true },
      ],
    );
  });

  it("are silent for a command without id, unless it fails", () => {
    const { replies, said } = connection();

    replies.reply(replies.begin(undefined), { at: 1 });
    replies.refuse(replies.begin(undefined), new Fault("forbidden", ""));

    assert.equal(said.length, 1);
    assert.match(said[0]!, /^\{"re":null,"error":\{"code":"forbidden"/);
  });

  it("say when a retry may succeed", () => {
    const { replies, said } = connection();

    replies.refuse(replies.begin(1), new Fault("rate-limited", "", { retryAfterMs: 1200 }));

    assert.match(said[0]!, /"retryable":true,"retryAfter":1200/);
  });

  it("end the connection of a client that is too fast however often it is told", () => {
    const { replies, ended } = connection();

    for (let i = 0; i < 19; i++) replies.refuse(replies.begin(i), new Fault("rate-limited", ""));
    replies.reply(replies.begin(19), {});
    for (let i = 0; i < 19; i++) replies.refuse(replies.begin(i), new Fault("rate-limited", ""));
    const patient = [...ended];
    replies.refuse(replies.begin(99), new Fault("rate-limited", ""));

    assert.deepEqual(patient, []);
    assert.deepEqual(ended, ["rate-limited"]);
  });

  it("end the connection with any refusal before auth, and only with those that say so after", () => {
    const [before, after] = [connection(false), connection()];

    before.replies.refuse(before.replies.begin(1), new Fault("bad-request", ""));
    after.replies.refuse(after.replies.begin(1), new Fault("bad-request", ""));
    after.replies.refuse(after.replies.begin(2), new Fault("timeout", "", { ends: "connection" }));

    assert.deepEqual(before.ended, ["bad-request"]);
    assert.deepEqual(after.ended, ["timeout"]);
  });

  it("tell a client nothing of our bugs, and the log all", () => {
    const { replies, said, bugs } = connection();
    const bug = new TypeError("body is hunter2");

    replies.refuse(replies.begin(1), bug);

    assert.match(said[0]!, /"code":"internal"/);
    assert.ok(!said[0]!.includes("hunter2"));
    assert.deepEqual(bugs, [bug]);
  });
});

function connection(ready = true) {
  const said: string[] = [];
  const ended: string[] = [];
  const bugs: unknown[] = [];
  const replies = new Replies(
    {
      ready,
      say: (line) => said.push(line),
      end: (fault) => ended.push(fault.code),
      answered: () => undefined,
      bug: (error) => bugs.push(error),
    },
    { errorsHref: "/errors#", strikes: 20 },
  );
  return { replies, said, ended, bugs };
}
