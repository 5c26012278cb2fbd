import assert from "node:assert/strict";
import { once } from "node:events";
import { ConnectionLimits } from "../../../src/net/connection-limits.ts";
import type { Listener } from "../../../src/net/tcp-listener.ts";
import { dial, Notebook, tcpFor } from "./peers.ts";

describe("a TCP link", () => {
  let listener: Listener | undefined;
  afterEach(async () => {
    await listener?.[Symbol.asyncDispose]();
    listener = undefined;
  });

  it("passes on what the client wrote, and sends a tick's messages in order", async () => {
    const book = new Notebook();
    listener = await tcpFor(book.accept);
    const client = await dial(listener.port);

    client.write("hello");
    const { link, heard } = await book.until((noted) => noted.heard.length > 0);
    for (const message of ["a", Buffer.from("b"), "ü", Buffer.alloc(100_000, "c"), "d".repeat(20_000), "e"])
      link.send(message);
    link.close();

    assert.equal(Buffer.concat(heard as Buffer[]).toString(), "hello");
    const got = Buffer.concat(await client.toArray()).toString();
    assert.equal(got, `abü${"c".repeat(100_000)}${"d".repeat(20_000)}e`);
  });

  it("sends texts of any length in order, however many become one", async () => {
    const book = new Notebook();
    listener = await tcpFor(book.accept);
    const client = await dial(listener.port);
    client.write("hello");
    const { link } = await book.until((noted) => noted.heard.length > 0);
    const texts = Array.from({ length: 60 }, (_, n) => `${n}${"€".repeat((n * 337) % 3_000)}`);

    for (const text of texts) link.send(text);
    assert.equal(link.buffered, texts.join("").length);
    link.close();

    assert.equal(Buffer.concat(await client.toArray()).toString(), texts.join(""));
  });

  it("shows short chunks where they lie to who wants them so, and gives long ones away", async () => {
    const seen: string[] = [];
    const given: Buffer[] = [];
    let change = (): void => {};
    listener = await tcpFor(() => ({
      glance: (memory, length) => {
        seen.push(memory.toString("latin1", 0, length));
        change();
      },
      bytes: (chunk) => {
        given.push(chunk);
        change();
      },
      closed: () => {},
    }));
    const client = await dial(listener.port);
    const changed = (): Promise<void> => new Promise((resolve) => (change = resolve));
    const long = Buffer.alloc(8_000, "long");

    for (const chunk of ["short", long, "brief"]) {
      const heard = changed();
      client.write(chunk);
      await heard;
    }
    while (Buffer.concat(given).length < long.length) await changed();

    assert.deepEqual(seen, ["short", "brief"]);
    assert.deepEqual(Buffer.concat(given), long);
    client.destroy();
  });

  it("shows long ones where they lie, too, to who keeps nothing of any", async () => {
    let seen = "";
    let change = (): void => {};
    listener = await tcpFor(() => ({
      mostGlanced: Infinity,
      glance: (memory, length) => {
        seen += memory.toString("latin1", 0, length);
        change();
      },
      bytes: () => assert.fail("a copy"),
      closed: () => {},
    }));
    const client = await dial(listener.port);
    const long = "long".repeat(50_000);

    client.write(long);
    while (seen.length < long.length) await new Promise<void>((resolve) => (change = resolve));

    assert.equal(seen, long);
    client.destroy();
  });

  it("hears on when it was paused and is resumed, and that the client has ended", async () => {
    const book = new Notebook();
    listener = await tcpFor(book.accept);
    const client = await dial(listener.port);
    const { link } = await book.until();

    link.pause();
    client.write("while paused");
    await new Promise((resolve) => setTimeout(resolve, 20));
    const before = book.links[0]!.heard.length;
    link.resume();
    const { heard } = await book.until((noted) => noted.heard.length > 0);
    client.end();
    await book.until(({ closes }) => closes === 1);

    assert.equal(before, 0);
    assert.equal(String(heard[0]), "while paused");
  });

  it("knows its peer, and that loopback is secure", async () => {
    const book = new Notebook();
    listener = await tcpFor(book.accept);

    const client = await dial(listener.port);
    const { link } = await book.until();

    assert.deepEqual([link.remote, link.secure, link.subprotocol], ["127.0.0.1", true, ""]);
    client.destroy();
  });

  it("writes a thousand small messages of one tick with few writes", async () => {
    const book = new Notebook();
    listener = await tcpFor(book.accept);
    const client = await dial(listener.port);
    const { link } = await book.until();
    const chunks: Buffer[] = [];
    client.on("data", (chunk) => chunks.push(chunk));

    for (let i = 0; i < 1000; i++) link.send(Buffer.from(`message ${i};`));
    link.close();
    await once(client, "close");

    const all = Buffer.concat(chunks).toString();
    assert.equal(all, Array.from({ length: 1000 }, (_, i) => `message ${i};`).join(""));
    assert.ok(chunks.length < 10, `${chunks.length} segments`);
  });

  it("tells when a client that did not read has taken everything", async () => {
    const book = new Notebook();
    listener = await tcpFor(book.accept);
    const client = await dial(listener.port);
    client.pause();
    const { link } = await book.until();
    const megabyte = Buffer.alloc(1 << 20, "x");
    for (let i = 0; i < 32; i++) link.send(megabyte);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    const full = link.buffered;

    let received = 0;
    client.on("data", (chunk) => (received += chunk.length)).resume();
    await book.until((noted) => noted.drains > 0);

    assert.ok(full > 1 << 20, `${full} bytes were waiting`);
    assert.equal(link.buffered, 0);
    client.destroy();
    await book.until((noted) => noted.closes === 1);
    assert.ok(received > 0);
  });

  it("says drained after each tick's messages when the kernel takes them at once", async () => {
    const book = new Notebook();
    listener = await tcpFor(book.accept);
    const client = await dial(listener.port);
    const { link } = await book.until();

    link.send("one");
    link.send("two");
    const noted = await book.until(({ drains }) => drains > 0);

    assert.deepEqual([noted.drains, link.buffered], [1, 0]);
    client.destroy();
  });

  it("asks for nothing more once the front-end has said goodbye", async () => {
    const book = new Notebook();
    listener = await tcpFor(book.accept);
    const client = await dial(listener.port);
    const noted = await book.until();

    noted.link.send("goodbye");
    noted.link.close();
    noted.link.send("too late");

    assert.equal(Buffer.concat(await client.toArray()).toString(), "goodbye");
    await book.until(({ closes }) => closes === 1);
    assert.equal(noted.drains, 0);
  });

  it("keeps bytes right when slow and quick sockets share a tick", async () => {
    const book = new Notebook();
    listener = await tcpFor(book.accept);
    const slow = await dial(listener.port);
    slow.pause();
    const first = (await book.until(() => true, 0)).link;
    const quick = await dial(listener.port);
    const second = (await book.until(() => true, 1)).link;
    first.send(Buffer.alloc(16 << 20, "."));
    await new Promise(setImmediate);

    for (let i = 0; i < 200; i++) {
      first.send(`slow ${i};`);
      second.send(`quick ${i};`);
      await new Promise(setImmediate);
    }
    first.close();
    second.close();

    const expected = (who: string) => Array.from({ length: 200 }, (_, i) => `${who} ${i};`).join("");
    assert.equal(Buffer.concat(await quick.toArray()).toString(), expected("quick"));
    const taken = Buffer.concat(await slow.toArray());
    assert.equal(taken.subarray(16 << 20).toString(), expected("slow"));
  });

  it("does not read while paused, so that the client's socket fills", async () => {
    const book = new Notebook();
    listener = await tcpFor(book.accept);
    const client = await dial(listener.port);
    const { link } = await book.until();

    link.pause();
    const total = 16 << 20;
    client.write(Buffer.alloc(total, "x"));
    await new Promise((later) => setTimeout(later, 50));
    const before = book.links[0]?.heard.length;
    assert.ok(client.writableLength > total / 4, `${client.writableLength} bytes still with the client`);
    link.resume();
    const sum = (heard: (string | Buffer)[]) => heard.reduce((bytes, chunk) => bytes + chunk.length, 0);
    await book.until(({ heard }) => sum(heard) === total);

    assert.equal(before, 0);
    client.destroy();
  });

  it("calls closed once, and nothing after it", async () => {
    const book = new Notebook();
    listener = await tcpFor(book.accept);
    const client = await dial(listener.port);
    const { link } = await book.until();

    client.resetAndDestroy();
    const noted = await book.until(({ closes }) => closes > 0);
    link.send("too late");
    link.close();
    link.destroy();
    await new Promise(setImmediate);

    assert.deepEqual([noted.closes, noted.drains, link.buffered], [1, 0, 0]);
  });

  it("closes at once what is over the bound, and takes it when another has gone", async () => {
    const book = new Notebook();
    listener = await tcpFor(book.accept, new ConnectionLimits(2, 2));
    const first = await dial(listener.port);
    const second = await dial(listener.port);
    await book.until(() => true, 1);

    const third = await dial(listener.port);
    await once(third.resume(), "close");
    first.destroy();
    await book.until(({ closes }) => closes === 1);
    const fourth = await dial(listener.port);
    await book.until(() => true, 2);

    assert.equal(book.links.length, 3);
    second.destroy();
    fourth.destroy();
  });

  it("cuts only the connection whose front-end threw", async () => {
    const book = new Notebook();
    listener = await tcpFor((link) => {
      const noted = book.accept(link);
      const bytes = (chunk: Buffer) => {
        if (chunk.toString() === "boom") throw new Error("a bug");
        noted.bytes?.(chunk);
      };
      return { bytes, closed: () => noted.closed() };
    });
    const good = await dial(listener.port);
    const bad = await dial(listener.port);

    bad.write("boom");
    await once(bad.resume(), "close");
    good.write("fine");
    const { heard } = await book.until((noted) => noted.heard.length > 0);

    assert.equal(String(heard[0]), "fine");
    good.destroy();
  });
});
