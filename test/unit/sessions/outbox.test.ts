import assert from "node:assert/strict";
import fc from "fast-check";
import type { Delivery } from "../../../src/model/event.ts";
import { Outbox } from "../../../src/sessions/outbox.ts";

describe("the outbox", () => {
  it("gives back what was put in, in order, and knows its length and room", () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ push: fc.integer({ min: 1, max: 50 }) }),
        fc.record({ take: fc.integer({ min: 0, max: 60 }) }),
      ),
      { maxLength: 100 },
    );
    fc.assert(
      fc.property(steps, (script) => {
        const outbox = new Outbox({ rows: 1000, bytes: 1 << 30 });
        const model: Delivery[] = [];
        let next = 0;
        for (const step of script) {
          if ("push" in step) for (let n = 0; n < step.push; n++) push(next++);
          else assert.deepEqual(outbox.take(step.take), model.splice(0, step.take));
          assert.equal(outbox.length, model.length);
          assert.equal(outbox.room, Math.max(0, 1000 - model.length));
        }
        function push(id: number): void {
          const delivery = deliveryOf(`${id}`);
          outbox.push(delivery);
          model.push(delivery);
        }
      }),
    );
  });

  it("has no room once its bytes are used up, and has it again once they are taken", () => {
    const outbox = new Outbox({ rows: 1000, bytes: 10_000 });
    outbox.push(deliveryOf("x".repeat(10_000)));
    assert.equal(outbox.room, 0);
    outbox.take(1);
    assert.equal(outbox.room, 1000);
  });
});

function deliveryOf(body: string): Delivery {
  const event = {
    type: "entry",
    conversation: "c",
    seq: 1,
    kind: "message",
    mid: "m",
    at: 0,
    author: "a",
    device: "d",
    body,
  };
  return { event: event as never, late: false, redelivered: false };
}
