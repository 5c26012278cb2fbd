import assert from "node:assert/strict";
import fc from "fast-check";
import type { Envelope, DeviceId, Extensions, OriginId, Publication } from "#core";
import { Names } from "../../../protocols/json/addressing.ts";
import { draftOf, Events } from "../../../protocols/json/translate.ts";
import { alice, bob, dm, entry, phone } from "./fakes.ts";

const events = new Events(new Names("localhost"));
const desk = { author: alice, device: "json:desk" as DeviceId };

describe("a message on its way through the JSON front-end", () => {
  it("keeps every field that only JSON clients understand, unchanged (P10)", () => {
    const unknown = fc
      .string({ minLength: 1 })
      .filter(
        (field) =>
          ![
            "id",
            "re",
            "error",
            "type",
            "c",
            "to",
            "s",
            "mid",
            "from",
            "at",
            "cid",
            "body",
            "bytes",
            "redelivered",
            "__proto__",
            ...["target", "thread", "replyTo", "emojis", "reason", "retracted", "forwarded"],
          ].includes(field),
      );
    fc.assert(
      fc.property(fc.dictionary(unknown, fc.jsonValue()), fc.string(), (extra, body) => {
        const wire = JSON.parse(JSON.stringify({ ...extra, body })) as Record<string, unknown> & { body: string };
        const draft = draftOf(wire, desk, dm);

        const seen = JSON.parse(events.entry(entry(draft as Partial<Envelope>), phone, false)) as object;

        const base = {
          type: "message",
          c: "dm:alice:bob",
          s: 1,
          mid: "m-1",
          from: "alice",
          at: "1970-01-01T00:00:00.000Z",
        };
        assert.deepEqual(seen, { ...base, ...wire });
      }),
    );
  });

  it("does not let a client write what is the server's", () => {
    const draft = draftOf(
      { id: 1, type: "send", body: "x", s: 99, mid: "forged", from: "bob", at: "never", redelivered: true },
      desk,
      dm,
    );

    assert.equal(draft.extensions, undefined);
    assert.equal(JSON.parse(events.entry(entry(draft as Partial<Envelope>), phone, false)).from, "alice");
  });

  it("carries bytes as base64", () => {
    const draft = draftOf({ bytes: "/w==" }, desk, dm);

    assert.deepEqual([...draft.bytes!], [255]);
    assert.equal(JSON.parse(events.entry(entry(draft as Partial<Envelope>), phone, false)).bytes, "/w==");
  });

  it("is marked redelivered, and tells its own device the cid, and nobody else", () => {
    const envelope = entry({ originId: "c-1" as OriginId });

    assert.deepEqual(tail(events.entry(envelope, { user: alice, device: desk.device }, true)), ["c-1", true]);
    assert.deepEqual(tail(events.entry(envelope, { user: alice, device: "json:other" as DeviceId }, false)), [
      undefined,
      undefined,
    ]);
    // Another account's device of the same name is another device.
    assert.deepEqual(tail(events.entry(envelope, { user: bob, device: desk.device }, false)), [undefined, undefined]);
  });

  it("hides what other protocols keep for themselves", () => {
    const extensions: Extensions = { xmpp: "<x/>", mqtt: "{}" };

    assert.ok(!events.entry(entry({ extensions }), phone, false).includes("<x/>"));
  });
});

describe("events of other kinds", () => {
  it("have the dialect's shapes", () => {
    const typing = {
      type: "signal",
      name: "typing",
      conversation: dm,
      user: alice,
      device: desk.device,
      state: "paused",
      ttlMs: 5,
    } as const;
    const receipt = { type: "receipt", conversation: dm, seq: 4, user: bob, mark: "read", at: 0 } as const;
    const presence = {
      type: "signal",
      name: "presence",
      user: alice,
      device: desk.device,
      available: false,
      show: "xa",
      priority: 0,
    } as const;

    assert.deepEqual(JSON.parse(events.signal(typing)), {
      type: "typing",
      c: "dm:alice:bob",
      user: "alice",
      state: "paused",
      ttl: 5,
    });
    assert.deepEqual(JSON.parse(events.receipt(receipt)), {
      ...{ type: "receipt", c: "dm:alice:bob", s: 4, user: "bob", mark: "read", at: "1970-01-01T00:00:00.000Z" },
    });
    assert.deepEqual(JSON.parse(events.signal(presence)), {
      type: "presence",
      user: "alice",
      device: "desk",
      available: false,
      show: "xa",
    });
    assert.equal(JSON.parse(events.entry(entry({ kind: "subject" }), phone, false)).type, "pin");
  });

  it("show a publication as text when it is text, and as base64 when it is not", () => {
    const text = events.publication(publication("21.5 °C"), true);
    const bytes = events.publication(publication(Uint8Array.of(0xc3, 0x28)), false);

    assert.deepEqual(JSON.parse(text), {
      ...{ type: "publication", c: "topic:plant/7", topic: "plant/7", from: "alice", at: "1970-01-01T00:00:00.000Z" },
      ...{ payload: "21.5 °C", retain: true },
    });
    assert.deepEqual([JSON.parse(bytes).bytes, JSON.parse(bytes).retain], ["wyg=", false]);
  });
});

function tail(line: string): unknown[] {
  const { cid, redelivered } = JSON.parse(line) as { cid?: string; redelivered?: boolean };
  return [cid, redelivered];
}

function publication(payload: string | Uint8Array): Publication {
  return {
    ...{
      type: "publication",
      host: "localhost",
      topic: "plant/7",
      qos: 1,
      retain: false,
      author: alice,
      device: desk.device,
      at: 0,
    },
    payload: typeof payload === "string" ? Buffer.from(payload) : payload,
  };
}
