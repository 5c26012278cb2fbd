// PROMISE P3, P4: a socket that is cut anywhere, in either direction, loses nothing and doubles nothing once it is resumed.
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { CuttingProxy } from "../support/cutting-proxy.ts";
import { embeddedPlace } from "../support/place.ts";
import { makeRooms, roomOwner } from "../support/rooms.ts";
import type { Server } from "../support/server.ts";
import { Broken, Resumer } from "./resumer.ts";
import { settled } from "./settled.ts";

/** 1,000 in the long run. */
const cuts = process.env["FAULT_ROUNDS"] === undefined ? 20 : 5 * Number(process.env["FAULT_ROUNDS"]);
const names = ["ann", "ben", "cat", "dan"];
const room = "crowd@rooms.localhost";
const inFlight = 40;

interface Talker {
  readonly client: Resumer;
  readonly proxy: CuttingProxy;
  halfOpen: number;
}

describe("XMPP streams cut under load and resumed", () => {
  it(`lose nothing and double nothing in ${cuts} cuts at random bytes, over TCP and WebSocket`, async function () {
    this.timeout(120_000 + cuts * 3_000);
    await using place = await embeddedPlace();
    const server = place.here;
    await server.addUsers([roomOwner, ...names]);
    await makeRooms(server, ["crowd"]);
    const talkers = await Promise.all(names.map((name, nth) => open(server, name, nth)));
    for (const { client } of talkers) await client.connect(room);
    const said: Said[] = [];
    const over = new AbortController();

    const talking = talkers.map(({ client }) => talk(client, said, over.signal));
    await Promise.all(talkers.map((talker, nth) => cutAgainAndAgain(talker, Math.ceil((cuts - nth) / talkers.length))));
    over.abort();
    await Promise.all(talking);
    await settled(() => missing(talkers, said).length);

    const found = judge(talkers, said);
    const halfOpen = talkers.reduce((sum, talker) => sum + talker.halfOpen, 0);
    const resumed = talkers.reduce((sum, { client }) => sum + client.resumed, 0);
    const early = talkers.reduce((sum, { client }) => sum + client.brokenEarly, 0);
    console.log(
      `      cuts ${resumed + early} (${early} before the stream was resumed, ${halfOpen} half open); resumed ${resumed}; ` +
        `messages ${said.length}, deliveries ${found.deliveries}; lost ${found.lost}, doubled ${found.doubled}, reordered ${found.reordered}`,
    );
    assert.deepEqual([found.lost, found.doubled, found.reordered], [0, 0, 0], found.first);
    assert.ok(resumed >= cuts, "not every cut was resumed");
    assert.ok(said.length > cuts, "hardly any load");
    for (const { client } of talkers) assert.equal(await client.counted(), client.sent, `${client.user}'s h`);
    for (const { client, proxy } of talkers) {
      await client.close();
      await proxy[Symbol.asyncDispose]();
    }
  });
});

interface Said {
  readonly body: string;
  readonly from: string;
  readonly readers: readonly string[];
}

async function open(server: Server, user: string, nth: number): Promise<Talker> {
  const webSocket = nth % 2 === 1;
  const proxy = await CuttingProxy.start(webSocket ? server.http : server.ports["xmpp"]!);
  // A password costs the server thousands of rounds of hashing at each login; a token, one.
  const password = (await server.cli("token", "create", user)).trim();
  const url = webSocket ? `ws://127.0.0.1:${proxy.port}/xmpp-websocket` : `xmpp://127.0.0.1:${proxy.port}`;
  return { client: new Resumer({ user, password, url }), proxy, halfOpen: 0 };
}

async function talk(client: Resumer, said: Said[], stop: AbortSignal): Promise<void> {
  for (let n = 1; !stop.aborted; n++) {
    await pause(Math.random() * 12);
    // It goes on while it is cut off, up to a bound: what it says then is sent when it is back.
    if (client.unacked >= inFlight) continue;
    const peer = names[Math.floor(Math.random() * names.length)]!;
    const direct = peer !== client.user && Math.random() < 0.7;
    const body = `${client.user}>${direct ? peer : "crowd"} ${n}`;
    said.push({ body, from: client.user, readers: direct ? [peer] : names });
    if (direct) client.say("chat", `${peer}@localhost`, body);
    else client.say("groupchat", room, body);
  }
}

async function cutAgainAndAgain(talker: Talker, times: number): Promise<void> {
  const { client, proxy } = talker;
  const arm = (most: number): void => {
    const halfOpen = Math.random() < 0.3;
    if (halfOpen) talker.halfOpen++;
    const way = Math.random() < 0.5 ? "in" : "out";
    proxy.arm({ bytes: 1 + Math.floor(Math.random() * most), way, how: halfOpen ? "half-open" : "reset" });
  };
  for (let left = times; left > 0; left--) {
    arm(4_000);
    const lost = client.lost();
    // Where little is said the byte may be far away.
    const late = setTimeout(() => proxy.now(), 1_000);
    await lost;
    clearTimeout(late);
    // One in three is cut again while it logs in and resumes.
    if (Math.random() < 0.33) arm(2_500);
    while (!(await resumed(client)));
  }
  proxy.disarm();
  await pause(200); // a cut may be on its way
  if (!client.online) while (!(await resumed(client)));
}

async function resumed(client: Resumer): Promise<boolean> {
  try {
    await client.resume();
    return true;
  } catch (error) {
    if (error instanceof Broken) return false;
    throw error;
  }
}

function missing(talkers: readonly Talker[], said: readonly Said[]): string[] {
  return talkers.flatMap(({ client }) => {
    const heard = new Set(client.heard);
    return said
      .filter(({ body, readers }) => readers.includes(client.user) && !heard.has(body))
      .map(({ body }) => `${client.user} never heard ${body}`);
  });
}

function judge(talkers: readonly Talker[], said: readonly Said[]) {
  const lost = missing(talkers, said);
  const findings = [...lost];
  let [doubled, reordered, deliveries] = [0, 0, 0];
  for (const { client } of talkers) {
    deliveries += client.heard.length;
    doubled += client.heard.length - new Set(client.heard).size;
    const last = new Map<string, number>();
    for (const body of client.heard) {
      const [lane, n] = body.split(" ") as [string, string];
      if (Number(n) <= (last.get(lane) ?? 0)) {
        reordered++;
        findings.push(`${client.user} heard ${body} after ${last.get(lane)}`);
      }
      last.set(lane, Number(n));
    }
  }
  // PROMISE P2: the room has one order for all.
  const orders = talkers.map(({ client }) => client.heard.filter((body) => body.includes(">crowd ")).join());
  if (new Set(orders).size > 1) findings.push("the room's order is not the same for all");
  if (new Set(orders).size > 1 && lost.length + doubled === 0) reordered++;
  return { lost: lost.length, doubled, reordered, deliveries, first: findings.slice(0, 5).join("; ") };
}
