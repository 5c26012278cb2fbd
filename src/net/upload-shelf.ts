// Files on disk: written whole or not at all, once, and gone after their time.
import { randomBytes } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { link, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { Transform, type Readable } from "node:stream";
import type { Clock } from "../ops/clock.ts";
import type { Logger } from "../ops/log.ts";

export interface Shelved {
  readonly name: string;
  readonly type: string;
  readonly bytes: number;
  open(): Readable;
}

export interface ShelfOptions {
  readonly directory: string;
  readonly keepMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}

const token = /^[A-Za-z0-9_-]{24}$/;
const sweepMs = 60 * 60_000;

export class UploadShelf implements Disposable {
  readonly #options: ShelfOptions;
  #cancelSweep: () => void;

  constructor(options: ShelfOptions) {
    this.#options = options;
    this.#cancelSweep = this.#later();
  }

  [Symbol.dispose](): void {
    this.#cancelSweep();
  }

  /** `false`: it is there already; a stream that is longer or shorter than it should be rejects, and leaves nothing. */
  async put(
    id: string,
    about: { readonly name: string; readonly type: string; readonly bytes: number },
    content: Readable,
  ): Promise<boolean> {
    const place = this.#place(id);
    if (place === undefined) return false;
    await mkdir(place.directory, { recursive: true });
    const part = `${place.file}.${randomBytes(6).toString("hex")}.part`;
    try {
      await pipeline(content, exactly(about.bytes), createWriteStream(part, { flags: "wx", flush: true }));
      // The description first: a file without one does not exist, and a second one does not replace it.
      await writeFile(`${place.file}.json`, JSON.stringify({ name: about.name, type: about.type }), { flag: "wx" });
      await link(part, place.file);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
      throw error;
    } finally {
      await rm(part, { force: true });
    }
  }

  async get(id: string): Promise<Shelved | undefined> {
    const place = this.#place(id);
    if (place === undefined) return undefined;
    try {
      const about = JSON.parse(await readFile(`${place.file}.json`, "utf8")) as { name: string; type: string };
      const { size } = await stat(place.file);
      return { ...about, bytes: size, open: () => createReadStream(place.file) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  /** Removes what is older than it is kept. */
  async sweep(): Promise<void> {
    const { directory, keepMs, clock } = this.#options;
    for (const shelf of await namesIn(directory)) {
      for (const name of await namesIn(join(directory, shelf))) {
        const file = join(directory, shelf, name);
        const { mtimeMs } = await stat(file);
        if (mtimeMs + keepMs < clock.now()) await rm(file, { force: true });
      }
    }
  }

  /** No id leads out of the directory. */
  #place(id: string): { readonly directory: string; readonly file: string } | undefined {
    if (!token.test(id)) return undefined;
    const directory = join(this.#options.directory, id.slice(0, 2));
    return { directory, file: join(directory, id) };
  }

  #later(): () => void {
    const { clock, log } = this.#options;
    return clock.after(sweepMs, () => {
      this.sweep().catch((error: unknown) => log.warn({ what: "uploads_not_swept", err: error }, "old files stay"));
      this.#cancelSweep = this.#later();
    });
  }
}

export class WrongSize extends Error {}

function exactly(bytes: number): Transform {
  let left = bytes;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      left -= chunk.length;
      if (left < 0) done(new WrongSize("longer than it was said to be"));
      else done(null, chunk);
    },
    flush: (done) => (left === 0 ? done() : done(new WrongSize("shorter than it was said to be"))),
  });
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
