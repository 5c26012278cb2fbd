import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import type { TokenProof } from "../../../src/core-client-tokens.ts";
import { createMemoryStore } from "../../../src/store/memory/index.ts";
import { localUser, startCore } from "../../../src/testing/core.ts";
import type { RunningCore } from "../../../src/create-core.ts";
import { ManualClock } from "../xmpp/fakes.ts";

const alice = localUser("alice");
const day = 24 * 60 * 60_000;
const message = Buffer.from("Initiator");
const sign = (token: string, said: Buffer | string): Buffer => createHmac("sha256", token).update(said).digest();

describe("tokens of clients", () => {
  let core: RunningCore;
  let clock: ManualClock;
  const store = createMemoryStore();
  beforeEach(async () => {
    clock = new ManualClock();
    await store.removeAccount(alice);
    core = await startCore(["alice"], { clock, store });
  });
  afterEach(async () => {
    const disposed = core[Symbol.asyncDispose]();
    clock.advance(100);
    await disposed;
  });

  const issue = async (client = "phone"): Promise<string> =>
    (await core.clientTokens.issue(alice, client, "NONE")).token;
  const use = async (token: string, over: Partial<TokenProof> & { client?: string } = {}): Promise<string> => {
    const { client = "phone", ...more } = over;
    const usual = { mechanism: "NONE", message, signature: sign(token, message), count: undefined, invalidate: false };
    return (await core.clientTokens.use(alice, client, { ...usual, remote: "192.0.2.1", ...more })).outcome;
  };

  it("let in who has one, as often as wanted, and prove the server", async () => {
    const { token, expiresAt } = await core.clientTokens.issue(alice, "phone", "NONE");

    assert.equal(expiresAt, clock.now() + 21 * day);
    for (let n = 0; n < 3; n++) assert.equal(await use(token), "accepted");
    const proof = { mechanism: "NONE", message, signature: sign(token, message), count: undefined, invalidate: false };
    const used = await core.clientTokens.use(alice, "phone", { ...proof, remote: "192.0.2.1" });
    assert.ok(used.outcome === "accepted" && used.sign(Buffer.from("Responder")).equals(sign(token, "Responder")));
  });

  it("are kept as hashes alone", async () => {
    const token = await issue();

    const { value } = (await store.clientTokens(alice, "phone"))!;

    assert.ok(!value.includes(token) && token.length > 64, "longer than a block, so that its hash is enough");
  });

  it("belong to a client, a mechanism and an account", async () => {
    const token = await issue();

    assert.equal(await use(token, { client: "pad" }), "refused");
    assert.equal(await use(token, { mechanism: "EXPR" }), "refused");
    assert.equal(await use(token, { message: Buffer.from("Initiator and a channel") }), "refused");
    assert.equal(await use("x".repeat(96)), "refused");
    assert.equal(await use(token, { signature: Buffer.alloc(0) }), "refused");
    assert.equal(await use(token), "accepted");
  });

  it("are good until the next one is used, and the next takes the place of one that was not", async () => {
    const first = await issue();
    assert.equal(await use(first), "accepted");
    const lost = await issue();
    const second = await issue();

    assert.equal(await use(lost), "expired");
    assert.equal(await use(first), "accepted");
    assert.equal(await use(second), "accepted");
    assert.equal(await use(first), "expired");
    assert.equal(await use(second), "accepted");
  });

  it("are known for what they were, the last two of a client", async () => {
    const ended = [await issue(), await issue(), await issue()];
    const good = await issue();

    assert.deepEqual([await use(ended[0]!), await use(ended[1]!), await use(ended[2]!)], ["refused", "expired", "expired"]); // prettier-ignore
    assert.equal(await use(ended[2]!, { mechanism: "EXPR" }), "refused");
    assert.equal(await use(good), "accepted");
  });

  it("are due when a third of their time is over, and end", async () => {
    const token = await issue();
    const due = async (): Promise<boolean> => {
      const proof = {
        mechanism: "NONE",
        message,
        signature: sign(token, message),
        count: undefined,
        invalidate: false,
      };
      const used = await core.clientTokens.use(alice, "phone", { ...proof, remote: "192.0.2.1" });
      return used.outcome === "accepted" && used.due;
    };

    clock.advance(7 * day);
    assert.equal(await due(), false);
    clock.advance(1);
    assert.equal(await due(), true);
    clock.advance(14 * day - 1);
    assert.equal(await use(token), "expired");
    assert.equal(await use("x".repeat(96)), "refused");
  });

  it("count, where the client does: none twice, and none of two at once", async () => {
    const token = await issue();

    assert.equal(await use(token, { count: 1 }), "accepted");
    assert.equal(await use(token, { count: 1 }), "refused");
    assert.equal(await use(token, { count: 0 }), "refused");
    const outcomes = await Promise.all([use(token, { count: 5 }), use(token, { count: 5 })]);
    assert.deepEqual(outcomes.sort(), ["accepted", "refused"]);
    assert.equal(await use(token, { count: 6 }), "accepted");
  });

  it("are good for nothing once the client says so, the one it was given included", async () => {
    const [first, other] = [await issue(), await issue("pad")];
    await use(first);
    const second = await issue();

    assert.equal(await use(first, { invalidate: true }), "accepted");

    assert.deepEqual([await use(first), await use(second)], ["expired", "expired"]);
    assert.equal(await use(other, { client: "pad" }), "accepted");
    assert.equal(await use(await issue()), "accepted");
  });

  it("end with the password", async () => {
    const tokens = [await issue("phone"), await issue("pad")];

    await core.accounts.changePassword(alice, "another");

    assert.equal(await use(tokens[0]!), "refused");
    assert.equal(await use(tokens[1]!, { client: "pad" }), "refused");
    assert.equal(await use(await issue()), "accepted");
  });

  it("are not guessed for ever", async () => {
    for (let n = 0; n < 10; n++) await use("x".repeat(96));

    await assert.rejects(use(await issue()), { code: "rate-limited" });
  });
});
