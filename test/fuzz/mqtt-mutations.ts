// Ways in which a valid control packet goes wrong. Where it is certain what a server must say to it, that is said.
import type { Piece, Version } from "./mqtt-corpus.ts";
import type { Random } from "./random.ts";

export interface Mutant {
  readonly bytes: Buffer;
  /** The reason code that these bytes must be refused with; undefined: whatever is right. */
  readonly refusal?: number | undefined;
}

type Mutation = (piece: Piece, random: Random, version: Version, other: Piece) => Mutant | undefined;

/** A packet of the corpus, spoilt once or a few times, or (one in eight) as it was. */
export function mutate(random: Random, version: Version, pool: readonly Piece[]): Mutant {
  const piece = random.pick(pool);
  if (random.once(8)) return { bytes: written(piece) };
  for (;;) {
    const mutant = random.pick(mutations)(piece, random, version, random.pick(pool));
    if (mutant !== undefined) return mutant;
  }
}

export function written({ first, body }: Piece, length = body.length): Buffer {
  return Buffer.concat([Buffer.from([first]), varint(length), body]);
}

const malformed = 0x81;
const protocolError = 0x82;
const extremes = [0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff] as const;

const mutations: readonly Mutation[] = [
  flipped,
  flipped,
  flipped,
  extreme,
  truncated,
  lengthened,
  lied,
  innerLie,
  spliced,
  inserted,
  removed,
  flags,
  unnumbered,
  twice,
  twice,
  foreignProperty,
  overlongLength,
];

function flipped(piece: Piece, random: Random): Mutant {
  const bytes = Buffer.from(written(piece));
  for (let left = 1 + random.below(3); left > 0; left--) {
    const bit = random.below(bytes.length * 8);
    bytes[bit >> 3]! ^= 1 << (bit & 7);
  }
  return { bytes };
}

function extreme({ first, body }: Piece, random: Random): Mutant | undefined {
  if (body.length === 0) return undefined;
  const spoilt = Buffer.from(body);
  for (let left = 1 + random.below(3); left > 0; left--) spoilt[random.below(body.length)] = random.pick(extremes);
  return { bytes: written({ first, body: spoilt }) };
}

/** Shorter, with an honest length. */
function truncated({ first, body }: Piece, random: Random): Mutant | undefined {
  if (body.length === 0) return undefined;
  return { bytes: written({ first, body: body.subarray(0, random.below(body.length)) }) };
}

function lengthened({ first, body }: Piece, random: Random): Mutant {
  return { bytes: written({ first, body: Buffer.concat([body, random.bytes(1 + random.below(8))]) }) };
}

/** The remaining length does not fit what follows. */
function lied(piece: Piece, random: Random): Mutant {
  const length = random.once(4) ? random.below(268_435_456) : Math.max(0, piece.body.length + random.below(9) - 4);
  return { bytes: written(piece, length) };
}

/** Two bytes anywhere become another length. */
function innerLie({ first, body }: Piece, random: Random): Mutant | undefined {
  if (body.length < 2) return undefined;
  const spoilt = Buffer.from(body);
  spoilt.writeUInt16BE(
    random.once(2) ? random.below(0x10000) : random.below(body.length + 4),
    random.below(body.length - 1),
  );
  return { bytes: written({ first, body: spoilt }) };
}

function spliced({ first, body }: Piece, random: Random, _: Version, other: Piece): Mutant {
  const head = body.subarray(0, random.below(body.length + 1));
  const tail = other.body.subarray(random.below(other.body.length + 1));
  return { bytes: written({ first: random.once(3) ? other.first : first, body: Buffer.concat([head, tail]) }) };
}

function inserted({ first, body }: Piece, random: Random): Mutant {
  const at = random.below(body.length + 1);
  const parts = [body.subarray(0, at), random.bytes(1 + random.below(6)), body.subarray(at)];
  return { bytes: written({ first, body: Buffer.concat(parts) }) };
}

