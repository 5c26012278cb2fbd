import assert from "node:assert/strict";
import { fuzzCodec, readsTheCorpus } from "../../fuzz/mqtt-codec.ts";

describe("the MQTT codec, given mutated packets,", () => {
  it("reads every one that is not spoilt", () => {
    readsTheCorpus();
  });

  it("refuses what is wrong with the right code, cut in any way, and throws nothing else", () => {
    const { packets, refused } = fuzzCodec(100_000, 1);

    assert.ok(refused > packets / 10 && refused < packets * 0.9, `${refused} of ${packets} were refused`);
  }).timeout(60_000);
});
