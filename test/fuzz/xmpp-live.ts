// Mutated elements against a server process, over one of its transports: it lives, it answers, it says the right thing, it
// does not grow, and others are served all the while.
import assert from "node:assert/strict";
import { bePatient } from "../../conformance/clients/arrivals.ts";
import { Bystanders, bystanderNames } from "../support/bystanders.ts";
import { makeRooms, roomOwner } from "../support/rooms.ts";
import { Server } from "../support/server.ts";
import { drift, type Drift } from "./drift.ts";
import { Random } from "./random.ts";
import { patienceMs, XmppAttacker, type Transport } from "./xmpp-attacker.ts";

export const transports: readonly Transport[] = ["websocket", "tcp", "bosh"];

export interface XmppLiveRun {
  readonly mutants: number;
  readonly streams: number;
  /** Longest time of a bystander's message, milliseconds. */
  readonly slowestMs: number;
  readonly memory: Drift;
}

export interface XmppLiveOptions {
  readonly transport: Transport;
  readonly mutants: number;
  readonly seed: number;
  /** Streams at a time. */
  readonly attackers?: number;
}

/** Every so many mutants memory is looked at. */
const round = 500;

/** A server for attacks over any of the transports. */
export async function fuzzedServer(): Promise<Server> {
  const server = await Server.prepare({ settings: { TRIVIUM_LIMITS_CONNECTIONS_PER_ADDRESS: "10000" } });
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
  const { transport, mutants, seed, attackers = 4 } = options;
  // A password costs the server thousands of rounds of hashing; a token, one. Mutants are what is meant to cost here.
  const login = { user: "alice", password: (await server.cli("token", "create", "alice")).trim() };
  bePatient(patienceMs);
  const bystanders = new Bystanders(server, { pauseMs: 200 });
  await bystanders.start();
  const memory = drift(mutants, () => server.rss);
  const counts = { mutants: 0, streams: 0 };
  const work = async (number: number): Promise<void> => {
    const attacker = new XmppAttacker(transport, urlOf(server, transport), login, new Random(seed * 1_000 + number));
    while (counts.mutants < mutants) {
      const sent = await attacker.stream();
      const before = Math.floor(counts.mutants / round);
      counts.mutants += sent;
      counts.streams++;
      assert.ok(server.running, `the server ended:\n${server.output}`);
      if (Math.floor(counts.mutants / round) !== before) memory.note(Math.floor(counts.mutants / round) * round);
    }
  };
  await Promise.all(Array.from({ length: attackers }, (_, number) => work(number)));
  await bystanders.round();
  await bystanders.stop();
  // The log's word for what was our bug and not the client's.
  assert.doesNotMatch(server.output, /xmpp_failed|xmpp_delivery_failed|uncaught|unhandled/i);
  return { ...counts, slowestMs: bystanders.slowestMs, memory: memory.result() };
}

function urlOf(server: Server, transport: Transport): string {
  if (transport === "tcp") return `xmpp://127.0.0.1:${server.ports["xmpp"]}`;
  return transport === "bosh" ? `http://127.0.0.1:${server.http}/http-bind` : server.webSocket("/xmpp-websocket");
}
