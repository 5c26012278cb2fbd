import assert from "node:assert/strict";
import { ConnectionLimits } from "../../../src/net/connection-limits.ts";
import type { Listener } from "../../../src/net/tcp-listener.ts";
import { conversation, dial, httpFor } from "./peers.ts";

describe("the HTTP host", () => {
  let host: Listener | undefined;
  afterEach(async () => {
    await host?.[Symbol.asyncDispose]();
    host = undefined;
  });

  async function served(options: Parameters<typeof httpFor>[0] = {}): Promise<string> {
    host = await httpFor(options);
    return `http://127.0.0.1:${host.port}`;
  }

  it("is alive", async () => {
    const at = await served();

    const answer = await fetch(`${at}/healthz`);

    assert.deepEqual([answer.status, await answer.json()], [200, { alive: true }]);
  });

  it("is ready when its parts are, and says which is not", async () => {
    let store = "ok";
    const at = await served({ readiness: async () => ({ ready: store === "ok", parts: { store } }) });

    const ready = await fetch(`${at}/readyz`);
    store = "failed";
    const unready = await fetch(`${at}/readyz`);

    assert.deepEqual([ready.status, unready.status], [200, 503]);
    assert.deepEqual(await unready.json(), { ready: false, parts: { store: "failed" } });
  });

  it("shows metrics", async () => {
    const at = await served();

    const text = await (await fetch(`${at}/metrics`)).text();

    assert.match(text, /^trivium_net_connections [1-9]/m);
  });

  it("shows metrics to whoever has the token, when there is one", async () => {
    const at = await served({ metrics: { token: "s3cret", allow: "all" } });
    const status = async (authorization?: string) =>
      (await fetch(`${at}/metrics`, { headers: authorization === undefined ? {} : { authorization } })).status;

    assert.deepEqual(
      [await status(), await status("Bearer wrong"), await status("Basic s3cret"), await status("Bearer s3cret")],
      [401, 401, 401, 200],
    );
  });

  it("shows metrics to nobody behind a proxy, unless everybody may read them", async () => {
    const headers = { "x-forwarded-for": "192.0.2.7" };
    const closed = await fetch(`${await served()}/metrics`, { headers });
    await host?.[Symbol.asyncDispose]();
    const open = await fetch(`${await served({ metrics: { token: "", allow: "all" } })}/metrics`, { headers });

    assert.deepEqual([closed.status, open.status], [403, 200]);
  });

  it("serves a front-end's page with the host it was asked for, open to every origin under .well-known", async () => {
    const answer = (asked: string, secure: boolean) => ({
      status: 200,
      contentType: "text/plain",
      body: `${asked} ${secure}`,
    });
    const at = await served({
      pages: [
        { path: "/.well-known/host-meta", answer },
        { path: "/other", answer },
      ],
    });

    const known = await fetch(`${at}/.well-known/host-meta`);
    const other = await fetch(`${at}/other`);

    assert.equal(await known.text(), `127.0.0.1:${host?.port} false`);
    assert.equal(known.headers.get("access-control-allow-origin"), "*");
    assert.equal(other.headers.get("access-control-allow-origin"), null);
  });

  it("refuses a Host header that is no host", async () => {
    await served({
      pages: [{ path: "/p", answer: (asked) => ({ status: 200, contentType: "text/plain", body: asked }) }],
    });

    const answer = await conversation(host?.port ?? 0, 'GET /p HTTP/1.1\r\nHost: a"><b\r\nConnection: close\r\n\r\n');

    assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.doesNotMatch(answer, /"><b/);
  });

  it("answers 404 where nothing is", async () => {
    const at = await served();

    assert.equal((await fetch(`${at}/nothing`)).status, 404);
  });

  it("answers 431 to headers over 16 KB, and to thousands of them", async () => {
    await served();
    const port = host?.port ?? 0;

    const long = await conversation(port, `GET /healthz HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(17_000)}\r\n\r\n`);
    const many = await conversation(port, `GET /healthz HTTP/1.1\r\nHost: x\r\n${"a:\r\n".repeat(2_500)}\r\n`);

    assert.match(long, /^HTTP\/1\.1 431 /);
    assert.match(many, /^HTTP\/1\.1 431 /);
  });

  it("answers 408 to headers that do not end, and to a body that does not", async () => {
    await served({ timeouts: { headersMs: 100, requestMs: 200 } });
    const port = host?.port ?? 0;

    const answers = await Promise.all([
      conversation(port, "GET /healthz HTTP/1.1\r\nHost: x\r\n"),
      conversation(port, "POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc"),
    ]);

    assert.match(answers[0], /^HTTP\/1\.1 408 /);
    assert.match(answers[1], /408 Request Timeout/);
    assert.equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 200);
  });

  it("answers 503 to a connection over the bound", async () => {
    await served({ limits: new ConnectionLimits(1, 1) });
    const port = host?.port ?? 0;
    const first = await dial(port);

    const answer = await conversation(port, "");

    assert.match(answer, /^HTTP\/1\.1 503 /);
    first.destroy();
  });

  it("closes with connections open", async () => {
    await served();
    await dial(host?.port ?? 0);

    await host?.[Symbol.asyncDispose]();
    host = undefined;
  });
});
