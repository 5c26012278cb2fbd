import assert from "node:assert/strict";
import type { CertificateNames, Link, LinkHandler } from "#core";
import { createJson } from "../../../protocols/json/index.ts";
import type { CoreOptions, RunningCore } from "../../../src/create-core.ts";
import { localUser, startCore } from "../../../src/testing/core.ts";
import { until } from "../../../src/testing/until.ts";
import { FakeLink, Time } from "./fakes.ts";

describe("who a JSON client is", () => {
  let core: RunningCore;
  afterEach(() => core[Symbol.asyncDispose]());

  async function running(options: Partial<CoreOptions> = {}): Promise<void> {
    core = await startCore(["alice", "bob"], { clock: new Time(), ...options });
  }

  /** The answer to `auth`, and the link. */
  async function auth(fields: object, certificate?: Partial<CertificateNames>) {
    const link = new FakeLink();
    const closed: (number | undefined)[] = [];
    const nobody = { commonName: undefined, dnsNames: [], emails: [], xmppAddresses: [], uris: [], fingerprint: "" };
    const whole = Object.assign(link, {
      ...{ name: "fake:1", remote: "192.0.2.1", secure: true, subprotocol: "", startTls: undefined },
      tls: certificate && ({ client: { ...nobody, ...certificate } } as unknown as Link["tls"]),
      close: (code?: number) => void closed.push(code),
      destroy: () => undefined,
      pause: () => undefined,
      resume: () => undefined,
    });
    const handler: LinkHandler = createJson(core).webSockets[0]!.accept(whole);
    const lines = (): any[] => link.frames.flatMap((frame) => frame.split("\n").map((line) => JSON.parse(line)));
    handler.text!(JSON.stringify({ id: 1, type: "auth", device: "d", ...fields }));
    await until(() => lines().some(({ re }) => re === 1));
    return { answer: lines().find(({ re }) => re === 1), handler, closed };
  }

  it("is told by a token, and must be who it says", async () => {
    await running();
    const token = await core.accounts.issueToken(localUser("alice"), 60_000);

    assert.equal((await auth({ token })).answer.user, "alice");
    assert.equal((await auth({ token, user: "alice" })).answer.user, "alice");
    assert.equal((await auth({ token, user: "bob" })).answer.error.code, "unauthorized");
  });

  it("is told by a certificate, when it sends no password", async () => {
    await running({ proofs: { certificates: "common_name" } });

    assert.equal((await auth({}, { commonName: "alice" })).answer.user, "alice");
    assert.equal((await auth({ user: "alice" }, { commonName: "alice" })).answer.user, "alice");
    assert.equal((await auth({ user: "bob" }, { commonName: "alice" })).answer.error.code, "unauthorized");
    assert.equal((await auth({ user: "bob", password: "secret-bob" }, { commonName: "alice" })).answer.user, "bob");
    assert.equal((await auth({}, { commonName: "a/b" })).answer.error.code, "bad_request");
    assert.equal((await auth({})).answer.error.code, "bad_request");
  });

  it("may ask so often a second, and is told when it may again", async () => {
    await running({ loginsPerSecond: 1 });
    const login = { user: "alice", password: "secret-alice" };
    for (let n = 0; n < 10; n++) assert.equal((await auth({ ...login, device: `d${n}` })).answer.user, "alice");

    const { error } = (await auth(login)).answer;

    assert.deepEqual([error.code, error.retryAfter], ["rate_limited", 1000]);
  });

  it("is ended when it sends faster than it may", async () => {
    await running();
    const { handler, closed } = await auth({ user: "alice", password: "secret-alice" });

    handler.tooFast!();

    await until(() => closed.length > 0);
    assert.deepEqual(closed, [4429]);
  });
});
