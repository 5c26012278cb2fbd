import assert from "node:assert/strict";
import fc from "fast-check";
import { Outgoing } from "../../../protocols/json/outgoing.ts";
import { endOfTick, FakeLink } from "./fakes.ts";

describe("outgoing lines", () => {
  it("leave in order, in as few frames as the limit allows, none longer but a single long line", async () => {
    const line = fc.string({ minLength: 1, maxLength: 30, unit: "grapheme" }).map((text) => JSON.stringify({ text }));
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.integer({ min: 20, max: 100 }), async (lines, maxFrame) => {
        const link = new FakeLink();
        const outgoing = new Outgoing(link, maxFrame, () => undefined);

        for (const each of lines) outgoing.push(each);
        await endOfTick();

        assert.deepEqual(
          link.frames.flatMap((frame) => frame.split("\n")),
          lines,
        );
        for (const frame of link.frames) {
          assert.ok(Buffer.byteLength(frame) <= maxFrame || !frame.includes("\n"), frame);
        }
        for (const [at, frame] of link.frames.slice(1).entries()) {
          const first = frame.split("\n")[0]!;
          assert.ok(Buffer.byteLength(`${link.frames[at]}\n${first}`) > maxFrame, "two frames where one would do");
        }
      }),
    );
  });

  it("are joined by what the end of the tick adds", async () => {
    const link = new FakeLink();
    const outgoing: Outgoing = new Outgoing(link, 1000, () => outgoing.push("late"));

    outgoing.push("early");
    await endOfTick();

    assert.deepEqual(link.frames, ["early\nlate"]);
  });

  it("leave before the link is shut, and none after", async () => {
    const link = new FakeLink();
    const outgoing = new Outgoing(link, 1000, () => undefined);

    outgoing.push("last");
    outgoing.shut();
    outgoing.push("too late");
    await endOfTick();

    assert.deepEqual(link.frames, ["last"]);
  });
});
