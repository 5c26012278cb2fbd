import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { WebSocket, type ClientOptions } from "ws";
import { Spliced } from "../../../src/net/spliced.ts";
import type { Listener } from "../../../src/net/tcp-listener.ts";
import type { Endpoint } from "../../../src/net/websocket-listener.ts";
import { dial, httpFor, Notebook } from "./peers.ts";

describe("a WebSocket link", () => {
  let host: Listener | undefined;
  afterEach(async () => {
    await host?.[Symbol.asyncDispose]();
    host = undefined;
  });

  async function served(endpoint: Partial<Endpoint> = {}, origins: string[] = []): Promise<Notebook> {
    const book = new Notebook();
    const whole = { path: "/ws", subprotocols: ["one", "two"], maxFrame: 100_000, accept: book.accept, ...endpoint };
    host = await httpFor({ endpoints: [whole], origins });
    return book;
  }

  const dialed = (protocols: string[] = ["two"], options: ClientOptions = {}, path = "/ws"): WebSocket =>
    new WebSocket(`ws://127.0.0.1:${host?.port}${path}`, protocols, options);

  async function opened(protocols?: string[], options?: ClientOptions): Promise<WebSocket> {
    const ws = dialed(protocols, options);
    await once(ws, "open");
    return ws;
  }

  async function refused(protocols?: string[], options?: ClientOptions, path?: string): Promise<number> {
    const ws = dialed(protocols, options, path);
    ws.on("error", () => undefined);
    const [, response] = await once(ws, "unexpected-response");
    ws.terminate();
    return response.statusCode;
  }

  async function refusal(protocols?: string[], options?: ClientOptions, path?: string): Promise<string> {
    const ws = dialed(protocols, options, path);
    ws.on("error", () => undefined);
    const [, response] = (await once(ws, "unexpected-response")) as [unknown, IncomingMessage];
    const body = await text(response);
    ws.terminate();
    return body;
  }

  it("passes on text and binary frames", async () => {
    const book = await served();
    const ws = await opened();

    ws.send("grüße");
    ws.send(Buffer.from([1, 2, 3]));
    const { heard } = await book.until((noted) => noted.heard.length === 2);

    assert.deepEqual(heard, ["grüße", Buffer.from([1, 2, 3])]);
    ws.terminate();
  });

  it("sends one frame a call, of each length form, in order", async () => {
    const book = await served();
    const ws = await opened();
    const frames: [string, boolean][] = [];
    ws.on("message", (data, isBinary) => frames.push([String(data), isBinary]));
    const { link } = await book.until();
    const sent = [
      "",
      "ü",
      "a".repeat(125),
      "b".repeat(126),
      "c".repeat(9_000),
      "d".repeat(65_535),
      "e".repeat(70_000),
      "ü".repeat(60_000),
    ];

    for (const text of sent) {
      link.send(text);
      link.send(Buffer.from(text));
      const third = Math.floor(text.length / 3);
      const parts = [text.slice(0, third), text.slice(third, 2 * third), text.slice(2 * third)];
      const [head, own, tail] = parts.map((part) => Buffer.from(part));
      link.sendSpliced!(new Spliced(head!, own!, tail!));
    }
    link.close(1000, "done");
    const [code, reason] = await once(ws, "close");

    assert.deepEqual(
      frames,
      sent.flatMap((text) => [
        [text, false],
        [text, true],
        [text, false],
      ]),
    );
    assert.deepEqual([code, String(reason)], [1000, "done"]);
  });

  it("agrees on the first of the end point's subprotocols that the client offers", async () => {
    const book = await served();

    const ws = await opened(["zero", "two", "one"]);

    assert.equal(ws.protocol, "one");
    assert.equal((await book.until()).link.subprotocol, "one");
    ws.terminate();
  });

  it("answers 400 when no subprotocol is common, and when none is offered", async () => {
    await served();

    assert.equal(await refused(["zero"]), 400);
    assert.equal(await refused([]), 400);
  });

  it("lets a client offer none where the end point says so", async () => {
    await served({ subprotocolOptional: true });

    const ws = await opened([]);

    assert.equal(ws.protocol, "");
    assert.equal(await refused(["zero"]), 400);
    ws.terminate();
  });

  it("answers 404 on another path", async () => {
    await served();

    assert.equal(await refused(["one"], {}, "/elsewhere"), 404);
  });

  it("answers 403 to a page of another site, and serves its own, local ones and clients without a page", async () => {
    await served();
    const own = `http://127.0.0.1:${host?.port}`;

    assert.equal(await refused(["one"], { origin: "https://evil.example" }), 403);
    assert.equal(await refused(["one"], { origin: "null" }), 403);
    for (const origin of [own, "http://localhost:5173", "http://[::1]:80"])
      (await opened(["one"], { origin })).terminate();
  });

  it("serves just the configured origins and its own once some are configured", async () => {
    await served({}, ["https://chat.example"]);

    (await opened(["one"], { origin: "https://chat.example" })).terminate();
    assert.equal(await refused(["one"], { origin: "http://localhost:5173" }), 403);
  });

  it("serves a client that writes the bare host it asks as its Origin, as no browser does", async () => {
    await served({}, ["https://chat.example"]);

    for (const origin of ["127.0.0.1", `127.0.0.1:${host?.port}`]) (await opened(["one"], { origin })).terminate();
    for (const origin of ["evil.example", "127.0.0.1:1"]) assert.equal(await refused(["one"], { origin }), 403);
  });

  it("says in its answer what it refuses a WebSocket for", async () => {
    await served();

    const answers = [
      await refusal(["one"], { origin: "https://evil.example" }),
      await refusal(["zero"]),
      await refusal(["one"], {}, "/elsewhere"),
    ];

    assert.deepEqual(answers, [
      "Forbidden: this Origin is not one of the setting `origins`\n",
      "Bad Request: Sec-WebSocket-Protocol has to offer one or two\n",
      "Not Found: no WebSocket at this path\n",
    ]);
  });

  it("closes with 1009 on a frame over the limit", async () => {
    const book = await served();
    const ws = await opened();

    ws.send("x".repeat(100_001));
    const [code] = await once(ws, "close");

    assert.equal(code, 1009);
    assert.deepEqual((await book.until(({ closes }) => closes === 1)).heard, []);
  });

  it("closes with 1007 on a text frame that is not UTF-8", async () => {
    const book = await served();
    const ws = await opened();

    ws.send(Buffer.from([0xc3, 0x28]), { binary: false });
    const [code] = await once(ws, "close");

    assert.equal(code, 1007);
    await book.until(({ closes }) => closes === 1);
  });

  it("closes with 1003 on a kind of frame that the front-end does not take", async () => {
    await served({ accept: () => ({ text: () => undefined, closed: () => undefined }) });
    const ws = await opened();

    ws.send(Buffer.from("binary"));
    const [code] = await once(ws, "close");

    assert.equal(code, 1003);
  });

  it("never agrees on compression", async () => {
    await served();

    const ws = await opened(["one"], { perMessageDeflate: true });

    assert.equal(ws.extensions, "");
    ws.terminate();
  });

  it("answers pings, and stops sending when the client says goodbye", async () => {
    const book = await served();
    const ws = await opened();
    ws.ping("there?");
    const [data] = await once(ws, "pong");

    ws.close(1001);
    await once(ws, "close");
    const { link } = await book.until(({ closes }) => closes === 1);
    link.send("too late");

    assert.equal(String(data), "there?");
    assert.equal(link.buffered, 0);
  });

  it("calls closed once when the client's socket breaks", async () => {
    const book = await served();
    const ws = await opened();

    ws.terminate();
    await book.until(({ closes }) => closes === 1);
    await new Promise(setImmediate);

    assert.equal(book.links[0]?.closes, 1);
  });

  it("does not read while paused", async () => {
    const book = await served();
    const ws = await opened();
    const { link, heard } = await book.until();

    link.pause();
    for (let i = 0; i < 300; i++) ws.send("x".repeat(60_000));
    await new Promise((later) => setTimeout(later, 50));
    const before = heard.length;
    link.resume();
    await book.until((noted) => noted.heard.length === 300);

    assert.ok(before <= 2, `${before} frames came while paused`);
    ws.terminate();
  });

  it("answers 431 to an upgrade with thousands of headers", async () => {
    await served();
    const socket = await dial(host?.port ?? 0);
    const many = Array.from({ length: 2100 }, (_, i) => `a${i % 9}:\r\n`).join("");

    socket.write(`GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${many}\r\n`);
    const answer = Buffer.concat(await socket.toArray()).toString();

    assert.match(answer, /^HTTP\/1\.1 431 /);
  });
});
