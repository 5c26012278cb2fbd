// What a node knows of another's subscriptions when these are answered: a message it accepts from then on is collected.
import assert from "node:assert/strict";
import type { Session } from "../../src/core.ts";
import { createCore, type RunningCore } from "../../src/create-core.ts";
import type { DeviceId } from "../../src/model/ids.ts";
import { Fault } from "../../src/model/fault.ts";
import type { Store } from "../../src/store/store.ts";
import { localUser } from "../../src/testing/core.ts";
import { until } from "../../src/testing/until.ts";
import { type Buses, buses, type Stores, stores } from "./shared-media.ts";

const [alice, bob] = [localUser("alice"), localUser("bob")];
const rounds = 30;

for (const [busName, makeBuses] of Object.entries(buses)) {
  describe(`subscriptions on two nodes over ${busName}`, function () {
    this.timeout(60_000);
    let store: Stores;
    let bus: Buses;
    let opened: readonly Store[] = [];
    let nodes: readonly RunningCore[] = [];

    before(async () => {
      store = stores["memory"]!();
      bus = makeBuses();
      opened = await store.open();
      const busOf = await bus.open();
      const node = (at: 0 | 1) =>
        createCore({ host: "localhost", store: opened[at]!, bus: busOf[at], scramIterations: 16 });
      nodes = [await node(0), await node(1)];
      for (const user of [alice, bob]) await nodes[0]!.accounts.create(user, "secret");
    });
    after(async () => {
      for (const core of nodes) await core[Symbol.asyncDispose]();
      await bus.close();
      for (const each of opened) await each[Symbol.asyncDispose]();
      await store.close();
    });

    it("are known on the other when they are answered", async () => {
      const [one, two] = nodes as [RunningCore, RunningCore];
      const device = await attach(two, "d", true);

      for (let n = 0; n < rounds; n++) {
        await two.topics.subscribe(device, subscription(`fresh/${n}`));
        await publish(one, `fresh/${n}`, String(n));
      }

      await until(() => device.waiting === rounds);
      await two.sessions.detach(device, false);
    });

    it("shared by members of both, give each message to one of them", async () => {
      const members: [RunningCore, Session][] = [];
      for (const [core, name, durable] of [
        [nodes[0]!, "a", true],
        [nodes[1]!, "b", true],
        [nodes[1]!, "c", false],
      ] as const) {
        const session = await attach(core, name, durable);
        await core.topics.subscribe(session, subscription("$share/g/job/#"));
        members.push([core, session]);
      }

      for (let n = 0; n < rounds; n++) await publish(nodes[n % 2]!, "job/x", String(n));

      const seen: string[] = [];
      await until(() => {
        for (const [core, session] of members) {
          for (const { event, terms } of session.take(99)) {
            if (event.type !== "publication") continue;
            seen.push(Buffer.from(event.payload).toString());
            core.topics.settle(session, terms!.queued!);
          }
        }
        return seen.length >= rounds;
      });
      assert.equal(new Set(seen).size, rounds);
      assert.equal(seen.length, rounds);
      for (const [core, session] of members) await core.sessions.detach(session, false);
    });

    it("shared with a member of the other node, are handed over to it", async () => {
      const [one, two] = nodes as [RunningCore, RunningCore];
      const failing = await attach(one, "failing", false);
      await one.topics.subscribe(failing, subscription("$share/h/task"));
      for (let n = 0; n < 3; n++) await publish(one, "task", String(n));
      failing.take(2);
      const other = await attach(two, "other", false);
      await two.topics.subscribe(other, subscription("$share/h/task"));

      await one.sessions.detach(failing, false);

      await until(() => other.waiting === 3);
    });
  });
}

async function attach(core: RunningCore, device: string, durable: boolean): Promise<Session> {
  const session = await core.sessions.attach({
    user: bob,
    device: device as DeviceId,
    echo: "rooms",
    durable,
    settles: true,
    rememberMs: durable ? 60_000 : 0,
    wake: () => undefined,
    ended: () => undefined,
  });
  if (durable) core.topics.openQueue(session);
  return session;
}

function subscription(filter: string) {
  return { filter, qos: 1 as const, noLocal: false, retainAsPublished: false, retainHandling: 0 as const };
}

function publish(core: RunningCore, topic: string, text: string): Promise<number> {
  return new Promise((resolve, reject) => {
    core.topics.publish(
      {
        type: "publication",
        host: "localhost",
        topic,
        payload: Buffer.from(text),
        qos: 1,
        retain: false,
        author: alice,
        device: "d" as DeviceId,
        at: Date.now(),
      },
      undefined,
      { published: (_, outcome) => (outcome instanceof Fault ? reject(outcome) : resolve(outcome)) },
      0,
    );
  });
}
