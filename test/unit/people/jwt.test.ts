import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, type KeyObject } from "node:crypto";
import { exportJWK, type JSONWebKeySet, type JWTPayload, SignJWT } from "jose";
import { systemClock } from "../../../src/ops/clock.ts";
import { silent } from "../../../src/ops/log.ts";
import { type JwtKey, JwtKeys, type KeySource, looksLikeToken } from "../../../src/people/jwt.ts";

const secret = "a secret of more than thirty-two characters";
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const pem = rsa.publicKey.export({ type: "spki", format: "pem" }).toString();

describe("tokens of others", () => {
  it("prove the account that the claim names, by secret, public key and key set", async () => {
    const set: JSONWebKeySet = { keys: [{ ...(await exportJWK(ec.publicKey)), kid: "one" }] };
    const by: readonly (readonly [KeySource, string, string | KeyObject, string?])[] = [
      [{ kind: "secret", secret }, "HS256", secret],
      [{ kind: "public", pem }, "RS256", rsa.privateKey],
      [{ kind: "set", keys: set }, "ES256", ec.privateKey, "one"],
      [{ kind: "url", url: "https://idp.example.org/keys" }, "ES256", ec.privateKey, "one"],
    ];

    for (const [source, alg, key, kid] of by) {
      const keys = keysWith({ source, algorithms: [alg] }, JSON.stringify(set));
      assert.equal(await keys.holder(await token({ sub: "alice" }, alg, key, kid)), "alice@localhost");
      assert.equal(await keys.holder(await token({ sub: "Alice@LOCALHOST" }, alg, key, kid)), "alice@localhost");
      assert.equal(await keys.holder(await token({ sub: "alice@elsewhere" }, alg, key, kid)), undefined);
    }
  });

  it("are refused when expired, not valid yet, without an end, or without the claim", async () => {
    const keys = keysWith({ source: { kind: "secret", secret } });
    const now = Math.floor(Date.now() / 1000);

    for (const payload of [
      { sub: "alice", exp: now - 60 },
      { sub: "alice", exp: now + 60, nbf: now + 30 },
      { sub: "alice", exp: undefined },
      { exp: now + 60 },
      { sub: 7 as unknown as string, exp: now + 60 },
      { sub: "", exp: now + 60 },
      { sub: "a/b", exp: now + 60 },
    ])
      assert.equal(await keys.holder(await token(payload)), undefined, JSON.stringify(payload));
  });

  it("are refused from another issuer, or for another audience", async () => {
    const keys = keysWith({ source: { kind: "secret", secret }, issuer: "idp", audience: "trivium" });

    assert.equal(await keys.holder(await token({ sub: "alice", iss: "idp", aud: "trivium" })), "alice@localhost");
    assert.equal(
      await keys.holder(await token({ sub: "alice", iss: "idp", aud: ["x", "trivium"] })),
      "alice@localhost",
    );
    for (const claims of [
      { iss: "idp" },
      { aud: "trivium" },
      { iss: "other", aud: "trivium" },
      { iss: "idp", aud: "x" },
    ])
      assert.equal(await keys.holder(await token({ sub: "alice", ...claims })), undefined);
  });

  it("are refused under any algorithm but the key's: none, a public key as a secret, a longer hash", async () => {
    const byPublic = keysWith({ source: { kind: "public", pem }, algorithms: ["RS256"] });
    const bySecret = keysWith({ source: { kind: "secret", secret }, algorithms: ["HS256"] });
    const payload = { sub: "alice", exp: Math.floor(Date.now() / 1000) + 60 };

    assert.equal(await byPublic.holder(forged({ alg: "HS256" }, payload, pem)), undefined);
    assert.equal(await byPublic.holder(forged({ alg: "none" }, payload)), undefined);
    assert.equal(await bySecret.holder(forged({ alg: "none" }, payload)), undefined);
    assert.equal(await bySecret.holder(forged({ alg: "None" }, payload)), undefined);
    assert.equal(await byPublic.holder(await token({ sub: "alice" }, "PS256", rsa.privateKey)), undefined);
    assert.equal(await bySecret.holder(await token({ sub: "alice" }, "HS512")), undefined);
  });

  it("bring no key of their own: jwk, jku and kid are not believed", async () => {
    const mine = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const jwk = await exportJWK(mine.publicKey);
    const fetched: string[] = [];
    const set = { keys: [{ ...(await exportJWK(ec.publicKey)), kid: "one" }] };
    for (const source of [
      { kind: "set", keys: set },
      { kind: "url", url: "https://idp.example.org/keys" },
    ] as const) {
      const keys = keysWith({ source, algorithms: ["ES256"] }, JSON.stringify(set), fetched);
      for (const header of [
        { jwk },
        { jku: "https://evil.example.org/keys" },
        { x5u: "https://evil.example.org/chain" },
        { kid: "one" },
        { kid: "../../../dev/null" },
      ]) {
        const jwt = new SignJWT({ sub: "alice" }).setProtectedHeader({ alg: "ES256", ...header });
        const signed = await jwt.setExpirationTime("1m").sign(mine.privateKey);
        assert.equal(await keys.holder(signed), undefined, JSON.stringify(header));
      }
    }
    assert.deepEqual([...new Set(fetched)], ["https://idp.example.org/keys"]);
  });

  it("are refused while their keys cannot be fetched", async () => {
    const parts = { host: "localhost", clock: systemClock, log: silent };
    const key = { source: { kind: "url", url: "https://idp.example.org/keys" }, algorithms: ["ES256"] } as const;
    const rejected = new JwtKeys([full(key)], { ...parts, fetch: () => Promise.reject(new Error("ECONNREFUSED")) });
    const broken = new JwtKeys([full(key)], { ...parts, fetch: async () => ({ status: 500, body: "{}" }) });
    const signed = await token({ sub: "alice" }, "ES256", ec.privateKey, "one");

    assert.equal(await rejected.holder(signed), undefined);
    assert.equal(await broken.holder(signed), undefined);
  });

  it("name the account by another claim, if it is configured", async () => {
    const keys = keysWith({ source: { kind: "secret", secret }, accountClaim: "preferred_username" });

    assert.equal(await keys.holder(await token({ sub: "bob", preferred_username: "alice" })), "alice@localhost");
    assert.equal(await keys.holder(await token({ sub: "bob" })), undefined);
  });

  it("are told from passwords by their shape", () => {
    assert.deepEqual(["a.b.c", "a.b.c.d", "a.b", "a b.c.d", "..", ""].map(looksLikeToken), [
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});

function full(key: Partial<JwtKey> & Pick<JwtKey, "source">): JwtKey {
  return { algorithms: ["HS256"], issuer: undefined, audience: undefined, accountClaim: "sub", ...key };
}

function keysWith(key: Partial<JwtKey> & Pick<JwtKey, "source">, body = "{}", fetched: string[] = []): JwtKeys {
  const fetch = async (url: string) => {
    fetched.push(url);
    return { status: 200, body };
  };
  return new JwtKeys([full(key)], { host: "localhost", clock: systemClock, log: silent, fetch });
}

function token(
  payload: Readonly<Record<string, unknown>>,
  alg = "HS256",
  key: string | KeyObject = secret,
  kid?: string,
): Promise<string> {
  const claims = "exp" in payload ? payload : { ...payload, exp: Math.floor(Date.now() / 1000) + 60 };
  const signer = new SignJWT(JSON.parse(JSON.stringify(claims)) as JWTPayload);
  const header = { alg, ...(kid !== undefined && { kid }) };
  return signer.setProtectedHeader(header).sign(typeof key === "string" ? Buffer.from(key) : key);
}

/** As an attacker writes it: with a header of his own, and a signature by what he knows. */
function forged(header: object, payload: object, key?: string): string {
  const text = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return `${text}.${key === undefined ? "" : createHmac("sha256", key).update(text).digest("base64url")}`;
}
