import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { Duplex } from "node:stream";
import { setImmediate as tick } from "node:timers/promises";
import fc from "fast-check";
import { WebSocketServer, type WebSocket } from "ws";
import { FrameReader } from "../../../src/net/websocket-reader.ts";

const mostBytes = 3000;

describe("reading a WebSocket beside the streams", () => {
  it("gives and answers what ws alone does, for any frames, cut anywhere", async () => {
    let taken = 0;
    let broken = 0;

    await fc.assert(
      fc.asyncProperty(
        fc.array(frames, { maxLength: 8 }),
        fc.array(fc.nat(4000), { maxLength: 6 }),
        async (parts, cuts) => {
          const bytes = Buffer.concat(parts);
          const bounds = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
          const chunks = bounds.slice(1).map((to, n) => bytes.subarray(bounds[n], to));

          const here = await read(chunks, true);
          const there = await read(chunks, false);

          assert.deepEqual(here.heard, there.heard);
          assert.deepEqual(here.said, there.said);
          taken += here.taken;
          if (here.broken) broken++;
        },
      ),
      { numRuns: runs },
    );
    assert.ok(taken > runs / 4 && broken > runs / 10, `${taken} taken, ${broken} broken`);
  });

  it("takes what is masked by any key, of any length, wherever it lies", () => {
    const memory = Buffer.alloc(65_536);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: "binary", maxLength: 300 }), fc.nat(0xffffffff), fc.boolean()), {
          minLength: 1,
          maxLength: 5,
        }),
        (messages) => {
          const heard: unknown[] = [];
          const reader = new FrameReader(
            { emit: () => assert.fail("left to ws") },
            {
              heardText: (text, size) => heard.push([text, size]),
              glanced: (there, length) => heard.push([there.toString("utf8", 0, length), length]),
            },
            mostBytes,
          );
          const bytes = Buffer.concat(
            messages.map(([text, key, binary]) => frame(binary ? 0x82 : 0x81, Buffer.from(text), { key })),
          );
          bytes.copy(memory);

          reader.glanced(memory, bytes.length);

          assert.deepEqual(
            heard,
            messages.map(([text]) => [Buffer.from(text).toString(), Buffer.byteLength(text)]),
          );
        },
      ),
      { numRuns: 40 },
    );
  });
});

/** `FRAME_ROUNDS=20000` for a long run. */
const runs = Number(process.env["FRAME_ROUNDS"] ?? 200);

interface Shape {
  readonly key?: number;
  readonly unmasked?: boolean;
  /** The extended length that is written, whatever it need be. */
  readonly form?: 126 | 127 | undefined;
}

function frame(first: number, payload: Buffer, { key = 0x01a2b3c4, unmasked = false, form }: Shape = {}): Buffer {
  const { length } = payload;
  const size = form ?? (length < 126 ? length : length < 65_536 ? 126 : 127);
  const head = Buffer.alloc(2 + (size === 126 ? 2 : size === 127 ? 8 : 0));
  head[0] = first;
  head[1] = size | (unmasked ? 0 : 0x80);
  if (size === 126) head.writeUInt16BE(length, 2);
  if (size === 127) head.writeBigUInt64BE(BigInt(length), 2);
  if (unmasked) return Buffer.concat([head, payload]);
  const mask = Buffer.alloc(4);
  mask.writeUInt32BE(key);
  return Buffer.concat([head, mask, payload.map((byte, at) => byte ^ mask[at & 3]!)]);
}

const payloads = fc.oneof(
  fc.string({ maxLength: 20 }).map((text) => Buffer.from(text)),
  fc
    .constantFrom("", "grüße 😀", "\ufffd", "a".repeat(125), "b".repeat(126), "ü".repeat(400))
    .map((text) => Buffer.from(text)),
);
const usual = fc
  .tuple(fc.constantFrom(0x81, 0x81, 0x82), payloads, fc.nat(0xffffffff))
  .map(([first, payload, key]) => frame(first, payload, { key }));
