import assert from "node:assert/strict";
import { SignJWT } from "jose";
import { Fault, type FaultCode } from "../../../src/model/fault.ts";
import { systemClock } from "../../../src/ops/clock.ts";
import { silent } from "../../../src/ops/log.ts";
import { JwtKeys } from "../../../src/people/jwt.ts";
import { Webhook } from "../../../src/people/webhook.ts";
import { localUser, startCore } from "../../../src/testing/core.ts";

const alice = localUser("alice");
const carol = localUser("carol");
const secret = "a secret of more than thirty-two characters";

describe("proving to be an account", () => {
  it("by somebody's token works where a token is asked, and in place of a password", async () => {
    await using core = await startCore(["alice", "bob"], { proofs: { jwt: jwt() } });
    const token = await tokenOf("alice");

    assert.equal(await core.accounts.verifyToken(token), alice);
    assert.equal(await core.accounts.verifyToken(token, alice), alice);
    assert.equal(await core.accounts.verify(alice, token), alice);
    await refused(core.accounts.verifyToken(token, localUser("bob")));
    await refused(core.accounts.verify(localUser("bob"), token));
    await refused(core.accounts.verifyToken(await tokenOf("carol")));
    await refused(core.accounts.verifyToken(`${token}x`));
  });

  it("by our own token must agree with the name, too", async () => {
    await using core = await startCore();
    const token = await core.accounts.issueToken(alice, 60_000);

    assert.equal(await core.accounts.verifyToken(token, alice), alice);
    await refused(core.accounts.verifyToken(token, localUser("bob")));
  });

  it("makes the account if that is configured, and leaves nobody a password", async () => {
    await using core = await startCore([], {
      proofs: { jwt: jwt(), certificates: "common_name", createAccounts: true },
    });

    await Promise.all([1, 2].map(async () => core.accounts.verifyToken(await tokenOf("carol"))));
    const names = { commonName: "dave", dnsNames: [], emails: [], xmppAddresses: [] };

    assert.equal(await core.accounts.exists(carol), true);
    assert.equal(await core.accounts.verifyCertificate(names), localUser("dave"));
    for (const password of ["", "carol"]) await refused(core.accounts.verify(carol, password));
    await refused(core.accounts.verifyToken(await tokenOf("carol@elsewhere")));
    assert.deepEqual((await core.accounts.list()).map(({ user }) => user).toSorted(), [carol, localUser("dave")]);
  });

  it("by certificate must agree with the name, and be unambiguous without one", async () => {
    await using core = await startCore(["alice", "bob"], { proofs: { certificates: "email" } });
    const both = { commonName: "bob", dnsNames: [], emails: ["alice@localhost", "bob@localhost"], xmppAddresses: [] };
    const one = { ...both, emails: ["alice@localhost"] };

    assert.equal(await core.accounts.verifyCertificate(one), alice);
    assert.equal(await core.accounts.verifyCertificate(both, alice), alice);
    await refused(core.accounts.verifyCertificate(both));
    await refused(core.accounts.verifyCertificate(one, localUser("bob")));
    await refused(core.accounts.verifyCertificate({ ...one, emails: ["carol@localhost"] }));
    assert.equal(await core.accounts.verifyCertificate({ ...one, emails: [] }), undefined);
  });

  it("by webhook is for passwords that are not the account's own, and counts as a failure when it says no", async () => {
    const asked: string[] = [];
    const proofs = { webhook: webhook(asked, (password) => password === "theirs"), createAccounts: true };
    await using core = await startCore(["alice"], {
      proofs,
      logins: { perAccount: 2, perAddress: 9, windowMs: 60_000 },
    });

    assert.equal(await core.accounts.verify(alice, "secret-alice"), alice);
    assert.deepEqual(asked, []);
    assert.equal(await core.accounts.verify(alice, "theirs"), alice);
    assert.equal(await core.accounts.verify(carol, "theirs", { remote: "192.0.2.1" }), carol);
    assert.equal(await core.accounts.verify(carol, "theirs", { remote: "192.0.2.1" }), carol);
    assert.equal(asked.length, 2);
    await refused(core.accounts.verify(carol, "wrong-1"));
    await refused(core.accounts.verify(carol, "wrong-2"));
    await refused(core.accounts.verify(carol, "wrong-3"), "rate-limited");
    assert.equal(asked.length, 4);
    for (const name of ["", "a/b", "alice@elsewhere"]) await refused(core.accounts.verify(localUser(name), "theirs"));
    assert.equal(asked.length, 4);
  });

  it("by webhook fails when it cannot be asked, and that is no wrong password", async () => {
    const proofs = { webhook: webhook([], () => Promise.reject(new Error("down"))), createAccounts: true };
    await using core = await startCore(["alice"], {
      proofs,
      logins: { perAccount: 2, perAddress: 9, windowMs: 60_000 },
    });

    for (let n = 0; n < 4; n++) await refused(core.accounts.verify(carol, `p${n}`), "unavailable");

    assert.equal(await core.accounts.exists(carol), false);
    assert.equal(await core.accounts.verify(alice, "secret-alice"), alice);
  });
});

function jwt(): JwtKeys {
  const key = { algorithms: ["HS256"], issuer: undefined, audience: undefined, accountClaim: "sub" };
  return new JwtKeys([{ ...key, source: { kind: "secret", secret } }], {
    host: "localhost",
    clock: systemClock,
    log: silent,
    fetch: () => Promise.reject(new Error("nothing is fetched")),
  });
}

function tokenOf(sub: string): Promise<string> {
  return new SignJWT({ sub }).setProtectedHeader({ alg: "HS256" }).setExpirationTime("1m").sign(Buffer.from(secret));
}

function webhook(asked: string[], allow: (password: string) => boolean | Promise<boolean>): Webhook {
  const post = async (body: string) => {
    asked.push(body);
    const { password } = JSON.parse(body) as { password: string };
    return { status: 200, body: JSON.stringify({ allow: await allow(password) }) };
  };
  return new Webhook({ clock: systemClock, log: silent, post, concurrent: 4, cacheMs: 60_000 });
}

async function refused(attempt: Promise<unknown>, code: FaultCode = "unauthorized"): Promise<void> {
  await assert.rejects(attempt, (error) => error instanceof Fault && error.code === code);
}
