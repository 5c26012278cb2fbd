import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { UploadShelf, WrongSize } from "../../../src/net/upload-shelf.ts";
import { systemClock } from "../../../src/ops/clock.ts";
import { silent } from "../../../src/ops/log.ts";

const id = "abcdefghijklmnopqrstuvwx";
const about = { name: "a.txt", type: "text/plain", bytes: 5 };

describe("a shelf of files", () => {
  let directory: string;
  let now: number;
  let shelf: UploadShelf;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "shelf-"));
    now = Date.now();
    const clock = { ...systemClock, now: () => now, after: () => () => undefined };
    shelf = new UploadShelf({ directory, keepMs: 1000, clock, log: silent });
  });
  afterEach(() => rm(directory, { recursive: true }));

  it("takes a file once, and gives it", async () => {
    const first = await shelf.put(id, about, Readable.from([Buffer.from("he"), Buffer.from("llo")]));
    const second = await shelf.put(id, about, Readable.from([Buffer.from("other")]));

    const file = (await shelf.get(id))!;
    assert.deepEqual([first, second, file.name, file.type, file.bytes], [true, false, "a.txt", "text/plain", 5]);
    assert.equal(await text(file.open()), "hello");
  });

  it("takes neither more nor less than was said, and keeps nothing of it", async () => {
    for (const content of ["hell", "hello!"])
      await assert.rejects(shelf.put(id, about, Readable.from([Buffer.from(content)])), WrongSize);

    assert.equal(await shelf.get(id), undefined);
    assert.deepEqual(await readdir(join(directory, "ab")), []);
  });

  it("knows no way out of its directory", async () => {
    for (const outside of ["../../../../../etc/passwd", "..", "", "abcdefghijklmnopqrstuv/.", `${id}x`]) {
      assert.equal(await shelf.put(outside, about, Readable.from([Buffer.from("hello")])), false);
      assert.equal(await shelf.get(outside), undefined);
    }
  });

  it("lets go of files after their time", async () => {
    await shelf.put(id, about, Readable.from([Buffer.from("hello")]));
    await shelf.sweep();
    const kept = await shelf.get(id);

    now += 60_000;
    await shelf.sweep();

    assert.notEqual(kept, undefined);
    assert.equal(await shelf.get(id), undefined);
  });
});