const fragments = fc
  .tuple(fc.constantFrom(0x01, 0x02), fc.array(payloads, { maxLength: 3 }), fc.boolean())
  .map(([first, parts, ping]) =>
    Buffer.concat([
      frame(first, Buffer.from("begun")),
      ...parts.map((part) => frame(0x00, part)),
      ...(ping ? [frame(0x89, Buffer.from("there?"))] : []),
      frame(0x80, Buffer.from("ended")),
    ]),
  );
const controls = fc.constantFrom(0x89, 0x8a).map((first) => frame(first, Buffer.from("ping")));
const odd = fc.constantFrom(
  frame(0x81, Buffer.from([0xc3, 0x28])),
  frame(0x81, Buffer.from([0xf0, 0x9f])),
  frame(0x81, Buffer.from("not masked"), { unmasked: true }),
  frame(0x81, Buffer.from("longer form"), { form: 126 }),
  frame(0x82, Buffer.from("longest form"), { form: 127 }),
  frame(0x83, Buffer.from("no such opcode")),
  frame(0xc1, Buffer.from("a reserved bit")),
  frame(0x80, Buffer.from("continues nothing")),
  frame(0x01, Buffer.from("goes on for ever")),
  frame(0x01, Buffer.from([0xc3])),
  frame(0x89, Buffer.alloc(126)),
  frame(0x09, Buffer.from("a ping in fragments")),
  frame(0x88, Buffer.from([0x03, 0xe8])),
  frame(0x88, Buffer.alloc(0)),
  frame(0x88, Buffer.from([0x03])),
  frame(0x81, Buffer.alloc(mostBytes, "x")),
  frame(0x81, Buffer.alloc(mostBytes + 1, "x")),
  Buffer.from([0x81]),
  Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 0, 0, 9, 1, 2, 3, 4]),
);
const frames = fc.oneof(
  { weight: 8, arbitrary: usual },
  { weight: 2, arbitrary: fragments },
  { weight: 1, arbitrary: controls },
  { weight: 1, arbitrary: odd },
);

interface ReadFrames {
  readonly heard: (readonly [string, boolean])[];
  /** What the client was told, all in all. */
  readonly said: string;
  readonly taken: number;
  readonly broken: boolean;
}

/** As a socket would give it, read by `ws`, or first by our reader. */
async function read(chunks: readonly Buffer[], first: boolean): Promise<ReadFrames> {
  const heard: [string, boolean][] = [];
  const said: Buffer[] = [];
  let taken = 0;
  let broken = false;
  const socket = new Duplex({
    read: () => undefined,
    write: (bytes: Buffer, _encoding, done) => {
      said.push(bytes);
      done();
    },
  });
  const ws = upgraded(socket);
  const hear = (text: string, binary: boolean): void => {
    if (!broken) heard.push([text, binary]);
  };
  ws.on("message", (data: Buffer, isBinary: boolean) => hear(data.toString(), isBinary));
  ws.on("error", () => (broken = true));
  const link = {
    heardText: (text: string) => {
      taken++;
      hear(text, false);
    },
    glanced: (memory: Buffer, length: number) => {
      taken++;
      hear(memory.toString("utf8", 0, length), true);
    },
  };
  const reader = new FrameReader(socket, link, mostBytes);
  const memory = Buffer.alloc(65_536);
  said.length = 0;
  for (const chunk of chunks) {
    if (first) reader.glanced(memory, chunk.copy(memory));
    else socket.emit("data", Buffer.from(chunk));
    await tick();
  }
  ws.terminate();
  return { heard, said: Buffer.concat(said).toString("hex"), taken, broken };
}

function upgraded(socket: Duplex): WebSocket {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: mostBytes,
    allowSynchronousEvents: true,
  });
  const request = {
    method: "GET",
    url: "/",
    headers: { upgrade: "websocket", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==", "sec-websocket-version": "13" },
  } as unknown as IncomingMessage;
  let made: WebSocket | undefined;
  server.handleUpgrade(request, socket, Buffer.alloc(0), (ws) => (made = ws));
  return made!;
}
