import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ask, isPrivate } from "../../../src/net/outgoing-request.ts";

describe("a request of ours", () => {
  let server: Server;
  let at: string;
  let seen: { method: string; headers: Record<string, unknown>; body: string }[];

  async function serve(answer: RequestListener): Promise<void> {
    server = createServer(answer);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  beforeEach(() => (seen = []));
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const settings = { timeoutMs: 1000, maxBytes: 1000, allowPrivate: true };

  it("posts JSON, and gives the answer as it is", async () => {
    await serve((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        seen.push({ method: request.method!, headers: request.headers, body });
        response.writeHead(302, { location: `${at}/elsewhere` }).end("moved");
      });
    });

    const answer = await ask({ ...settings, url: at, json: '{"a":"ж"}', headers: { authorization: "Bearer t" } });

    assert.deepEqual(answer, { status: 302, body: "moved" });
    assert.deepEqual([seen.length, seen[0]!.method, seen[0]!.body], [1, "POST", '{"a":"ж"}']);
    assert.equal(seen[0]!.headers["authorization"], "Bearer t");
  });

  it("goes to no address of this machine or a private network, by number or by name, unless it may", async () => {
    let asked = 0;
    await serve((_request, response) => {
      asked++;
      response.end("here");
    });
    const { port } = server.address() as AddressInfo;

    for (const host of ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"])
      await assert.rejects(ask({ ...settings, url: `http://${host}:${port}/`, allowPrivate: false }), /private/, host);

    assert.equal(asked, 0);
    assert.equal((await ask({ ...settings, url: `http://localhost:${port}/` })).body, "here");
  });

  it("ends when the answer is late, or does not end, or is too large", async () => {
    await serve((request, response) => {
      if (request.url === "/late") return;
      response.write("x".repeat(request.url === "/large" ? 2000 : 10));
      if (request.url === "/large") response.end();
    });

    await assert.rejects(ask({ ...settings, url: `${at}/late`, timeoutMs: 50 }));
    await assert.rejects(ask({ ...settings, url: `${at}/endless`, timeoutMs: 50 }));
    await assert.rejects(ask({ ...settings, url: `${at}/large` }), /too large/);
  });
});

describe("private addresses", () => {
  it("are those of this machine, of private, shared and link-local networks, however they are wrapped", () => {
    const closed = ["0.0.0.0", "10.1.2.3", "100.64.0.1", "127.9.9.9", "169.254.169.254", "172.31.0.1", "192.168.1.1"];
    const wrapped = ["::", "::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "fd00::1", "fe80::1", "ff02::1"];
    for (const address of [...closed, ...wrapped, "224.0.0.1", "255.255.255.255"])
      assert.ok(isPrivate(address), address);
    for (const address of ["8.8.8.8", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8"])
      assert.ok(!isPrivate(address), address);
  });
});
