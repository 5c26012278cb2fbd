import assert from "node:assert/strict";
import { Fault } from "../../../src/model/fault.ts";
import { localUser, startCore } from "../../../src/testing/core.ts";

const alice = localUser("alice");

describe("logging in", () => {
  it("takes the right password, and refuses a wrong one and an unknown name alike", async () => {
    await using core = await startCore();
    assert.equal(await core.accounts.verify(alice, "secret-alice"), alice);
    for (const [user, password] of [
      [alice, "wrong"],
      [localUser("nobody"), "secret-alice"],
    ] as const) {
      await assert.rejects(
        core.accounts.verify(user, password),
        (error) => error instanceof Fault && error.code === "unauthorized",
      );
    }
  });

  it("is closed for a while after too many wrong passwords, but not to who was let in lately", async () => {
    await using core = await startCore(["alice", "bob"], {
      logins: { perAccount: 3, perAddress: 100, windowMs: 60_000 },
    });
    await core.accounts.verify(alice, "secret-alice");
    for (let n = 0; n < 3; n++)
      await core.accounts.verify(alice, `wrong-${n}`, { remote: "192.0.2.1" }).catch(() => undefined);

    await assert.rejects(
      core.accounts.verify(alice, "wrong", { remote: "192.0.2.1" }),
      (error) => error instanceof Fault && error.code === "rate-limited",
    );
    await assert.rejects(
      core.accounts.scramKeys(alice, "SHA-1"),
      (error) => error instanceof Fault && error.code === "rate-limited",
    );
    assert.equal(await core.accounts.verify(alice, "secret-alice"), alice);
  });

  it("by token works until the token expires, and only for our own tokens", async () => {
    await using core = await startCore();
    assert.equal(await core.accounts.verifyToken(await core.accounts.issueToken(alice, 60_000)), alice);
    const old = await core.accounts.issueToken(alice, -1000);
    const none = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from(`{"sub":"${alice}"}`).toString("base64url")}.`;
    for (const token of [old, none, "x.y.z", ""]) {
      await assert.rejects(
        core.accounts.verifyToken(token),
        (error) => error instanceof Fault && error.code === "unauthorized",
      );
    }
  });

  it("by SCRAM shows an unknown name the same salt every time", async () => {
    await using core = await startCore();
    const nobody = localUser("nobody");
    assert.deepEqual(
      await core.accounts.scramKeys(nobody, "SHA-256"),
      await core.accounts.scramKeys(nobody, "SHA-256"),
    );
  });
});
