import assert from "node:assert/strict";
import type { Session } from "../../../src/core.ts";
import { Fault } from "../../../src/model/fault.ts";
import type { Store } from "../../../src/store/store.ts";
import { until } from "../../../src/testing/until.ts";
import {
  alice,
  attach,
  bob,
  bodies,
  direct,
  inbox,
  lobby,
  say,
  twoNodes,
  type TwoNodes,
} from "../routing/two-nodes.ts";

describe("an inbox", () => {
  it("has what is stored in a room while it is being opened", async () => {
    let meanwhile = async (): Promise<void> => undefined;
    await using nodes = await twoNodes((store) =>
      overriding(store, {
        async backlog(...of) {
          const backlog = await store.backlog(...of);
          await meanwhile();
          return backlog;
        },
      }),
    );
    await nodes.one.rooms.create(lobby, alice);
    await nodes.one.rooms.join(lobby, bob);
    await newsHeard();
    meanwhile = () => say(nodes.one, "meanwhile", lobby);

    const session = await inbox(nodes.two, bob, "b");
    meanwhile = async () => undefined;
    await say(nodes.one, "after", lobby);

    await until(() => session.waiting === 2);
    assert.deepEqual(bodies(session), ["meanwhile", "after"]);
  });

  it("follows a room although another session gives it up at that moment", async () => {
    const gates: (() => void)[] = [];
    let gated = false;
    await using nodes = await twoNodes((store) =>
      overriding(store, {
        async heads(of) {
          if (gated) await new Promise<void>((resolve) => gates.push(resolve));
          return store.heads(of);
        },
      }),
    );
    await nodes.one.rooms.create(lobby, alice);
    const [leaves, comes] = [await attach(nodes.two, alice, "leaves"), await attach(nodes.two, bob, "comes")];
    gated = true;
    const opened = [leaves, comes].map((session) => nodes.two.conversations.open(session, lobby, "now"));
    await until(() => gates.length === 2); // both ask how far the room is
    await nodes.two.sessions.detach(leaves, false);
    gated = false;

    gates[0]!();
    await opened[0];
    gates[1]!();
    await opened[1];
    await say(nodes.one, "hello", lobby);

    await until(() => comes.waiting === 1);
    assert.deepEqual(bodies(comes), ["hello"]);
  });

  it("follows a new conversation although the store does not answer at first", async () => {
    let down = false;
    await using nodes = await twoNodes((store) =>
      overriding(store, {
        cursor: async (...of) => (down ? Promise.reject(new Fault("unavailable", "restarting")) : store.cursor(...of)),
      }),
    );
    await say(nodes.one, "read before");
    const session = await inbox(nodes.two, bob, "b");
    await until(() => session.waiting === 1);
    bodies(session);
    nodes.two.conversations.ack(session, direct, 1);
    await nodes.two.sessions.detach(session, true);
    const again = await inbox(nodes.two, bob, "b");

    down = true;
    await say(nodes.one, "now");
    await newsHeard();
    down = false;

    await until(() => again.waiting === 1);
    assert.deepEqual(bodies(again), ["now"]);
  });

  const lost: Record<string, (nodes: TwoNodes) => Promise<void>> = {
    "hears a later one": async (nodes) => {
      nodes.exchange.trouble(undefined);
      await say(nodes.one, "third");
    },
    "looks for what it missed": async (nodes) => {
      nodes.exchange.trouble(undefined);
      nodes.exchange.isolate(nodes.busOfTwo.node);
      await say(nodes.one, "third");
      nodes.exchange.rejoin(nodes.busOfTwo.node);
    },
  };
  for (const before of [false, true]) {
    for (const [how, found] of Object.entries(lost)) {
      const title = before ? "goes on" : "begins";
      it(`that missed how a conversation ${title} has it all once it ${how}, whatever other devices acknowledged [P4]`, async () => {
        await using nodes = await twoNodes();
        const quick = await inbox(nodes.one, bob, "quick");
        if (before) {
          await say(nodes.one, "zeroth");
          await acknowledged(nodes, quick, 1);
          await new Promise((resolve) => setTimeout(resolve, 5)); // the inbox is opened at a later moment
        }
        const session = await inbox(nodes.two, bob, "b");
        nodes.exchange.trouble(() => "drop");
        for (const body of ["first", "second"]) await say(nodes.one, body);
        await acknowledged(nodes, quick, before ? 3 : 2);

        await found(nodes);

        const seen: unknown[] = [];
        await until(() => seen.push(...bodies(session)) >= 3); // receipts may come between
        assert.deepEqual(seen, ["first", "second", "third"]);
      });
    }
  }

  it("opened from now on, and then from where the device was, brings nothing twice", async () => {
    let meanwhile = async (): Promise<void> => undefined;
    await using nodes = await twoNodes((store) =>
      overriding(store, {
        async backlog(...of) {
          const backlog = await store.backlog(...of);
          await meanwhile();
          return backlog;
        },
      }),
    );
    await say(nodes.one, "read before");
    const session = await inbox(nodes.two, bob, "b");
    await until(() => session.waiting === 1);
    bodies(session);
    nodes.two.conversations.ack(session, direct, 1);
    await nodes.two.sessions.detach(session, true);
    const again = await attach(nodes.two, bob, "b");
    await nodes.two.conversations.openInbox(again, { rooms: false, from: "now" });
    nodes.two.conversations.shutInbox(again);

    meanwhile = async () => {
      await say(nodes.one, "meanwhile");
      await newsHeard();
    };
    await nodes.two.conversations.openInbox(again, { rooms: false, from: "cursor" });

    await until(() => again.waiting > 0);
    assert.deepEqual(bodies(again), ["meanwhile"]);
  });

  it("opened from now on has all that comes, whatever comes first from where", async () => {
    await using nodes = await twoNodes();
    await say(nodes.one, "old");
    const session = await attach(nodes.two, bob, "b");
    await nodes.two.conversations.openInbox(session, { rooms: false, from: "now" });

    nodes.exchange.trouble(() => 20); // what the other node accepts is heard after what this one does
    await say(nodes.one, "there");
    await say(nodes.two, "here");

    await until(() => session.waiting === 2);
    assert.deepEqual(bodies(session), ["there", "here"]);
  });
});

/** The session has seen it up to here, and so the account has. */
async function acknowledged({ one, store }: TwoNodes, session: Session, seq: number): Promise<void> {
  one.conversations.ack(session, direct, seq);
  const delivered = async () => (await store.marks(direct)).find(({ user }) => user === bob)?.delivered === seq;
  while (!(await delivered())) await newsHeard();
}

/** What the nodes told each other so far has arrived. */
async function newsHeard(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function overriding(store: Store, parts: Partial<Store>): Store {
  return new Proxy(store, {
    get(target, name) {
      const part = Reflect.get(name in parts ? parts : target, name) as unknown;
      return typeof part === "function" ? (part.bind(name in parts ? parts : target) as unknown) : part;
    },
  });
}
