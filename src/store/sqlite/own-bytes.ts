/** Bytes that cross to another thread alone: a view on a socket's 64 KiB chunk would cross with all of the chunk. */
export function own(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
}
