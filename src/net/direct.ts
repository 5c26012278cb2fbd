// A plain TCP socket read and written beside Node's streams: a message that comes alone would pay more for them than for all
// that the broker does with it (docs/decisions/0063-beside-the-streams.md). What is used here is not documented by Node, so
// each part of it is looked for first; where one is missing, the stream does the work.
import { Socket, type SocketConstructorOpts } from "node:net";

/** Called with the socket as `this`: its first `length` bytes are a chunk, until this returns. False stops reading. */
export type Heard = (this: Socket, length: number, memory: Buffer) => boolean;

interface Handle {
  useUserBuffer?(memory: Buffer): void;
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
}

type Inner = Socket & { readonly _handle?: Handle | null } & Record<symbol, unknown>;

/** One for all sockets: nothing is read while a chunk is handled. */
const memory = Buffer.allocUnsafeSlow(64 * 1024);
const places = placesOfOnread();
const binding = streamBinding();
/** Serves one write after the other, until one is not taken at once. */
let request = binding && new binding.WriteWrap();

/** Where a socket keeps what its documented option `onread` brings; a server makes its sockets without it. */
function placesOfOnread(): { readonly memory: symbol; readonly heard: symbol } | undefined {
  const callback = (): boolean => true;
  const probe = new Socket({ onread: { buffer: memory, callback } } as SocketConstructorOpts) as unknown as Record<
    symbol,
    unknown
  >;
  const symbols = Object.getOwnPropertySymbols(probe);
  const [first, second] = [memory, callback].map((value) => symbols.find((symbol) => probe[symbol] === value));
  return first === undefined || second === undefined ? undefined : { memory: first, heard: second };
}

function streamBinding(): StreamBinding | undefined {
  try {
    const found = (process as unknown as { binding(name: string): Partial<StreamBinding> }).binding("stream_wrap");
    const { WriteWrap, streamBaseState, kLastWriteWasAsync } = found;
    if (typeof WriteWrap !== "function" || !(streamBaseState instanceof Int32Array)) return undefined;
    return typeof kLastWriteWasAsync === "number" ? { WriteWrap, streamBaseState, kLastWriteWasAsync } : undefined;
  } catch {
    return undefined; // a Node that keeps it to itself
  }
}

/**
 * False when the stream must be read: Node has no such way, or the stream holds something; or has read, unless what it has
 * read is known to have been `served`.
 */
export function readDirectly(socket: Socket, heard: Heard, served = false): boolean {
  const { _handle: handle } = socket as Inner;
  if (places === undefined || typeof handle?.useUserBuffer !== "function") return false;
  if (!(places.memory in socket) || (socket.bytesRead > 0 && !served) || socket.readableLength > 0) return false;
  Object.assign(socket, { [places.memory]: memory, [places.heard]: heard });
  handle.useUserBuffer(memory);
  return true;
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
