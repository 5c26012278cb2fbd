import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Authority } from "../support/certificates.ts";
import { passwordOf, Server } from "../support/server.ts";

const run = promisify(execFile);
const strophe = fileURLToPath(new URL("../support/clients/strophe-talk.js", import.meta.url));

describe("Strophe.js over BOSH", function () {
  this.timeout(60_000);
  let authority: Authority;
  let server: Server;

  before(async () => {
    authority = await Authority.found();
    const pair = await authority.sign();
    server = await Server.prepare({
      settings: {
        TRIVIUM_TLS_CERT: pair.cert,
        TRIVIUM_TLS_KEY: pair.key,
      },
    });
    await server.addUsers(["alice", "bob"]);
    await server.start();
  });
  after(async () => {
    await server.remove();
    await authority[Symbol.asyncDispose]();
  });

  async function talk(user: string, peer: string, service: string, body: string): Promise<readonly object[]> {
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: authority.cert };
    const args = [strophe, user, passwordOf(user), service, `${peer}@localhost`, body];
    const { stdout } = await run(process.execPath, args, { env, timeout: 30_000 });
    return (
      stdout
        .trim()
        .split("\n")
        // Strophe writes there, too.
        .filter((line) => line.startsWith("{"))
        .map((line) => JSON.parse(line) as object)
    );
  }

  it("talks by http with one by https", async () => {
    const plain = `http://localhost:${server.http}/http-bind`;
    const secure = `https://localhost:${server.ports["https"]}/http-bind`;

    const [alice, bob] = await Promise.all([
      talk("alice", "bob", plain, "from alice: ü <&> 😀"),
      talk("bob", "alice", secure, "from bob"),
    ]);

    assert.deepEqual(alice, [{ bound: "alice@localhost/strophe" }, { from: "bob@localhost", body: "from bob" }]);
    assert.deepEqual(bob, [
      { bound: "bob@localhost/strophe" },
      { from: "alice@localhost", body: "from alice: ü <&> 😀" },
    ]);
  });

  it("finds its way by host-meta (XEP-0156), from allowed pages alone", async () => {
    const at = `http://localhost:${server.http}`;

    const meta = (await (await fetch(`${at}/.well-known/host-meta.json`)).json()) as {
      links: { rel: string; href: string }[];
    };
    const preflight = (origin: string): Promise<Response> =>
      fetch(`${at}/http-bind`, { method: "OPTIONS", headers: { origin, "access-control-request-method": "POST" } });
    const [here, elsewhere] = [await preflight("http://localhost:3000"), await preflight("https://elsewhere.example")];

    assert.deepEqual(meta.links.find(({ rel }) => rel === "urn:xmpp:alt-connections:xbosh")?.href, `${at}/http-bind`);
    assert.deepEqual([here.status, here.headers.get("access-control-allow-origin")], [204, "http://localhost:3000"]);
    assert.deepEqual([elsewhere.status, elsewhere.headers.get("access-control-allow-origin")], [403, null]);
  });
});
