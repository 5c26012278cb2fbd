import assert from "node:assert/strict";
import fc from "fast-check";
import type { Announced } from "../../../src/bus/bus.ts";
import { decodeAll, encode } from "../../../src/bus/redis/wire.ts";

describe("announcements on the wire", () => {
  const text = fc.string({ unit: "binary" }); // lone surrogates and all
  const bytes = fc.uint8Array({ maxLength: 300 });
  const extensions = fc.dictionary(
    text.filter((name) => name !== "__proto__"),
    text,
    { maxKeys: 3, noNullPrototype: true },
  );
  const entry = fc.record(
    { type: fc.constant("entry"), conversation: text, seq: fc.nat(), body: text, bytes, extensions },
    { requiredKeys: ["type"] },
  );
  const publication = fc.record({
    type: fc.constant("publication"),
    topic: text,
    payload: bytes,
    retain: fc.boolean(),
  });
  const relay = fc.record({ type: fc.constant("signal"), name: fc.constant("relay"), payload: text });
  const control = fc.record({ type: fc.constant("control"), name: text, payload: text });
  const event = fc.oneof(entry, publication, relay, control) as unknown as fc.Arbitrary<Announced>;

  it("come out as they went in, joined to one array as Redis joins them", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 5 }), (events) => {
        const heard = decodeAll(`[${events.map(encode).join(",")}]`);

        assert.deepEqual(heard.map(plain), events.map(plain));
      }),
    );
  });

  it("leave behind what their node has hung on them", () => {
    const hung = { type: "receipt", seq: 1, memo: ["bytes of some protocol"] } as unknown as Announced;

    assert.deepEqual(decodeAll(`[${encode(hung)}]`), [{ type: "receipt", seq: 1 }]);
  });
});

function plain(event: Announced): Record<string, unknown> {
  const fields = Object.entries(event).map(([field, value]) => [
    field,
    value instanceof Uint8Array ? [...value] : (value as unknown),
  ]);
  return Object.fromEntries(fields) as Record<string, unknown>;
}
