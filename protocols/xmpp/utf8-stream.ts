// Bytes of a stream to characters (RFC 6120 §11.6), in pieces that may end within a character.
import { isUtf8 } from "node:buffer";
import { StreamError } from "./faults.ts";

const nothing = Buffer.alloc(0);
const byteOrderMark = 0xfeff;
/** Stands for what is no character; clients may also write it. */
const replacement = "\ufffd";

export class Utf8Stream {
  #begun = nothing;
  #first = true;

  /** The first `length` bytes. Throws StreamError, as soon as no continuation could make it UTF-8. */
  decode(bytes: Buffer, length: number): string {
    let said = this.#begun === nothing ? bytes.toString("utf8", 0, length) : replacement;
    if (said.includes(replacement)) said = this.#decodeExactly(bytes.subarray(0, length));
    if (!this.#first || said === "") return said;
    this.#first = false;
    return said.charCodeAt(0) === byteOrderMark ? said.slice(1) : said;
  }

  #decodeExactly(chunk: Buffer): string {
    const bytes = this.#begun === nothing ? chunk : Buffer.concat([this.#begun, chunk]);
    const whole = wholeIn(bytes);
    const head = bytes.subarray(0, whole);
    if (!isUtf8(head) || !mayBegin(bytes.subarray(whole))) throw refusal(chunk);
    this.#begun = whole === bytes.length ? nothing : Buffer.from(bytes.subarray(whole));
    return head.toString();
  }
}

/** All but the bytes of a last character that is not complete. */
function wholeIn(bytes: Buffer): number {
  const { length } = bytes;
  for (let back = 1; back <= Math.min(3, length); back++) {
    const byte = bytes[length - back]!;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue;
    const needed = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return needed > back ? length - back : length;
  }
  return length;
}

function mayBegin(bytes: Buffer): boolean {
  if (bytes.length === 0) return true;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function refusal(chunk: Buffer): StreamError {
  const wide = (chunk[0] === 0xfe && chunk[1] === 0xff) || (chunk[0] === 0xff && chunk[1] === 0xfe);
  return new StreamError(wide ? "unsupported-encoding" : "not-well-formed", "not UTF-8");
}
