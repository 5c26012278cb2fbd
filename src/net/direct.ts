// A plain TCP socket read and written beside Node's streams: a message that comes alone would pay more for them than for all
// that the broker does with it (docs/decisions/0063-beside-the-streams.md). What is used here is not documented by Node, so
// each part of it is looked for first; where one is missing, the stream does the work.
import { Socket, type SocketConstructorOpts } from "node:net";

/** Who takes what a socket reads. */
export interface Glancer {
  /** The first `length` bytes of `memory` are a chunk, until this returns. Who wants no more pauses the socket. */
  glanced(memory: Buffer, length: number): void;
}

interface Handle {
  useUserBuffer?(memory: Buffer): void;
  /** Called for each chunk, and when there will be no more; how much came is in `streamBaseState`. */
  onread?: (this: Handle, chunk: ArrayBuffer | undefined) => unknown;
  [glancing]?: Glancer;
  writeBuffer?(request: WriteRequest, bytes: Uint8Array): number;
}

interface WriteRequest {
  /** What is written: it must not be collected meanwhile. */
  buffer?: Uint8Array | undefined;
  oncomplete?: (status: number) => void;
}

export interface Writer {
  written(failed: boolean): void;
}

interface StreamBinding {
  readonly WriteWrap: new () => WriteRequest;
  readonly streamBaseState: Int32Array;
  readonly kLastWriteWasAsync: number;
  readonly kReadBytesOrError: number;
}

type Inner = Socket & { readonly _handle?: Handle | null } & Record<symbol, unknown>;

const glancing = Symbol("glancing");
/** One for all sockets: nothing is read while a chunk is handled. */
const memory = Buffer.allocUnsafeSlow(64 * 1024);
const placeOfMemory = findPlaceOfMemory();
const binding = streamBinding();
/** Node's own, of the first socket that is read: the end of a stream, and its errors, are the socket's to handle. */
let usual: Handle["onread"];
/** Serves one write after the other, until one is not taken at once. */
let request = binding && new binding.WriteWrap();

/** Where a socket keeps the memory that its documented option `onread` brings; a server makes its sockets without it. */
function findPlaceOfMemory(): symbol | undefined {
  const probe = new Socket({ onread: { buffer: memory, callback: () => true } } as SocketConstructorOpts);
  const kept = probe as unknown as Record<symbol, unknown>;
  return Object.getOwnPropertySymbols(probe).find((symbol) => kept[symbol] === memory);
}

function streamBinding(): StreamBinding | undefined {
  try {
    const found = (process as unknown as { binding(name: string): Partial<StreamBinding> }).binding("stream_wrap");
    const { WriteWrap, streamBaseState, kLastWriteWasAsync, kReadBytesOrError } = found;
    if (typeof WriteWrap !== "function" || !(streamBaseState instanceof Int32Array)) return undefined;
    if (typeof kLastWriteWasAsync !== "number" || typeof kReadBytesOrError !== "number") return undefined;
    return { WriteWrap, streamBaseState, kLastWriteWasAsync, kReadBytesOrError };
  } catch {
    return undefined; // a Node that keeps it to itself
  }
}

/**
 * False when the stream must be read: Node has no such way, or the stream holds something; or has read, unless what it has
 * read is known to have been `served`.
 */
export function readDirectly(socket: Socket, glancer: Glancer, served = false): boolean {
  const { _handle: handle } = socket as Inner;
  if (placeOfMemory === undefined || binding === undefined || !(placeOfMemory in socket)) return false;
  if (typeof handle?.useUserBuffer !== "function" || typeof handle.onread !== "function") return false;
  if ((socket.bytesRead > 0 && !served) || socket.readableLength > 0) return false;
  // With memory of its own, a socket that is paused stops reading at once.
  Object.assign(socket, { [placeOfMemory]: memory });
  handle.useUserBuffer(memory);
  usual ??= handle.onread;
  handle[glancing] = glancer;
  handle.onread = onread;
  return true;
}

/** What Node does for each chunk, but for what concerns streams, and timeouts, which these sockets have not. */
function onread(this: Handle, chunk: ArrayBuffer | undefined): unknown {
  const length = binding!.streamBaseState[binding!.kReadBytesOrError]!;
  if (length <= 0) return usual!.call(this, chunk);
  this[glancing]!.glanced(memory, length);
  return undefined;
}

/** Whether `writeDirectly` may be asked. */
export function writesDirectly(socket: Socket): boolean {
  return binding !== undefined && typeof (socket as Inner)._handle?.writeBuffer === "function";
}

/**
 * Hands the bytes to the kernel. True when it has them all; otherwise `written` is called when it has, or never will. The
 * caller has nothing under way with this socket, here or in its stream. What the stream is given later comes later.
 */
export function writeDirectly(socket: Socket, bytes: Uint8Array, writer: Writer): boolean {
  const { _handle: handle } = socket as Inner;
  if (!handle) return true; // closed: nobody will have it
  const { WriteWrap, streamBaseState, kLastWriteWasAsync } = binding!;
  const now = request!;
  const status = handle.writeBuffer!(now, bytes);
  if (status !== 0) {
    socket.destroy(writeError(status));
    return true;
  }
  if (streamBaseState[kLastWriteWasAsync] === 0) return true;
  request = new WriteWrap();
  now.buffer = bytes;
  now.oncomplete = (late) => {
    now.buffer = undefined;
    if (late !== 0 && !socket.destroyed) socket.destroy(writeError(late));
    writer.written(late !== 0);
  };
  return false;
}

function writeError(status: number): Error {
  return new Error(`write failed (${status})`);
}
