// PROMISE P1, P4, P8 on plain topics: PUBACK and PUBREC say "stored" for every durable session that matched.
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { embeddedPlace } from "../support/place.ts";
import { PlainTopics, topicUser } from "./plain-topics.ts";
import { settled } from "./settled.ts";

/** Half as many again as of the other kills: 300 in the long run. */
const rounds = Math.ceil(1.5 * Number(process.env["FAULT_ROUNDS"] ?? 6));

describe("kill -9 under QoS 1 and QoS 2 load with durable sessions", () => {
  it(`loses nothing, and doubles nothing of QoS 2, in ${rounds} rounds`, async function () {
    this.timeout(120_000 + rounds * 10_000);
    await using place = await embeddedPlace();
    const server = place.here;
    await server.addUsers([topicUser]);
    const load = { publishers: [4, 5], subscribers: [4, 5], pauseMs: 4, inFlight: 100 } as const;
    const topics = await PlainTopics.open(server, server, load);
    const talking = new AbortController();
    const talk = topics.talk(talking.signal);

    for (let round = 0; round < rounds; round++) {
      await pause(Math.random() * 700);
      await server.kill9();
      await server.start();
      while (!topics.connected) await pause(10);
    }
    await pause(200);
    talking.abort();
    await talk;
    await settled(() => topics.outstanding);

    const totals = await topics.close();
    console.log(`      rounds ${rounds}; ${JSON.stringify(totals)}`);
    for (const missing of topics.missing) console.log(`      ! ${missing}`);
    const { lost, reordered, duplicated, published, acknowledged } = totals;
    assert.deepEqual({ lost, reordered, duplicated }, { lost: 0, reordered: 0, duplicated: 0 });
    assert.equal(acknowledged, published);
    assert.ok(published > rounds * 20, "hardly any load");
  });
});
