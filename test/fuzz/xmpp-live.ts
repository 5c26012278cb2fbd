// Mutated elements against a server process, over one of its transports: it lives, it answers, it says the right thing, it
// does not grow, and others are served all the while.
import assert from "node:assert/strict";
import { bePatient } from "../../conformance/clients/arrivals.ts";
import { openXmpp, type XmppClient } from "../../conformance/clients/xmpp.ts";
import { Bystanders, bystanderNames } from "../support/bystanders.ts";
import { makeRooms, roomOwner } from "../support/rooms.ts";
import type { Server } from "../support/server.ts";
import { type Drift, Growth } from "./drift.ts";
import { prepareFuzzed, Watch } from "./fuzzed-server.ts";
import { Random } from "./random.ts";
import { patienceMs, XmppAttacker, type XmppTarget } from "./xmpp-attacker.ts";
import { practise, write } from "./xmpp-practice.ts";
import { spoiltHeader, spoiltWrappers } from "./xmpp-openings.ts";
import type { Transport } from "./xmpp-reader.ts";

export const transports: readonly Transport[] = ["websocket", "tcp", "bosh"];

export interface XmppLiveRun {
  readonly mutants: number;
  readonly streams: number;
  /** Longest time of a bystander's message, and of an answer to who asked after each stream, milliseconds. */
  readonly slowestMs: number;
  readonly memory: Drift | undefined;
}

export interface XmppLiveOptions {
  readonly transport: Transport;
  readonly mutants: number;
  readonly seed: number;
  /** Streams at a time. */
  readonly attackers?: number;
  /** When to end though there are more to come, Unix milliseconds. */
  readonly until?: number;
  /** Told after each stream. */
  readonly progress?: (mutants: number) => void;
}

/** Of that many memory is compared. */
const longRun = 50_000;
const mutantsToAMessage = 4;

/** A server for attacks over any of the transports. */
export async function fuzzedServer(): Promise<Server> {
  const server = await prepareFuzzed();
  try {
    await server.addUsers(["alice", "bob", roomOwner, ...bystanderNames]);
    await server.start();
    await makeRooms(server, ["den"]);
    return server;
  } catch (error) {
    await server.remove();
    throw error;
  }
}

export async function fuzzXmpp(server: Server, options: XmppLiveOptions): Promise<XmppLiveRun> {
  const { transport, mutants, seed, attackers = 12, until = Infinity, progress } = options;
  bePatient(patienceMs);
  const target = { transport, url: urlOf(server, transport), login: await loginOf(server, "alice") };
  const long = mutants >= longRun;
  if (long) await practise({ url: urlOf(server, "websocket"), login: target.login });
  const bystanders = new Bystanders(server, { pauseMs: 200, patienceMs });
  await bystanders.start();
  const witness = await witnessOn(server);
  const growth = new Growth(mutants);
  const watch = new Watch(server, growth, attackers);
  const counts = { mutants: 0, streams: 0 };
  let slowestMs = 0;
  const work = async (number: number): Promise<void> => {
    const next = streamsOf(target, new Random(seed * 1_000 + number));
    while (counts.mutants < mutants && Date.now() < until) {
      const sent = await next();
      counts.mutants += sent;
      counts.streams++;
      assert.ok(server.running, `the server ended:\n${server.output}`);
      if (long) write(witness, sent / mutantsToAMessage);
      const asked = performance.now();
      await witness.ping();
      slowestMs = Math.max(slowestMs, performance.now() - asked);
      await watch.at(counts.mutants);
      progress?.(counts.mutants);
    }
    await watch.leave();
  };
  await Promise.all(Array.from({ length: attackers }, (_, number) => work(number))).catch((error: unknown) => {
    throw new Error(`the server said:\n${server.output.slice(-5_000)}`, { cause: error });
  });
  await bystanders.round();
  await bystanders.stop();
  await witness.drop();
  // The log's word for what was our bug and not the client's.
  assert.doesNotMatch(server.output, /xmpp_failed|xmpp_delivery_failed|uncaught|unhandled/i);
  return { ...counts, slowestMs: Math.max(slowestMs, bystanders.slowestMs), memory: growth.result() };
}

/** What comes next: mostly streams that are bound, some that are not, some that hardly begin. */
function streamsOf(target: XmppTarget, random: Random): () => Promise<number> {
  const { transport, url } = target;
  const attacker = new XmppAttacker(target, random);
  return () => {
    const kind = random.below(8);
    if (kind === 0) return attacker.fresh();
    if (kind > 1) return attacker.bound();
    return transport === "bosh" ? spoiltWrappers(url, random) : spoiltHeader(transport, url, random);
  };
}

/** A password costs the server thousands of rounds of hashing; a token, one. Mutants are what is meant to cost here. */
async function loginOf(server: Server, user: string): Promise<XmppTarget["login"]> {
  return { user, password: (await server.cli("token", "create", user)).trim() };
}

/** Who asks after each stream, on a connection of its own, whether the server still answers. */
async function witnessOn(server: Server): Promise<XmppClient> {
  const login = await loginOf(server, roomOwner);
  const witness = await openXmpp(urlOf(server, "websocket"));
  await witness.login("localhost", login);
  await witness.bind();
  return witness;
}

function urlOf(server: Server, transport: Transport): string {
  if (transport === "tcp") return `xmpp://127.0.0.1:${server.ports["xmpp"]}`;
  return transport === "bosh" ? `http://127.0.0.1:${server.http}/http-bind` : server.webSocket("/xmpp-websocket");
}
