// One connection after the other, each with packets of which the last is the one that ends it, if any does.
import assert from "node:assert/strict";
import { Decoder } from "../../protocols/mqtt/codec.ts";
import { PacketFault } from "../../protocols/mqtt/faults.ts";
import { firstBytes, Framer } from "../../protocols/mqtt/framing.ts";
import { TopicNames } from "../../protocols/mqtt/topic-names.ts";
import { connectOf, corpusOf, versions, type Login, type Piece, type Version } from "./mqtt-corpus.ts";
import { mutate } from "./mqtt-mutations.ts";
import { type Answer, MqttSocket, within } from "./mqtt-socket.ts";
import type { Random } from "./random.ts";

const most = 60;
const patienceMs = 300_000;
const pingreq = Buffer.from([0xc0, 0]);

/** What a server may say in DISCONNECT to packets like these (MQTT 5.0 §3.14.2.1). */
const goodbyes: ReadonlySet<number> = new Set([
  0x81, 0x82, 0x83, 0x87, 0x8e, 0x8f, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x99, 0x9b, 0xa1, 0xa2,
]);
const corpora = new Map(versions.map((version) => [version, corpusOf(version)]));

interface Burst {
  readonly bytes: Buffer;
  readonly packets: number;
  /** It ends with a PINGREQ that is read as one. */
  readonly answered: boolean;
}

export class Attacker {
  readonly #port: number;
  readonly #random: Random;
  readonly #clientId: string;
  readonly #login: Login;

  constructor(port: number, random: Random, { clientId, login }: { readonly clientId: string; readonly login: Login }) {
    this.#port = port;
    this.#random = random;
    this.#clientId = clientId;
    this.#login = login;
  }

  /** Resolves with how many mutated packets the server had to read. */
  async connection(): Promise<number> {
    const version = this.#random.pick(versions);
    const { connects, later } = corpora.get(version)!;
    if (this.#random.once(6)) return this.#spoiltConnect(mutate(this.#random, version, connects).bytes);
    const burst = this.#burst(version, later);
    const heard: Answer[] = [];
    const [welcomed, ponged] = [signal(), signal()];
    const socket = await MqttSocket.dial(this.#port, (answer) => {
      const type = answer.first >> 4;
      if (type === 2 || type === 14) heard.push({ first: answer.first, body: Buffer.from(answer.body) });
      if (type === 2) welcomed.give();
      if (type === 13) ponged.give();
    });
    socket.write(connectOf(version, this.#clientId, this.#login));
    if (this.#random.once(4)) await this.#inPieces(socket, burst.bytes);
    else socket.write(burst.bytes);
    const what = `version ${version}: ${burst.bytes.toString("hex").slice(-400)}`;
    await within(patienceMs, what, Promise.race([welcomed.given, socket.closed]));
    if (burst.answered) await within(patienceMs, what, Promise.race([ponged.given, socket.closed]));
    else if (burst.packets < most) await within(patienceMs, what, socket.closed);
    await socket.cut();
    judge(heard, version, what);
    return burst.packets;
  }

  async #spoiltConnect(bytes: Buffer): Promise<number> {
    const answer = signal();
    const socket = await MqttSocket.dial(this.#port, answer.give);
    socket.write(bytes);
    // One that is not whole yet is waited for; the server's clock for that has its own test.
    if (whole(bytes)) await within(patienceMs, bytes.toString("hex"), Promise.race([answer.given, socket.closed]));
    await socket.cut();
    return 1;
  }

  /** Packets up to the first that the codec refuses. */
  #burst(version: Version, pool: readonly Piece[]): Burst {
    const framer = new Framer();
    framer.accept = firstBytes[version];
    framer.limit = 1 << 20;
    const chunks: Buffer[] = [];
    const push = (bytes: Buffer): void => {
      chunks.push(bytes);
      framer.push(bytes);
    };
    const read = (): string[] => {
      const commands: string[] = [];
      while (framer.next()) commands.push(decoder.decode(framer, version).cmd);
      return commands;
    };
    try {
      while (chunks.length < most) {
        push(mutate(this.#random, version, pool).bytes);
        read();
      }
      push(pingreq);
      const answered = read().at(-1) === "pingreq";
      return { bytes: Buffer.concat(chunks), packets: most, answered };
    } catch (error) {
      if (!(error instanceof PacketFault)) throw error;
      return { bytes: Buffer.concat(chunks), packets: Math.min(most - 1, chunks.length), answered: false };
    }
  }

  async #inPieces(socket: MqttSocket, bytes: Buffer): Promise<void> {
    for (const piece of this.#random.cut(bytes, 200)) {
      socket.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

function signal(): { readonly given: Promise<void>; readonly give: () => void } {
  let give = (): void => {};
  const given = new Promise<void>((resolve) => (give = resolve));
  return { given, give: () => give() };
}

const decoder = new Decoder(new TopicNames());

/** A connection of ours is welcomed first, and a goodbye is one that MQTT knows. */
function judge(heard: readonly Answer[], version: Version, what: string): void {
  const [connack, ...goodbye] = heard;
  if (connack === undefined) throw new Error(`closed without CONNACK, ${what}`);
  assert.deepEqual([connack.first, connack.body[1]], [0x20, 0], what);
  assert.ok(goodbye.length <= (version === 5 ? 1 : 0), `${goodbye.length} goodbyes, ${what}`);
  for (const { first, body } of goodbye) {
    assert.equal(first, 0xe0, what);
    assert.ok(goodbyes.has(body[0]!), `DISCONNECT 0x${body[0]?.toString(16)}, ${what}`);
  }
}

function whole(bytes: Buffer): boolean {
  const framer = new Framer();
  framer.push(bytes);
  try {
    return framer.next();
  } catch {
    return true; // refused as soon as it is seen
  }
}
