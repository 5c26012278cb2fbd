import assert from "node:assert/strict";
import fc from "fast-check";
import type { DatedDraft } from "../../model/event.ts";
import { directOf, type ConversationId, type DeviceId, type UserId } from "../../model/ids.ts";
import { createMemoryStore } from "../../store/memory/index.ts";
import type { Batch, Store } from "../../store/store.ts";
import {
  all,
  batch,
  draft,
  origin,
  phone,
  plain,
  publication,
  record,
  sensor,
  tenant,
  type Tenant,
} from "./builders.ts";

/** The same act on any store; what it answers is compared. */
type Act = (store: Store) => Promise<unknown>;

const devices: readonly DeviceId[] = [phone, sensor];

export function modelTests(use: () => Store): void {
  describe("any history of acts", () => {
    it("is answered as the memory store answers it, and leaves the same behind", async function () {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.nat(), { minLength: 200, maxLength: 900 }), async (numbers) => {
          const at = tenant();
          const model = createMemoryStore();
          for (const act of actsOf(at, numbers)) {
            assert.deepEqual(await act(use()), await act(model));
          }
          assert.deepEqual(await observed(use(), at), await observed(model, at));
        }),
        { numRuns: 25, interruptAfterTimeLimit: 8000, markInterruptAsFailure: false },
      );
    });
  });
}

/** Turns numbers into acts, so that fast-check shrinks them without knowing what an act is. */
function* actsOf(at: Tenant, numbers: readonly number[]): Iterable<Act> {
  let next = 0;
  const below = (n: number): number => (numbers[next++] ?? 0) % n;
  const one = <T>(of: readonly T[]): T => of[below(of.length)]!;
  const users = [at.alice, at.bob, at.carol];
  const conversations = conversationsOf(at);
  const drafts: DatedDraft[] = [];
  const room = { id: at.lobby, title: "", open: true, listed: true, createdAt: 1, createdBy: at.alice };
  const keys = { salt: "", iterations: 1, storedKey: "", serverKey: "" };

  const many = <T>(make: () => T): T[] => Array.from({ length: below(5) }, make);
  const someDraft = (): DatedDraft => {
    // A message id names one draft for ever; now and then a commit is repeated because its outcome was not known.
    if (drafts.length > 0 && below(8) === 0) return one(drafts);
    drafts.push(
      draft(at, {
        conversation: one(conversations),
        author: one(users),
        device: one(devices),
        at: next,
        body: one(["a", "b", undefined]),
        originId: one([undefined, undefined, origin("o-1"), origin("o-2"), origin("o-3")]),
        originReleased: below(2) === 0,
      }),
    );
    return drafts.at(-1)!;
  };
  const someBatch = (): Batch => ({
    releases: many(() => ({ author: one(users), originId: one([origin("o-1"), origin("o-2")]) })),
    // Now and then more than a store writes at a time.
    appends: below(6) === 0 ? Array.from({ length: 12 + below(12) }, someDraft) : many(someDraft),
    enqueues: many(() => ({
      publication: publication(at, { author: one(users), device: one(devices), topic: one(["x", "y"]) }),
      sessions: devices.slice(below(3)).map((device) => ({ user: one(users), device, qos: 2, retain: false }) as const),
      originId: one([undefined, undefined, origin("o-1"), origin("o-2")]),
    })),
    advances: many(() => ({
      user: one(users),
      device: one(devices),
      conversation: one(conversations),
      seq: below(12),
    })),
    marks: many(() => ({
      user: one(users),
      conversation: one(conversations),
      mark: one(["delivered", "read"] as const),
      seq: below(12),
      at: next,
    })),
    settles: many(() => ({ user: one(users), device: one(devices), position: below(12) })),
    pins: many(() => ({
      publication: publication(at, { topic: one(["x", "y"]), payload: Buffer.from(one(["", "1", "2"])) }),
    })),
  });

  while (next < numbers.length) {
    switch (below(12)) {
      case 0: {
        const member = [one(users), one(["none", "member", "admin"] as const), below(2) === 0] as const;
        yield (store) => store.putMember(at.lobby, ...member);
        break;
      }
      case 1: {
        const owner = one(users);
        yield (store) => store.createRoom(room, owner);
        break;
      }
      case 2:
        if (below(4) === 0) yield (store) => store.removeRoom(at.lobby);
        break;
      case 3: {
        const [user, device] = [one(users), one(devices)];
        if (below(3) === 0) yield (store) => store.removeDevice(user, device);
        else yield (store) => store.putDevice(record(at, { user, device, attachedAt: 3 }));
        break;
      }
      case 4: {
        const user = one(users);
        if (below(4) === 0) yield (store) => store.removeAccount(user);
        else yield (store) => store.createAccount({ user, keys: { "SHA-1": keys, "SHA-256": keys }, createdAt: 1 });
        break;
      }
      default: {
        const some = batch(someBatch());
        yield async (store) => plain(await store.commit(some));
      }
    }
  }
}

function conversationsOf(at: Tenant): readonly ConversationId[] {
  return [at.direct, directOf(at.alice, at.carol), directOf(at.bob, at.bob), at.lobby];
}

/** All that can be asked about the tenant, in an order of its own. */
async function observed(store: Store, at: Tenant): Promise<unknown> {
  const users: readonly UserId[] = [at.alice, at.bob, at.carol];
  const conversations = conversationsOf(at);
  const found: unknown[] = [await store.heads(conversations), await store.room(at.lobby)];
  for (const conversation of conversations) {
    found.push(await store.read(conversation, 0, 1000), sorted(await store.marks(conversation)));
    for (const author of users) {
      for (const name of ["o-1", "o-2", "o-3"]) found.push(await store.find(conversation, author, origin(name)));
    }
  }
  found.push(sorted(await store.members(at.lobby)));
  for (const user of users) {
    const listed = await store.conversations(user, 100);
    found.push(sorted(listed.map((one) => ({ ...one, marks: sorted(one.marks) }))), await store.account(user));
    for (const device of devices) {
      found.push(await store.device(user, device), sorted(await store.backlog(user, device)));
      found.push(await store.queued(user, device, 0, 1000));
      for (const conversation of conversations) found.push(await store.cursor(user, device, conversation));
    }
  }
  found.push(sorted((await all(store.retained())).filter((one) => one.host === at.host)));
  return plain(found);
}

function sorted(values: readonly unknown[]): readonly unknown[] {
  const key = (value: unknown): string => JSON.stringify(plain(value));
  return [...values].sort((one, other) => (key(one) < key(other) ? -1 : 1));
}
