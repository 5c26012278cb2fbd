import assert from "node:assert/strict";
import { Fault } from "../../../src/model/fault.ts";
import { localUser, startCore } from "../../../src/testing/core.ts";
import { TestClock } from "../mqtt/harness.ts";

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

  it("takes as long for an unknown name as for a wrong password", async () => {
    await using core = await startCore(["alice"], { scramIterations: 20_000 });
    const took = async (name: string, n: number): Promise<number> => {
      const began = performance.now();
      await core.accounts.verify(localUser(name), `wrong-${n}`, { remote: `192.0.2.${n}` }).catch(() => undefined);
      return performance.now() - began;
    };
    const known: number[] = [];
    const unknown: number[] = [];
    for (let n = 0; n < 9; n++) {
      known.push(await took("alice", n));
      unknown.push(await took(`nobody${n}`, n));
    }

    // The key derivation is nearly all of it; without it an answer comes within a hundredth of the time.
    const median = (all: number[]): number => all.toSorted((one, other) => one - other)[4]!;
    const ratio = median(unknown) / median(known);
    assert.ok(ratio > 0.4 && ratio < 2.5, `an unknown name takes ${ratio.toFixed(2)} times as long`);
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

  it("by token is over with the account, whoever takes its name later", async () => {
    const clock = new TestClock();
    await using core = await startCore(["alice"], { clock });
    const token = await core.accounts.issueToken(alice, 3_600_000);
    await core.accounts.remove(alice);
    await assert.rejects(core.accounts.verifyToken(token));
    await clock.advance(1000);
    await core.accounts.create(alice, "another's");

    await assert.rejects(core.accounts.verifyToken(token));
    assert.equal(await core.accounts.verifyToken(await core.accounts.issueToken(alice, 60_000)), alice);
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
