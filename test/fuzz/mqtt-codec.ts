// Mutated packets against the codec alone: nothing but a PacketFault is thrown, the right one, however the bytes are cut.
import assert from "node:assert/strict";
import { Decoder } from "../../protocols/mqtt/codec.ts";
import { PacketFault } from "../../protocols/mqtt/faults.ts";
import { connectOnly, firstBytes, Framer } from "../../protocols/mqtt/framing.ts";
import type { ClientPacket } from "../../protocols/mqtt/packet.ts";
import { TopicNames } from "../../protocols/mqtt/topic-names.ts";
import { collected, type Drift, Growth } from "./drift.ts";
import { corpusOf, versions, type Version } from "./mqtt-corpus.ts";
import { mutate, written, type Mutant } from "./mqtt-mutations.ts";
import { Random } from "./random.ts";

export interface CodecRun {
  readonly packets: number;
  readonly refused: number;
  /** Cut in pieces as well, and compared. */
  readonly cut: number;
  readonly memory: Drift | undefined;
}

/** What a server may say of bytes that are wrong: CONNACK and DISCONNECT (MQTT 5.0 §3.2.2.2, §3.14.2.1). */
const refusals: ReadonlySet<number> = new Set([0x81, 0x82, 0x84, 0x90, 0x94, 0x95]);

const decoder = new Decoder(new TopicNames());

/** Throws with the seed and the bytes of the first packet that shows a bug. */
export function fuzzCodec(packets: number, seed: number): CodecRun {
  const random = new Random(seed);
  const corpora = new Map(versions.map((version) => [version, corpusOf(version)]));
  const memory = new Growth(packets);
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 2; // half of the run's time would go into stacks nobody reads
  let [refused, cut] = [0, 0];
  for (let n = 0; n < packets; n++) {
    const version = random.pick(versions);
    const { connects, later } = corpora.get(version)!;
    const first = random.once(8);
    const mutant = mutate(random, version, first ? connects : later);
    try {
      const whole = outcome([mutant.bytes], version, first);
      if (whole.refusal !== undefined) refused++;
      check(mutant, whole);
      if (n % 4 === 0) {
        cut++;
        assert.deepEqual(outcome(pieces(mutant.bytes, random), version, first), whole, "cut, it is read otherwise");
      }
    } catch (error) {
      throw new Error(`seed ${seed}, packet ${n}, version ${version}: ${mutant.bytes.toString("hex")}`, {
        cause: error,
      });
    }
    if (memory.due(n)) memory.note(n, collected());
  }
  Error.stackTraceLimit = stackTraceLimit;
  return { packets, refused, cut, memory: memory.result() };
}

/** What is not spoilt must be read: the fuzzer would find nothing in a codec that refuses everything. */
export function readsTheCorpus(): void {
  for (const version of versions) {
    const { connects, later } = corpusOf(version);
    for (const piece of connects) assert.equal(outcome([written(piece)], version, true).count, 1);
    for (const piece of later) assert.equal(outcome([written(piece)], version, false).count, 1);
  }
}

interface Outcome {
  readonly count: number;
  readonly refusal: number | undefined;
  readonly read: string;
}

function check({ refusal }: Mutant, found: Outcome): void {
  if (refusal !== undefined) assert.equal(found.refusal, refusal, "the wrong refusal");
  if (found.refusal !== undefined) assert.ok(refusals.has(found.refusal), `refused with ${found.refusal}`);
}

function outcome(chunks: readonly Buffer[], version: Version, first: boolean): Outcome {
  const framer = new Framer();
  framer.accept = first ? connectOnly : firstBytes[version];
  if (!first) framer.limit = 1 << 20;
  let [count, read] = [0, ""];
  try {
    for (const chunk of chunks) {
      framer.push(chunk);
      while (framer.next()) {
        const packet = decoder.decode(framer, version);
        count++;
        read += `${packet.cmd} ${digest(packet)};`;
      }
    }
  } catch (error) {
    if (!(error instanceof PacketFault)) throw error;
    return { count, refusal: error.reasonCode, read };
  }
  return { count, refusal: undefined, read };
}

/** Enough to tell two readings apart. */
function digest(packet: ClientPacket): string {
  if (packet.cmd !== "publish") return JSON.stringify(packet);
  const { topic, qos, messageId, payload, forwarded } = packet;
  return `${topic} ${qos} ${messageId} ${payload.length} ${payload[0]} ${forwarded?.length}`;
}

function pieces(bytes: Buffer, random: Random): Buffer[] {
  return random.cut(bytes, random.once(3) ? 1 : 1 + random.below(40));
}
