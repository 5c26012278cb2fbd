import assert from "node:assert/strict";
import { Fault } from "../../../src/model/fault.ts";
import { silent } from "../../../src/ops/log.ts";
import { Webhook, type WebhookParts, type WebhookQuestion } from "../../../src/people/webhook.ts";
import { TestClock } from "../mqtt/harness.ts";

const question: WebhookQuestion = { user: "alice@h", password: "p", device: "mqtt:d", remote: "192.0.2.1" };

describe("the webhook", () => {
  it("says yes or no, and what it is asked", async () => {
    const { webhook, asked } = scene([{ allow: true }, { allow: false }, 401, 403]);

    assert.equal(await webhook.allows(question), true);
    assert.deepEqual(JSON.parse(asked[0]!), question);
    for (const password of ["b", "c", "d"]) assert.equal(await webhook.allows({ ...question, password }), false);
  });

  it("is no yes when it answers anything else, or nothing", async () => {
    const { webhook } = scene([500, 302, {}, { allow: "true" }, { allow: 1 }]);
    const { webhook: silentOne } = scene([new Error("timeout")]);

    for (const password of ["a", "b", "c", "d"])
      await assert.rejects(webhook.allows({ ...question, password }), isUnavailable);
    await assert.rejects(silentOne.allows(question), isUnavailable);
  });

  it("is asked once for the same question, until its answer is old; a failure is not kept", async () => {
    const { webhook, asked, clock } = scene([new Error("down"), { allow: true }, { allow: false }]);

    await assert.rejects(webhook.allows(question), isUnavailable);
    assert.equal(await webhook.remembers(question), false);
    assert.deepEqual(await Promise.all([webhook.allows(question), webhook.allows(question)]), [true, true]);
    assert.equal(await webhook.remembers(question), true);
    assert.equal(await webhook.remembers({ ...question, password: "other" }), false);
    assert.equal(await webhook.remembers({ ...question, device: "mqtt:other" }), false);
    assert.equal(asked.length, 2);
    await clock.advance(1001);
    assert.equal(await webhook.remembers(question), false);
    assert.equal(await webhook.allows(question), false);
  });

  it("is asked by few at once; others wait, and those beyond are refused", async () => {
    const answers: (() => void)[] = [];
    const { webhook } = scene([], {
      concurrent: 2,
      post: () => new Promise((resolve) => answers.push(() => resolve({ status: 200, body: '{"allow":true}' }))),
    });

    const all = Array.from({ length: 23 }, (_, n) => webhook.allows({ ...question, password: `${n}` }));
    const settled = Promise.allSettled(all);
    await turn();
    assert.equal(answers.length, 2);
    for (let given = 0; given < 22; given++) {
      answers[given]!();
      await turn();
      assert.ok(answers.length - given - 1 <= 2);
    }

    const outcomes = await settled;
    assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 22);
    assert.ok(outcomes[22]!.status === "rejected");
  });

  it("is left alone for a while after it failed often, and logins are refused meanwhile", async () => {
    const { webhook, asked, clock } = scene(
      Array.from({ length: 6 }, () => new Error("down")),
      {},
    );

    for (let n = 0; n < 9; n++) await assert.rejects(webhook.allows({ ...question, password: `${n}` }), isUnavailable);
    assert.equal(asked.length, 5);
    await clock.advance(5001);
    await assert.rejects(webhook.allows(question), isUnavailable);
    await assert.rejects(webhook.allows(question), isUnavailable);

    assert.equal(asked.length, 6);
    await clock.advance(5001);
    assert.equal(await webhook.allows(question), true);
  });
});

type Answer = { readonly allow?: unknown } | number | Error;

/** Answers in turn, and yes when there are none left. */
function scene(answers: readonly Answer[], more: Partial<WebhookParts> = {}) {
  const asked: string[] = [];
  const clock = new TestClock();
  const left = [...answers];
  const webhook = new Webhook({
    clock,
    log: silent,
    concurrent: 8,
    cacheMs: 1000,
    post: async (body) => {
      asked.push(body);
      const answer = left.shift() ?? { allow: true };
      if (answer instanceof Error) throw answer;
      return typeof answer === "number"
        ? { status: answer, body: '{"allow":true}' }
        : { status: 200, body: JSON.stringify(answer) };
    },
    ...more,
  });
  return { webhook, asked, clock };
}

function isUnavailable(error: unknown): boolean {
  return error instanceof Fault && error.code === "unavailable";
}

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
