import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { conversation, httpFor } from "./peers.ts";
import { TlsScene } from "./tls-scene.ts";

describe("TLS", function () {
  this.timeout(20_000);
  const scene = new TlsScene();

  it("carries bytes both ways, and tells the front-end what it rests on", async () => {
    const book = await scene.served(scene.gate({}, { alpn: ["mqtt"] }));
    const client = await scene.dial({ ALPNProtocols: ["mqtt"], servername: "LocalHost" });

    client.write("hello");
    const { link, heard } = await book.until((noted) => noted.heard.length > 0);
    for (const message of ["a", Buffer.from("b"), "ü", Buffer.alloc(100_000, "c"), "d".repeat(20_000), "e"])
      link.send(message);
    link.close();
    const tls = link.tls;
    const exported = tls?.exporter("EXPORTER-Channel-Binding", 32);

    assert.equal(Buffer.concat(heard as Buffer[]).toString(), "hello");
    assert.deepEqual(
      [link.secure, tls?.protocol, tls?.alpn, tls?.serverName, tls?.client, link.startTls],
      [true, "TLSv1.3", "mqtt", "localhost", undefined, undefined],
    );
    assert.match(tls?.cipher ?? "", /^TLS_/);
    assert.deepEqual(exported, client.exportKeyingMaterial(32, "EXPORTER-Channel-Binding", Buffer.alloc(0)));
    const der = new X509Certificate(readFileSync(scene.server.cert)).raw;
    assert.deepEqual(tls?.serverEndPoint, createHash("sha256").update(der).digest());
    const got = Buffer.concat(await client.toArray()).toString();
    assert.equal(got, `abü${"c".repeat(100_000)}${"d".repeat(20_000)}e`);
  });

  it("writes a thousand small messages of one tick as few records", async () => {
    const book = await scene.served();
    const client = await scene.dial();
    const { link } = await book.until();
    const chunks: Buffer[] = [];
    client.on("data", (chunk) => chunks.push(chunk));

    for (let i = 0; i < 1000; i++) link.send(Buffer.from(`message ${i};`));
    link.close();
    await once(client, "close");

    assert.equal(Buffer.concat(chunks).toString(), Array.from({ length: 1000 }, (_, i) => `message ${i};`).join(""));
    assert.ok(chunks.length < 10, `${chunks.length} records`);
  });

  it("says drained once after a tick's messages, and keeps bytes right when slow and quick sockets share ticks", async () => {
    const book = await scene.served();
    const slow = await scene.dial();
    const first = await book.until(() => true, 0);
    slow.pause();
    const quick = await scene.dial();
    const second = await book.until(() => true, 1);
    first.link.send(Buffer.alloc(8 << 20, "."));
    await new Promise(setImmediate);

    for (let i = 0; i < 200; i++) {
      first.link.send(`slow ${i};`);
      second.link.send(`quick ${i};`);
      if (i % 10 === 0) await book.until(({ link }) => link.buffered === 0, 1);
      else await new Promise(setImmediate);
    }
    const drains = second.drains;
    first.link.close();
    second.link.close();

    const expected = (who: string): string => Array.from({ length: 200 }, (_, i) => `${who} ${i};`).join("");
    assert.equal(Buffer.concat(await quick.toArray()).toString(), expected("quick"));
    assert.equal(
      Buffer.concat(await slow.toArray())
        .subarray(8 << 20)
        .toString(),
      expected("slow"),
    );
    assert.ok(drains > 19 && drains <= 200, `${drains} drains`);
  });

  it("refuses protocols before TLS 1.2", async () => {
    await scene.served();

    await assert.rejects(scene.dial({ maxVersion: "TLSv1.1", minVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" }));
    const old = await scene.dial({ maxVersion: "TLSv1.2" });

    assert.equal(old.getProtocol(), "TLSv1.2");
    old.destroy();
  });

  it("offers no exporter below TLS 1.3", async () => {
    const book = await scene.served();
    const client = await scene.dial({ maxVersion: "TLSv1.2" });
    const { link } = await book.until();

    assert.deepEqual([link.tls?.protocol, link.tls?.exporter("EXPORTER-Channel-Binding", 32)], ["TLSv1.2", undefined]);
    client.destroy();
  });

  it("closes on bytes in plain, on a handshake that does not come, and on ALPN for something else", async () => {
    const book = await scene.served(scene.gate({}, { alpn: ["mqtt"], handshakeMs: 200 }));
    const port = scene.port;

    await conversation(port, "\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00");
    await conversation(port, "");
    await assert.rejects(scene.dial({ ALPNProtocols: ["h2"] }));

    assert.equal(book.links.length, 0);
    (await scene.dial()).destroy();
  });

  it("serves pages, and answers 431 and 408 as in plain", async () => {
    const answer = (host: string, secure: boolean) => ({
      status: 200,
      contentType: "text/plain",
      body: `${host} ${secure}`,
    });
    scene.listener = await httpFor({
      pages: [{ path: "/p", answer }],
      tls: scene.gate({}, { alpn: ["http/1.1"] }),
      timeouts: { headersMs: 100, requestMs: 200 },
    });
    const ask = async (request: string): Promise<string> => {
      const socket = await scene.dial();
      socket.write(request);
      return Buffer.concat(await socket.toArray()).toString();
    };

    const page = await ask("GET /p HTTP/1.1\r\nHost: chat.example.org\r\nConnection: close\r\n\r\n");
    const slow = await ask("GET /p HTTP/1.1\r\nHost: x\r\n");

    assert.match(page, /^HTTP\/1\.1 200 [^]*chat\.example\.org true$/);
    assert.match(slow, /^HTTP\/1\.1 408 /);
  });
});
