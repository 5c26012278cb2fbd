import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { readPost, type Post } from "../../../src/net/read-post.ts";

function reading(stream: PassThrough, limit: number): Promise<Post> {
  return new Promise((resolve, reject) => {
    readPost(stream, limit, (error, post) => (error === null ? resolve(post!) : reject(error)));
  });
}

describe("the body of a request", () => {
  it("is read whole, in whatever pieces, up to its limit", async () => {
    const stream = new PassThrough();
    const read = reading(stream, 6);

    stream.write("abc");
    stream.end("def");

    assert.deepEqual(await read, { bytes: Buffer.from("abcdef"), truncated: false });
  });

  it("is cut at its limit before it has ended, and the rest is dropped", async () => {
    const stream = new PassThrough();
    const read = reading(stream, 4);

    stream.write("abc");
    stream.write("def");

    assert.deepEqual(await read, { bytes: Buffer.from("abcd"), truncated: true });
    stream.end("ghi");
    await new Promise((resolve) => stream.once("end", resolve));
  });

  it("that has no end is cut off", async () => {
    const stream = new PassThrough();
    const closed = new Promise((resolve) => stream.once("close", resolve));
    const read = reading(stream, 4);

    const piece = Buffer.alloc(1 << 20);
    for (let sent = 0; sent < 18; sent++) if (!stream.destroyed) stream.write(piece);

    assert.equal((await read).truncated, true);
    await closed;
  });

  it("that breaks off is an error", async () => {
    const stream = new PassThrough();
    const read = reading(stream, 4);

    stream.destroy(new Error("aborted"));

    await assert.rejects(read, /aborted/);
  });
});
