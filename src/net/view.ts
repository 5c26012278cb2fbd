// Views of memory that is known already. `Buffer.subarray` asks a buffer for its memory first, and that is a call into native
// code: as dear as all else that a short packet needs.

type ViewClass = new (memory: ArrayBufferLike, offset: number, length: number) => Buffer;

/** The class of Node's own buffers, which `new Buffer` is not. `ws` makes its views with it, too. */
const View = (Buffer as unknown as { readonly [Symbol.species]: ViewClass })[Symbol.species];

/** The bytes of `memory` from one offset to before the other, as `Buffer.from(memory, from, to - from)`. */
export function viewOf(memory: ArrayBufferLike, from: number, to: number): Buffer {
  return new View(memory, from, to - from);
}