function removed({ first, body }: Piece, random: Random): Mutant | undefined {
  if (body.length === 0) return undefined;
  const from = random.below(body.length);
  const to = from + 1 + random.below(Math.min(8, body.length - from));
  return { bytes: written({ first, body: Buffer.concat([body.subarray(0, from), body.subarray(to)]) }) };
}

/** Reserved flags [MQTT-2.1.3-1], and QoS 3 [MQTT-3.3.1-4]. */
function flags({ first, body }: Piece, random: Random, version: Version): Mutant | undefined {
  const type = first >> 4;
  if (type === 3) return { bytes: written({ first: first | 0x06, body }), refusal: malformed };
  if (version === 3 || type === 1) return undefined; // 3.1 has DUP on some; before CONNECT is read there is no code
  return { bytes: written({ first: first ^ (1 + random.below(15)), body }), refusal: malformed };
}

/** Packet identifier 0 [MQTT-2.2.1-3]. */
function unnumbered({ first, body }: Piece): Mutant | undefined {
  const type = first >> 4;
  const at = type === 3 ? 2 + body.readUInt16BE(0) : 0;
  if (type < 3 || type > 11 || (type === 3 && (first & 0x06) === 0)) return undefined;
  const spoilt = Buffer.from(body);
  spoilt.writeUInt16BE(0, at);
  return { bytes: written({ first, body: spoilt }), refusal: protocolError };
}

/** All its properties twice; but for user properties, that is a Protocol Error (MQTT 5.0 §2.2.2.2). */
function twice({ first, body }: Piece, _: Random, version: Version): Mutant | undefined {
  if (version !== 5) return undefined;
  const at = propertiesAt(first, body);
  if (at === undefined) return undefined;
  const { start, end } = at;
  const block = body.subarray(start, end);
  if (block.length === 0) return undefined;
  const doubled = Buffer.concat([block, block]);
  const spoilt = Buffer.concat([body.subarray(0, at.lengthAt), varint(doubled.length), doubled, body.subarray(end)]);
  const onlyUserProperties = block[0] === 0x26; // mqtt-packet writes them last, so there is nothing else
  return { bytes: written({ first, body: spoilt }), refusal: onlyUserProperties ? undefined : protocolError };
}

/** An identifier no packet of a client has: Malformed Packet (MQTT 5.0 §2.2.2.2). */
function foreignProperty({ first, body }: Piece, random: Random, version: Version): Mutant | undefined {
  const at = version === 5 ? propertiesAt(first, body) : undefined;
  if (at === undefined) return undefined;
  const block = Buffer.concat([
    Buffer.from([random.pick([0x12, 0x13, 0x1a, 0x1c, 0x24, 0x7f])]),
    body.subarray(at.start, at.end),
  ]);
  const spoilt = Buffer.concat([body.subarray(0, at.lengthAt), varint(block.length), block, body.subarray(at.end)]);
  return { bytes: written({ first, body: spoilt }), refusal: malformed };
}

/** A remaining length of five bytes (§2.1.4). */
function overlongLength({ first, body }: Piece): Mutant | undefined {
  if (first >> 4 === 1) return undefined;
  return { bytes: Buffer.concat([Buffer.from([first, 0x80, 0x80, 0x80, 0x80, 0x01]), body]), refusal: malformed };
}

function propertiesAt(first: number, body: Buffer): { lengthAt: number; start: number; end: number } | undefined {
  const lengthAt = lengthOffset(first, body);
  if (lengthAt === undefined || lengthAt >= body.length || body[lengthAt]! >= 0x80) return undefined;
  const start = lengthAt + 1;
  return { lengthAt, start, end: start + body[lengthAt]! };
}

function lengthOffset(first: number, body: Buffer): number | undefined {
  const type = first >> 4;
  if (type === 1) return 10;
  if (type === 3) return 2 + body.readUInt16BE(0) + ((first & 0x06) === 0 ? 0 : 2);
  if (type >= 4 && type <= 7) return 3;
  if (type === 8 || type === 10) return 2;
  return type >= 14 ? 1 : undefined;
}

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
    rest >>>= 7;
  } while (rest > 0);
  return Buffer.from(bytes);
}
