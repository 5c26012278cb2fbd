import assert from "node:assert/strict";
import { fuzzLive } from "../fuzz/mqtt-live.ts";

describe("a server that is sent mutated MQTT packets", () => {
  it("lives, ends what is wrong in MQTT's words, and answers a bystander all the while", async () => {
    const { packets, slowestMs } = await fuzzLive({ packets: 2_000, seed: 1 });

    assert.ok(packets >= 2_000);
    assert.ok(slowestMs < 5_000, `a bystander waited for ${Math.round(slowestMs)} ms`);
  }).timeout(180_000);
});
