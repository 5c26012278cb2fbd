import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectTls } from "node:tls";
import WebSocket from "ws";
import { ConnectionLimits } from "../../../src/net/connection-limits.ts";
import type { Listener } from "../../../src/net/door.ts";
import { networksOf, Proxies } from "../../../src/net/proxies.ts";
import { TlsContexts } from "../../../src/net/tls-contexts.ts";
import { TlsGate } from "../../../src/net/tls-gate.ts";
import { silent } from "../../../src/ops/log.ts";
import { Authority } from "../../support/certificates.ts";
import { conversation, dial, httpFor, Notebook, tcpFor } from "./peers.ts";

const header = "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n";

describe("a port behind proxies", () => {
  let listener: Listener | undefined;
  afterEach(async () => {
    await listener?.[Symbol.asyncDispose]();
    listener = undefined;
  });

  it("knows the client by the header, in any pieces, and passes on what follows", async () => {
    const book = new Notebook();
    listener = await tcpFor(book.accept, undefined, 0, { proxies: new Proxies(["127.0.0.1"], silent) });

    const whole = await dial(listener.port);
    whole.write(`${header}hello`);
    const first = await book.until(({ heard }) => heard.length > 0, 0);
    const pieces = await dial(listener.port);
    for (const letter of header) {
      pieces.write(letter);
      await new Promise(setImmediate);
    }
    pieces.write("again");
    const second = await book.until(({ heard }) => heard.length > 0, 1);

    assert.deepEqual([first.link.remote, first.link.secure], ["192.0.2.1", false]);
    assert.deepEqual(
      [first, second].map(({ heard }) => Buffer.concat(heard as Buffer[]).toString()),
      ["hello", "again"],
    );
    whole.destroy();
    pieces.destroy();
  });

  it("counts clients, not the proxy", async () => {
    const book = new Notebook();
    const limits = new ConnectionLimits(10, 1);
    listener = await tcpFor(book.accept, limits, 0, { proxies: new Proxies(["127.0.0.0/8"], silent) });
    const first = await dial(listener.port);
    first.write(header);
    await book.until();

    const refused = await conversation(listener.port, header);
    const other = await dial(listener.port);
    other.write("PROXY TCP4 192.0.2.2 198.51.100.1 56324 443\r\n");
    await book.until(() => true, 1);
    first.destroy();
    await book.until(({ closes }) => closes === 1, 0);
    const again = await dial(listener.port);
    again.write(header);
    const { link } = await book.until(() => true, 2);

    assert.deepEqual([refused, link.remote], ["", "192.0.2.1"]);
    for (const socket of [other, again]) socket.destroy();
  });

  it("closes what brings no header, and what comes from elsewhere", async () => {
    const book = new Notebook();
    listener = await tcpFor(book.accept, undefined, 0, { proxies: new Proxies(["127.0.0.1"], silent) });
    const elsewhere = await tcpFor(book.accept, undefined, 0, { proxies: new Proxies(["10.0.0.0/8"], silent) });

    await conversation(listener.port, "\x10\x0c\x00\x04MQTT");
    await conversation(elsewhere.port, header);
    await elsewhere[Symbol.asyncDispose]();

    assert.equal(book.links.length, 0);
  });

  it("closes what begins a header and does not end it, in time and in bytes, and counts nobody for it", async () => {
    const book = new Notebook();
    const limits = new ConnectionLimits(1, 1);
    listener = await tcpFor(book.accept, limits, 0, { proxies: new Proxies(["127.0.0.1"], silent, 100) });

    await conversation(listener.port, "PROXY TCP4 192.0.2.1");
    await conversation(listener.port, `PROXY UNKNOWN ${"x".repeat(200)}`);
    await conversation(listener.port, "\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff");
    const after = await dial(listener.port);
    after.write(header);
    const { link } = await book.until();

    assert.equal(link.remote, "192.0.2.1");
    after.destroy();
  });

  it("reads the header in front of TLS", async () => {
    await using authority = await Authority.found();
    const pair = await authority.sign();
    using contexts = new TlsContexts({ ...pair, ca: "", hosts: [] }, silent);
    const tls = new TlsGate({ contexts, alpn: [], clientCertificates: "none", handshakeMs: 2_000, log: silent });
    const book = new Notebook();
    listener = await tcpFor(book.accept, undefined, 0, { tls, proxies: new Proxies(["127.0.0.1"], silent) });

    const raw = await dial(listener.port);
    raw.write(header);
    const client = connectTls({ socket: raw, ca: await authority.ca, host: "localhost" });
    client.on("error", () => undefined);
    client.write("hello");
    const { link, heard } = await book.until((noted) => noted.heard.length > 0);

    assert.deepEqual([link.remote, link.secure, link.tls?.protocol], ["192.0.2.1", true, "TLSv1.3"]);
    assert.equal(String(heard[0]), "hello");
    client.destroy();
  });

  it("answers HTTP, shows no figures to clients from elsewhere, and knows a WebSocket's client", async () => {
    const book = new Notebook();
    const endpoint = { path: "/ws", subprotocols: [], maxFrame: 1024, accept: book.accept };
    listener = await httpFor({ endpoints: [endpoint], proxies: new Proxies(["127.0.0.1"], silent) });
    const port = listener.port;

    const page = await conversation(port, `${header}GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    const figures = await conversation(port, `${header}GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    const raw = await dial(port);
    raw.write(header);
    const ws = new WebSocket(`ws://127.0.0.1:${port}/ws`, { createConnection: () => raw });
    await once(ws, "open");
    const { link } = await book.until();

    assert.match(page, /^HTTP\/1\.1 200 /);
    assert.match(figures, /^HTTP\/1\.1 403 /);
    assert.equal(link.remote, "192.0.2.1");
    ws.terminate();
  });

  it("takes addresses and networks, and says what is neither", () => {
    const networks = networksOf(["192.0.2.1", "10.0.0.0/8", "2001:db8::/32"]);

    assert.equal(networks.check("10.200.3.4"), true);
    assert.equal(networks.check("2001:db8::5", "ipv6"), true);
    assert.equal(networks.check("192.0.2.2"), false);
    for (const wrong of ["proxy.example.org", "10.0.0.0/33", "10.0.0.0/8/8", "10.0.0.0/", ""])
      assert.throws(() => networksOf([wrong]), /is no address and no network/);
  });
});
