import assert from "node:assert/strict";
import { limits, readingOf } from "../../fuzz/xmpp-reader.ts";

describe("what the fuzzer expects of a server", () => {
  it("knows what ends within a character not to be whole", () => {
    const stanza = Buffer.from(`<message xmlns="jabber:client"/>`);

    const ends = [Buffer.alloc(0), Buffer.from([0xc6]), Buffer.from([0xc6, 0xa0]), Buffer.from(" ")];
    const whole = ends.map((end) => readingOf("tcp", Buffer.concat([stanza, end]), limits.bound).whole);

    assert.deepEqual(whole, [true, false, false, true]);
  });
});
