// P2 and P8 across nodes: two cores accept into one log at full speed while doorbells are lost, doubled and late, and
// every session of both sees 1, 2, 3 …
import assert from "node:assert/strict";
import { createCore, type RunningCore } from "../../src/create-core.ts";
import { type ConversationId, type DeviceId, directOf, roomOf, type UserId } from "../../src/model/ids.ts";
import type { Store } from "../../src/store/store.ts";
import { localUser } from "../../src/testing/core.ts";
import { until } from "../../src/testing/until.ts";
import { Reader, Roamer } from "./readers.ts";
import { type Buses, buses, type Stores, stores, unreliable } from "./shared-media.ts";

const [alice, bob] = [localUser("alice"), localUser("bob")];
const direct = directOf(alice, bob);
const lobby = roomOf("lobby", "localhost");
/** What each node accepts into each conversation, and how many of these are unanswered at a time. */
const perNode = 2000;
const inFlight = 100;

for (const [storeName, makeStores] of Object.entries(stores)) {
  for (const [busName, makeBuses] of Object.entries(buses)) {
    describe(`two nodes over ${storeName} store and ${busName}`, function () {
      this.timeout(60_000); // servers start slowly on a busy machine
      let store: Stores;
      let bus: Buses;
      let nodes: readonly RunningCore[] = [];
      let opened: readonly Store[] = [];

      before(async () => {
        store = makeStores();
        bus = makeBuses();
        opened = await store.open();
        const busOf = await bus.open();
        const node = (at: 0 | 1): Promise<RunningCore> =>
          createCore({
            host: "localhost",
            store: opened[at]!,
            bus: unreliable(busOf[at]),
            scramIterations: 16,
            outbox: { rows: 150, bytes: 1 << 20 },
          });
        nodes = [await node(0), await node(1)];
        for (const user of [alice, bob]) await nodes[0]!.accounts.create(user, "secret");
        await nodes[0]!.rooms.create(lobby, alice);
        await nodes[0]!.rooms.join(lobby, bob);
      });
      after(async () => {
        for (const core of nodes) await core[Symbol.asyncDispose]();
        await bus.close();
        for (const each of opened) await each[Symbol.asyncDispose]();
        await store.close();
      });

      for (const conversation of [direct, lobby]) {
        it(`bring ${conversation} whole and in order to every session of both`, async () => {
          const readers: Reader[] = [];
          for (const core of nodes) {
            for (const pace of [10_000, 40, 7]) readers.push(await Reader.open(core, bob, conversation, pace));
          }
          const roamer = new Roamer(nodes, bob, conversation);

          const sent = nodes.map((core, at) => send(core, conversation, at === 0 ? alice : bob));
          const shaken = bus.shake();
          const roamed = roamer.roam(4, 2 * perNode);
          await Promise.all([...sent, shaken, roamed]);

          const all = Array.from({ length: 2 * perNode }, (_, at) => at + 1);
          await until(() => [...readers, roamer].every((reader) => reader.last === all.length), 20_000).catch(
            () => undefined,
          );
          for (const reader of readers) assert.deepEqual(holes(reader.seqs, all.length), [], reader.name);
          assert.deepEqual(holes([...new Set(roamer.seqs)], all.length), [], "roaming device");
          assert.deepEqual(roamer.disorder, []);
          await Promise.all([...readers, roamer].map((reader) => reader.close()));
        });
      }
    });
  }
}

/** Sends `perNode` messages, `inFlight` at a time; rejects with the first fault. */
function send(core: RunningCore, conversation: ConversationId, author: UserId): Promise<void> {
  return new Promise((resolve, reject) => {
    let next = 0;
    let settled = 0;
    const one = (): void => {
      if (next === perNode) return;
      const n = next++;
      core.router.send(
        { conversation, kind: "message", author, device: `x:sender` as DeviceId, body: `${author} ${n}` },
        { settled: answered },
        n,
      );
    };
    const answered = (_: number, outcome: unknown): void => {
      if (outcome instanceof Error) return reject(outcome);
      if (++settled === perNode) resolve();
      one();
    };
    for (let n = 0; n < inFlight; n++) one();
  });
}

/** Where the numbers are not 1, 2, 3 … `count`. */
function holes(seqs: readonly number[], count: number): string[] {
  const wrong: string[] = [];
  let expected = 1;
  for (const seq of seqs) {
    if (seq !== expected) wrong.push(`${seq} instead of ${expected}`);
    expected = seq + 1;
  }
  if (expected !== count + 1) wrong.push(`ended at ${expected - 1}`);
  return wrong.slice(0, 5);
}
