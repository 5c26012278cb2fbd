// Clients of two nodes that note in which order they see a conversation.
import assert from "node:assert/strict";
import type { Session } from "../../src/core.ts";
import type { RunningCore } from "../../src/create-core.ts";
import type { Fault } from "../../src/model/fault.ts";
import type { ConversationId, DeviceId, UserId } from "../../src/model/ids.ts";
import { until } from "../../src/testing/until.ts";

/** A client that takes so many at a time, each time the loop turns, and notes what it saw. */
export class Reader {
  static #count = 0;
  readonly seqs: number[] = [];
  readonly name: string;
  readonly #core: RunningCore;
  readonly #conversation: ConversationId;
  readonly #pace: number;
  #session: Session | undefined;
  #draining = false;

  private constructor(core: RunningCore, conversation: ConversationId, pace: number) {
    this.#core = core;
    this.#conversation = conversation;
    this.#pace = pace;
    this.name = `r${++Reader.#count} at ${pace}`;
  }

  static async open(core: RunningCore, user: UserId, conversation: ConversationId, pace: number): Promise<Reader> {
    const reader = new Reader(core, conversation, pace);
    const device = `x:${reader.name}` as DeviceId;
    const ended = (fault: Fault): void => assert.fail(`${reader.name} ended: ${fault.message}`);
    reader.#session = await core.sessions.attach({
      user,
      device,
      echo: "rooms",
      durable: false,
      rememberMs: 0,
      wake: () => reader.#wake(),
      ended,
    });
    await core.conversations.openInbox(reader.#session, { rooms: true, from: "cursor" });
    return reader;
  }

  get last(): number {
    return this.seqs.at(-1) ?? 0;
  }

  async close(): Promise<void> {
    await this.#core.sessions.detach(this.#session!, false);
  }

  #wake(): void {
    if (this.#draining) return;
    this.#draining = true;
    setImmediate(() => {
      this.#draining = false;
      const session = this.#session;
      if (session === undefined) return this.#wake(); // still attaching
      for (const { event } of session.take(this.#pace)) {
        if (event.type === "entry" && event.conversation === this.#conversation) this.seqs.push(event.seq);
      }
      if (session.waiting > 0) this.#wake();
    });
  }
}

/** A device that changes nodes under way, and goes on from what it has acknowledged. */
export class Roamer {
  readonly seqs: number[] = [];
  /** Places where, within one attachment, something did not follow on what was before. */
  readonly disorder: string[] = [];
  readonly #nodes: readonly RunningCore[];
  readonly #user: UserId;
  readonly #conversation: ConversationId;
  #core: RunningCore | undefined;
  #session: Session | undefined;
  #acked = 0;

  constructor(nodes: readonly RunningCore[], user: UserId, conversation: ConversationId) {
    this.#nodes = nodes;
    this.#user = user;
    this.#conversation = conversation;
  }

  get last(): number {
    return this.seqs.at(-1) ?? 0;
  }

  /** Changes nodes so many times on the way to `count`. */
  async roam(times: number, count: number): Promise<void> {
    for (let time = 0; time < times; time++) {
      await this.close();
      await this.#attach(this.#nodes[time % this.#nodes.length]!);
      const goal = ((time + 1) * count) / (times + 1);
      await until(() => this.last >= goal, 20_000);
    }
  }

  async close(): Promise<void> {
    if (this.#session !== undefined) await this.#core!.sessions.detach(this.#session, true);
    this.#session = undefined;
  }

  async #attach(core: RunningCore): Promise<void> {
    let previous: number | undefined;
    let session: Session | undefined;
    const drain = (): void => {
      if (session === undefined) return void setImmediate(drain); // still attaching
      if (!session.attached) return;
      for (const { event } of session.take(50)) {
        if (event.type !== "entry" || event.conversation !== this.#conversation) continue;
        const expected = previous === undefined ? this.#acked + 1 : previous + 1;
        if (event.seq !== expected) this.disorder.push(`${event.seq} instead of ${expected}`);
        previous = event.seq;
        this.seqs.push(event.seq);
        this.#acked = event.seq;
      }
      if (previous !== undefined) core.conversations.ack(session, this.#conversation, previous);
      if (session.waiting > 0) setImmediate(drain);
    };
    const ended = (fault: Fault): void => assert.fail(`the roaming device ended: ${fault.message}`);
    this.#core = core;
    session = await core.sessions.attach({
      user: this.#user,
      device: `x:roamer in ${this.#conversation}` as DeviceId,
      echo: "rooms",
      durable: false,
      rememberMs: 60_000,
      wake: () => setImmediate(drain),
      ended,
    });
    this.#session = session;
    await core.conversations.openInbox(session, { rooms: true, from: "cursor" });
  }
}
