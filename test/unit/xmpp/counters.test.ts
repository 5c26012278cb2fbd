import assert from "node:assert/strict";
import fc from "fast-check";
import type { ConversationId } from "#core";
import { StreamError } from "../../../protocols/xmpp/faults.ts";
import { keptBytes } from "../../support/kept-bytes.ts";
import { Inbound } from "../../../protocols/xmpp/inbound.ts";
import { type Place, StreamManagement } from "../../../protocols/xmpp/stream-management.ts";

const talk = "dm:a@h:b@h" as ConversationId;

describe("the counters of XEP-0198", () => {
  it("acknowledge places in the order they were sent, each once", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("stanza", "entry", "skipped", "ack"), { maxLength: 60 }),
        fc.integer({ min: 0, max: 3 }),
        (steps, near) => {
          const from = 2 ** 32 - near; // so that the count wraps
          const managed = new StreamManagement({ id: "x", resumeMs: 1, received: 0, from });
          const expected: number[] = [];
          const acked: number[] = [];
          let sent = from;
          let seq = 0;
          for (const step of steps) {
            if (step === "ack") managed.acknowledge(sent % 2 ** 32, (place) => acked.push(place.seq));
            else if (step === "skipped") {
              const place: Place = { conversation: talk, seq: ++seq };
              expected.push(seq);
              if (!managed.cover(place)) acked.push(seq);
            } else {
              sent++;
              const place = step === "entry" ? { conversation: talk, seq: ++seq } : undefined;
              if (place) expected.push(seq);
              managed.push("<x/>", place);
            }
          }
          managed.acknowledge(sent % 2 ** 32, (place) => acked.push(place.seq));

          assert.deepEqual(acked, expected);
          assert.equal(managed.unacked, 0);
          assert.equal(managed.owing, false);
        },
      ),
    );
  });

  it("keep what was not acknowledged, to be sent again", () => {
    const managed = new StreamManagement({ id: "x", resumeMs: 1, received: 0 });
    for (const xml of ["1", "2", "3"]) managed.push(xml);

    managed.acknowledge(2, () => assert.fail("no place"));

    assert.deepEqual(managed.again(), ["3"]);
  });

  it("refuse a count above what was sent, and let an old one pass [XEP-0198 §4]", () => {
    const managed = new StreamManagement({ id: "x", resumeMs: 1, received: 0 });
    managed.push("1");
    managed.push("2");
    managed.acknowledge(2, () => undefined);

    managed.acknowledge(1, () => undefined);

    assert.throws(
      () => managed.acknowledge(3, () => undefined),
      (error) => error instanceof StreamError && /handled-count-too-high.*h="3" send-count="2"/.test(error.detail),
    );
  });

  it("know how much waits, and keep nothing else of the chunks it was cut from", () => {
    const managed = new StreamManagement({ id: "x", resumeMs: 1, received: 0 });
    const cut = (n: number): string => `${n}:${"x".repeat(100_000)}`.slice(0, 50);

    const lagging = keptBytes(() => {
      for (let n = 0; n < 100; n++) managed.push(`<iq id="${cut(n)}"/>`);
      return managed;
    });
    const kept = keptBytes(() => (managed.cut(), managed));

    assert.equal(managed.size, 100 * `<iq id="${cut(0)}"/>`.length);
    assert.ok(lagging < 5_000_000, `${lagging} bytes while the client is there`);
    assert.ok(lagging + kept < 100_000, `${lagging + kept} bytes when it is not`);
    managed.acknowledge(99, () => undefined);
    assert.equal(managed.size, managed.again()[0]!.length);
  });

  it("count what comes modulo 2^32, from the enabling on", () => {
    const managed = new StreamManagement({ id: "x", resumeMs: 1, received: 7, from: 2 ** 32 - 2 });

    assert.deepEqual(
      [7, 8, 9, 10].map((done) => managed.handled(done)),
      [2 ** 32 - 2, 2 ** 32 - 1, 0, 1],
    );
  });
});

describe("stanzas that come", () => {
  it("are handled up to the first that is not, in whatever order they settle", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 0 }), (order) => {
        const inbound = new Inbound();
        for (let n = 0; n < 8; n++) inbound.begin();

        for (const ticket of order) inbound.end(ticket);

        let prefix = 0;
        while (order.includes(prefix)) prefix++;
        assert.equal(inbound.done, prefix);
        assert.equal(inbound.unanswered, 8 - prefix);
      }),
    );
  });

  it("do not count twice when they are ended twice", () => {
    const inbound = new Inbound();
    const ticket = inbound.begin();
    inbound.begin();

    inbound.end(ticket);
    inbound.end(ticket);

    assert.equal(inbound.done, 1);
  });
});
