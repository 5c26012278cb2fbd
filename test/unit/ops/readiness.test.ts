import assert from "node:assert/strict";
import { createReadiness } from "../../../src/ops/readiness.ts";

describe("readiness", () => {
  it("is ready when every part answers", async () => {
    const ready = createReadiness({ store: { ping: async () => undefined }, bus: { ping: async () => undefined } });

    assert.deepEqual(await ready(), { ready: true, parts: { store: "ok", bus: "ok" } });
  });

  it("names the part that fails and the one that is silent", async () => {
    const ready = createReadiness(
      { store: { ping: () => Promise.reject(new Error("gone")) }, bus: { ping: () => new Promise(() => undefined) } },
      10,
    );

    assert.deepEqual(await ready(), { ready: false, parts: { store: "failed", bus: "no answer within 10 ms" } });
  });

  it("asks once for all who ask meanwhile", async () => {
    let asked = 0;
    const ready = createReadiness({ store: { ping: async () => void (asked += 1) } });

    await Promise.all([ready(), ready(), ready()]);

    assert.equal(asked, 1);
  });
});
