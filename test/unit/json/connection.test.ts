import assert from "node:assert/strict";
import type { Link, LinkHandler } from "#core";
import { createJson } from "../../../protocols/json/index.ts";
import type { JsonOptions } from "../../../protocols/json/options.ts";
import type { RunningCore } from "../../../src/create-core.ts";
import { createMemoryStore } from "../../../src/store/memory/index.ts";
import { startCore } from "../../../src/testing/core.ts";
import { until } from "../../../src/testing/until.ts";
import { FakeLink, Time } from "./fakes.ts";

describe("a JSON connection", () => {
  let core: RunningCore;
  let time: Time;
  /** Commits wait while this is closed. */
  let gate: { open(): void; close(): void };

  beforeEach(async () => {
    const store = createMemoryStore();
    let opened = Promise.resolve();
    let release: () => void = () => undefined;
    gate = { open: () => release(), close: () => void (opened = new Promise((resolve) => (release = resolve))) };
    time = new Time();
    const commit = store.commit.bind(store);
    const slow = Object.assign(store, {
      commit: (batch: Parameters<typeof commit>[0]) => opened.then(() => commit(batch)),
    });
    core = await startCore(["alice", "bob"], { clock: time, store: slow });
  });
  afterEach(async () => {
    gate.open();
    await core[Symbol.asyncDispose]();
  });

  it("stops reading at the bound of unanswered commands, and goes on below half of it", async () => {
    const alice = await login("alice", { inflight: 4 });
    gate.close();

    alice.tell(...Array.from({ length: 10 }, (_, n) => ({ id: n, type: "send", to: "bob", body: `${n}` })));
    await until(() => alice.paused);
    const answered = alice.lines.length;
    gate.open();
    await until(() => alice.lines.length === answered + 10);

    assert.equal(alice.paused, false);
    assert.deepEqual(
      alice.lines.slice(answered).map(({ re, s }) => [re, s]),
      Array.from({ length: 10 }, (_, n) => [n, n + 1]),
    );
  });

  it("answers nothing before the store has it (P1)", async () => {
    const alice = await login("alice");
    const before = alice.lines.length;
    gate.close();

    alice.tell({ id: 1, type: "send", to: "bob", body: "x" }, { id: 2, type: "ping" });
    await turns(20);
    const early = alice.lines.length - before;
    gate.open();
    await until(() => alice.lines.length === before + 2);

    assert.equal(early, 0);
    assert.deepEqual(
      alice.lines.slice(before).map(({ re }) => re),
      [1, 2],
    );
  });

  it("closes with 1013 a client that reads nothing, and keeps what it is owed", async () => {
    const bob = await login("bob", { highWater: 100 });
    const alice = await login("alice");
    bob.link.buffered = 100;

    alice.tell({ id: 1, type: "send", to: "bob", body: "patience" });
    await until(() => alice.lines.at(-1)?.re === 1);
    await turns(5);
    time.pass(31_000);
    bob.handler.closed();
    const again = await login("bob");
    await until(() => again.lines.some(({ type }) => type === "message"));

    assert.deepEqual(bob.closed, [1013, "slow_consumer"]);
    assert.equal(again.lines.find(({ type }) => type === "message").body, "patience");
  });

  it("beats after 25 s of silence, and closes with 4408 when nothing answers", async () => {
    const alice = await login("alice");

    time.pass(25_000);
    await turns(2);
    const beats = alice.lines.filter((line) => Object.keys(line).length === 0).length;
    time.pass(8_000);

    assert.equal(beats, 1);
    assert.deepEqual(alice.closed, [4408, "timeout"]);
  });

  it("lets go of a device whose socket closes while it logs in", async () => {
    const alice = connect();

    alice.tell({ id: 1, type: "auth", user: "alice", password: "secret-alice", device: "gone" });
    alice.handler.closed();
    await turns(20);
    await login("alice"); // the same password, so the first check has ended by now

    assert.deepEqual(
      core.sessions.of("alice@localhost" as never).map(({ device }) => device),
      ["json:desk"],
    );
  });

  it("leaves nothing behind when the core ends it", async () => {
    const bob = await login("bob", { highWater: 0 });
    bob.tell({ id: 1, type: "subscribe", c: "topic:#" });
    await until(() => bob.lines.at(-1)?.re === 1);
    const alice = await login("alice");

    for (let id = 0; id < 2100; id++) alice.tell({ id, type: "publish", c: "topic:t", payload: "x" });
    await until(() => bob.closed.length > 0);
    bob.handler.closed();
    await until(() => core.sessions.of("bob@localhost" as never).length === 0);

    assert.deepEqual(bob.closed, [4103, "slow_consumer"]);
  });

  it("takes a password only where nobody listens", async () => {
    const alice = connect({}, false);

    alice.tell({ id: 1, type: "auth", user: "alice", password: "secret-alice" });
    await until(() => alice.closed.length > 0);

    assert.equal(alice.lines.at(-1).error.code, "forbidden");
    assert.deepEqual(alice.closed, [4703, "forbidden"]);
  });

  it("takes a read mark of a conversation that it was up to date with", async () => {
    const [alice, bob] = [await login("alice"), await login("bob")];
    alice.tell({ id: 1, type: "send", to: "bob", body: "x" });
    await until(() => bob.lines.some(({ type }) => type === "message"));
    bob.tell({ id: 1, type: "ack", c: "dm:alice:bob", s: 1 });
    await until(() => alice.lines.some(({ mark }) => mark === "delivered"));
    bob.handler.closed();
    const again = await login("bob");

    again.tell({ id: 2, type: "ack", c: "dm:alice:bob", s: 1, mark: "read" });
    await until(() => alice.lines.some(({ mark }) => mark === "read"));
    again.tell({ id: 3, type: "ack", c: "dm:alice:bob", s: 2, mark: "read" });
    await until(() => again.lines.at(-1)?.re === 3);

    assert.equal(again.lines.at(-1).error.code, "bad_request");
  });

  async function login(user: string, options: Partial<JsonOptions> = {}): Promise<Client> {
    const client = connect(options);
    client.tell({ id: "auth", type: "auth", user, password: `secret-${user}`, device: "desk" });
    await until(() => client.lines.some(({ type }) => type === "synced"));
    return client;
  }

  function connect(options: Partial<JsonOptions> = {}, secure = true): Client {
    return new Client((link) => createJson(core, options).webSockets[0]!.accept(link), secure);
  }
});

/** The far side of a link that is no socket. */
class Client {
  readonly link: FakeLink;
  readonly handler: LinkHandler;
  closed: unknown[] = [];
  paused = false;

  constructor(accept: (link: Link) => LinkHandler, secure: boolean) {
    this.link = new FakeLink();
    this.handler = accept(
      Object.assign(this.link, {
        ...{ name: "fake:1", remote: "127.0.0.1", secure, subprotocol: "" },
        ...{ tls: undefined, startTls: undefined },
        close: (code?: number, reason?: string) => void (this.closed = [code, reason]),
        destroy: () => void (this.closed = ["destroyed"]),
        pause: () => void (this.paused = true),
        resume: () => void (this.paused = false),
      }),
    );
  }

  get lines(): any[] {
    return this.link.frames.flatMap((frame) => frame.split("\n").map((line) => JSON.parse(line)));
  }

  tell(...commands: object[]): void {
    this.handler.text!(commands.map((command) => JSON.stringify(command)).join("\n"));
  }
}

/** Turns of the event loop in which something would have happened. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}
