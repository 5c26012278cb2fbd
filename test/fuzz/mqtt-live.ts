// Mutated packets against a server process: it lives, it answers, it says the right thing, it does not grow.
import assert from "node:assert/strict";
import { type Server, passwordOf } from "../support/server.ts";
import { type Drift, Growth } from "./drift.ts";
import { prepareFuzzed, Watch } from "./fuzzed-server.ts";
import { Attacker } from "./mqtt-attacker.ts";
import { Janitor } from "./mqtt-janitor.ts";
import { Random } from "./random.ts";

export interface LiveRun {
  readonly packets: number;
  readonly connections: number;
  /** Longest wait of a bystander for an answer. */
  readonly slowestMs: number;
  readonly memory: Drift | undefined;
}

export interface LiveOptions {
  readonly packets: number;
  readonly seed: number;
  /** Connections at a time. */
  readonly attackers?: number;
  /** When to end though there are more to come, Unix milliseconds. */
  readonly until?: number;
}

/** Every so many packets a bystander asks for an answer, and memory is looked at. */
const round = 1_000;

export async function fuzzLive({ packets, seed, attackers = 16, until = Infinity }: LiveOptions): Promise<LiveRun> {
  const server = await prepareFuzzed();
  try {
    await server.addUsers(["alice", "bob"]);
    await server.start();
    return await attack(server, { packets, seed, attackers, until });
  } finally {
    await server.remove();
  }
}

async function attack(server: Server, { packets, seed, attackers, until }: Required<LiveOptions>): Promise<LiveRun> {
  // A password costs the server 10,000 rounds of hashing; a token, one. Packets are what is meant to cost here.
  const password = (await server.cli("token", "create", "alice")).trim();
  const janitor = await Janitor.start(server, { username: "bob", password: passwordOf("bob") });
  const memory = new Growth(packets);
  const watch = new Watch(server, memory, attackers);
  const counts = { packets: 0, connections: 0 };
  let slowestMs = 0;
  const work = async (number: number): Promise<void> => {
    const attacker = new Attacker(server.mqtt, new Random(seed * 1_000 + number), {
      clientId: `fuzz-${number}`,
      login: { username: "alice", password },
    });
    while (counts.packets < packets && Date.now() < until) {
      const sent = await attacker.connection();
      const before = Math.floor(counts.packets / round);
      counts.packets += sent;
      counts.connections++;
      await watch.at(counts.packets);
      if (Math.floor(counts.packets / round) === before) continue;
      slowestMs = Math.max(slowestMs, await janitor.answers());
      assert.ok(server.running, `the server ended:\n${server.output}`);
    }
    await watch.leave();
  };
  await Promise.all(Array.from({ length: attackers }, (_, number) => work(number)));
  await janitor.answers();
  await janitor.stop();
  // The log's word for what was our bug and not the client's.
  assert.doesNotMatch(server.output, /mqtt_failed|uncaught|unhandled/i);
  return { ...counts, slowestMs, memory: memory.result() };
}
