// PROMISE P1, P4, P8: what was acknowledged is delivered, whenever the server is killed.
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { clusterPlace, embeddedPlace, type Place } from "../support/place.ts";
import { makeRooms, roomOwner } from "../support/rooms.ts";
import type { Server } from "../support/server.ts";
import { readHistory } from "./history.ts";
import { Ledger, report } from "./ledger.ts";
import { openTalkers, room, talkerNames, type Talker } from "./load.ts";
import { PlainTopics, topicUser } from "./plain-topics.ts";
import { settled } from "./settled.ts";

const rounds = Number(process.env["FAULT_ROUNDS"] ?? 10);
/** A round of two nodes takes longer, and has the same to show. */
const clusterRounds = Math.max(3, Math.ceil(rounds / 10));

describe("kill -9 under load from all protocols", () => {
  it(`loses nothing in ${rounds} rounds on one node over SQLite`, async function () {
    this.timeout(120_000 + rounds * 10_000);
    await using place = await embeddedPlace();
    await survive(place, rounds, () => place.here);
  });

  it(`loses nothing in ${clusterRounds} rounds on two nodes over Postgres, one killed at a time`, async function () {
    this.timeout(180_000 + clusterRounds * 10_000);
    await using place = await clusterPlace();
    await survive(place, clusterRounds, (round) => (round % 2 === 0 ? place.here : place.there));
  });
});

async function survive(place: Place, times: number, victimOf: (round: number) => Server): Promise<void> {
  await place.here.addUsers([roomOwner, topicUser, ...talkerNames]);
  await makeRooms(place.here, [room]);
  const ledger = new Ledger();
  const serverOf = (nth: number): Server => (nth % 2 === 0 ? place.here : place.there);
  const talkers = openTalkers(ledger, serverOf);
  await Promise.all(talkers.map((talker) => talker.connect()));
  for (const { app } of talkers) await app.join(room);
  const plain = await PlainTopics.open(place.here, place.there);

  const talking = new AbortController();
  const proving = new AbortController();
  const talks = [plain, ...talkers].map((one) => one.talk(talking.signal));
  const proofs = talkers.map((talker) => talker.prove(proving.signal));
  const slowest = await killAgainAndAgain(talkers, plain, times, victimOf, ledger);
  await pause(200);
  talking.abort();
  await Promise.all(talks);
  await settled(() => ledger.outstanding + plain.outstanding);
  proving.abort();
  await Promise.all(proofs);

  const totals = ledger.close(await readHistory(place.here, talkerNames, room));
  const topics = await plain.close();
  await Promise.all(talkers.map(({ app }) => app.disconnect()));
  console.log(`      ${report(times, totals)}`);
  console.log(`      plain topics: ${JSON.stringify(topics)}; slowest round ${slowest.toFixed(0)} ms`);
  for (const finding of ledger.findings) console.log(`      ! ${finding}`);
  const { lost, duplicated, reordered, unmarkedTwins, acknowledgedTwins } = totals;
  assert.deepEqual(
    { lost, duplicated, reordered, unmarkedTwins, acknowledgedTwins },
    { lost: 0, duplicated: 0, reordered: 0, unmarkedTwins: 0, acknowledgedTwins: 0 },
  );
  assert.equal(totals.acknowledged, totals.messages);
  assert.ok(totals.messages > times * 20, "hardly any load");
  assert.deepEqual([topics.lost, topics.reordered, topics.duplicated], [0, 0, 0]);
  assert.deepEqual(ledger.findings, []);
}

/** Kills and restarts while everybody talks; resolves, when all are back for the last time, with the longest round. */
async function killAgainAndAgain(
  talkers: readonly Talker[],
  plain: PlainTopics,
  times: number,
  victimOf: (round: number) => Server,
  ledger: Ledger,
): Promise<number> {
  let slowest = 0;
  for (let round = 0; round < times; round++) {
    const began = performance.now();
    const victim = victimOf(round);
    const hit = talkers.filter(({ app }) => app.server === victim);
    await pause(Math.random() * 700);
    ledger.kill();
    for (const talker of hit) talker.pause();
    await victim.kill9();
    await victim.start();
    await Promise.all(hit.map((talker) => talker.connect()));
    while (!plain.connected) await pause(10);
    slowest = Math.max(slowest, performance.now() - began);
  }
  return slowest;
}
