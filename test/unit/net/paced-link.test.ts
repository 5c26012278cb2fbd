import assert from "node:assert/strict";
import type { Link, LinkHandler } from "../../../src/net/link.ts";
import { type Pace, paced } from "../../../src/net/paced-link.ts";
import { TestClock } from "../mqtt/harness.ts";

describe("a link that keeps a pace", () => {
  it("is the front-end's own where there is none to keep", () => {
    const accept = () => ({ closed: () => undefined });

    assert.equal(paced(accept, { messagesPerSecond: 0, bytesPerSecond: 0, beyond: "wait" }, new TestClock()), accept);
  });

  it("is not read while it has sent more than it may, and loses nothing", async () => {
    const { handler, log, clock, front } = scene({ messagesPerSecond: 10 });

    for (let n = 0; n < 15; n++) handler.text!("x");
    assert.deepEqual([front.heard, log.slice(0, 2)], [15, ["pause", "pause"]]);
    assert.equal(front.link!.waiting, true);
    await clock.advance(499);
    assert.equal(log.includes("resume"), false);
    await clock.advance(2);

    assert.equal(log.at(-1), "resume");
    assert.equal(front.link!.waiting, false);
  });

  it("counts bytes, and the messages that a front-end finds in them", async () => {
    const { handler, log, clock, front } = scene({ bytesPerSecond: 100, messagesPerSecond: 10 });

    handler.bytes!(Buffer.alloc(101));
    await clock.advance(11);
    assert.deepEqual(log, ["pause", "resume"]);
    await clock.advance(5000);
    front.link!.charge!(11);
    await clock.advance(101);

    assert.deepEqual(log, ["pause", "resume", "pause", "resume"]);
  });

  it("stays paused as long as the front-end wants it, and as long as the pace does", async () => {
    const { handler, log, clock, front } = scene({ messagesPerSecond: 10 });
    for (let n = 0; n < 11; n++) handler.text!("x");
    front.link!.pause();
    front.link!.resume();
    assert.equal(log.includes("resume"), false);
    front.link!.pause();
    await clock.advance(1000);
    assert.equal(log.includes("resume"), false);

    front.link!.resume();

    assert.equal(log.at(-1), "resume");
  });

  it("ends in the front-end's words when it is to be refused, or is closed where there are none", () => {
    const told = scene({ messagesPerSecond: 1, beyond: "refuse" }, true);
    const untold = scene({ messagesPerSecond: 1, beyond: "refuse" });
    for (const { handler } of [told, untold]) for (const text of ["a", "b"]) handler.text!(text);

    assert.deepEqual([told.front.refused, told.log], [1, []]);
    assert.deepEqual(untold.log, ["close 1008"]);
  });

  it("forgets its timer with the link", async () => {
    const { handler, log, clock } = scene({ messagesPerSecond: 1 });
    for (const text of ["a", "b"]) handler.text!(text);

    handler.closed();
    await clock.advance(5000);

    assert.deepEqual(log, ["pause"]);
  });

  it("has no method that the front-end has not", () => {
    const handler = paced(
      () => ({ closed: () => undefined }),
      { ...pace, messagesPerSecond: 1 },
      new TestClock(),
    )(fakeLink([]));

    assert.deepEqual(Object.keys(handler), ["closed"]);
  });
});

const pace: Pace = { messagesPerSecond: 0, bytesPerSecond: 0, beyond: "wait" };

interface Front {
  link: Link | undefined;
  heard: number;
  refused: number;
}

function scene(some: Partial<Pace>, words = false) {
  const log: string[] = [];
  const clock = new TestClock();
  const front: Front = { link: undefined, heard: 0, refused: 0 };
  const accept = (link: Link): LinkHandler => {
    front.link = link;
    return {
      text: () => void front.heard++,
      bytes: () => undefined,
      closed: () => undefined,
      ...(words && { tooFast: () => void front.refused++ }),
    };
  };
  const handler = paced(accept, { ...pace, ...some }, clock)(fakeLink(log));
  return { handler, log, clock, front };
}

function fakeLink(log: string[]): Link {
  return {
    name: "fake",
    remote: "192.0.2.1",
    secure: true,
    tls: undefined,
    subprotocol: "",
    buffered: 0,
    startTls: undefined,
    send: () => undefined,
    close: (code) => void log.push(`close ${code}`),
    destroy: () => void log.push("destroy"),
    pause: () => void log.push("pause"),
    resume: () => void log.push("resume"),
  };
}
