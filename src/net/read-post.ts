// The body of a request, as far as it may go: who sends more is told in the front-end's words, not by a bare 413.
import type { Readable } from "node:stream";

export interface Post {
  readonly bytes: Buffer;
  /** There was more. */
  readonly truncated: boolean;
}

/** Of what is beyond the limit so much is read and dropped, so that the client comes to read its answer; then it is cut off. */
const dropped = 16 << 20;

export function readPost(stream: Readable, limit: number, done: (error: Error | null, post?: Post) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  let over = false;
  stream.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > limit + dropped) return void stream.destroy();
    if (over) return;
    chunks.push(chunk);
    if (size <= limit) return;
    over = true;
    done(null, { bytes: Buffer.concat(chunks, size).subarray(0, limit), truncated: true });
  });
  stream.once("end", () => over || done(null, { bytes: Buffer.concat(chunks, size), truncated: false }));
  stream.on("error", (error) => {
    if (!over) done(error);
    over = true;
  });
}
