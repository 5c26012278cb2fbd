import assert from "node:assert/strict";
import type { Session } from "../../../src/core.ts";
import type { RunningCore } from "../../../src/create-core.ts";
import type { Publication } from "../../../src/model/event.ts";
import type { Fault } from "../../../src/model/fault.ts";
import { type DeviceId, directOf, type UserId } from "../../../src/model/ids.ts";
import { localUser, startCore } from "../../../src/testing/core.ts";
import { until } from "../../../src/testing/until.ts";

const alice = localUser("alice");
const bob = localUser("bob");
const dm = directOf(alice, bob);

describe("what is ephemeral (P6)", () => {
  let core: RunningCore;
  let sender: Session;
  let reader: Session;
  let ended: Fault[];

  beforeEach(async () => {
    core = await startCore(["alice", "bob"], { outbox: { rows: 4, bytes: 1 << 20 } });
    ended = [];
    [sender, reader] = [await attach(alice, "sender"), await attach(bob, "reader")];
    await core.conversations.openInbox(reader, { rooms: false, from: "cursor" });
  });
  afterEach(() => core[Symbol.asyncDispose]());

  it("reaches who is there, and is nowhere afterwards", async () => {
    core.signals.typing(sender, dm, "composing");
    const late = await attach(bob, "late");
    await core.conversations.openInbox(late, { rooms: false, from: "cursor" });

    assert.deepEqual([reader.waiting, late.waiting, sender.waiting], [1, 0, 0]);
    assert.deepEqual(await core.conversations.history(bob, dm, 0, 10), []);
  });

  it("makes room for messages: typing is dropped from half full on", async () => {
    for (const body of ["one", "two"]) await say(body);
    await until(() => reader.waiting === 2);

    core.signals.typing(sender, dm, "composing");
    await say("three");
    await until(() => reader.waiting === 3);

    assert.deepEqual(
      reader.take(9).map(({ event }) => event.type),
      ["entry", "entry", "entry"],
    );
  });

  it("is dropped at the bound, where QoS 1 that nothing keeps ends the session", async () => {
    await core.topics.subscribe(reader, {
      ...{ filter: "#", qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 2 },
    });
    for (let n = 0; n < 6; n++) publish(0);
    const [waiting, patient] = [reader.waiting, [...ended]];

    publish(1);

    assert.equal(waiting, 4);
    assert.deepEqual(patient, []);
    assert.deepEqual(
      ended.map(({ code }) => code),
      ["slow-consumer"],
    );
  });

  async function say(body: string): Promise<void> {
    await core.router.sendOne({ conversation: dm, kind: "message", author: alice, device: sender.device, body });
  }

  function publish(qos: 0 | 1): void {
    const publication: Publication = {
      ...{ type: "publication", host: "localhost", topic: "t", payload: Buffer.from("x"), qos, retain: false, at: 0 },
      ...{ author: alice, device: sender.device },
    };
    core.topics.publish(publication, undefined, { published: () => undefined }, 0);
  }

  function attach(user: UserId, device: string): Promise<Session> {
    return core.sessions.attach({
      ...{ user, device: `test:${device}` as DeviceId, echo: "never", durable: false, rememberMs: 0 },
      ...{ wake: () => undefined, ended: (fault) => void ended.push(fault) },
    });
  }
});
