import assert from "node:assert/strict";
import { systemClock } from "../../../src/ops/clock.ts";
import { UploadSlots } from "../../../src/people/uploads.ts";
import { localUser } from "../../../src/testing/core.ts";

const alice = localUser("alice");
const dayMs = 24 * 60 * 60_000;

describe("slots for files", () => {
  let now: number;
  let slots: UploadSlots;

  beforeEach(() => {
    now = 1_700_000_000_000;
    const kept = new Map<string, string>();
    slots = new UploadSlots({
      ...{ maxBytes: 100, quotaBytes: 150, keepMs: dayMs, secret: "s" },
      clock: { ...systemClock, now: () => now },
      accountData: {
        list: async () => [...kept].map(([name, value]) => ({ name, value })),
        put: async (_, name, value) => void (value === undefined ? kept.delete(name) : kept.set(name, value)),
      },
      baseUrl: () => "https://chat.example.org",
    });
  });

  it("are URLs that prove their own terms, for a while", async () => {
    const slot = await slots.slot(alice, { name: "../weiß <b>.png", bytes: 9, type: "Image/PNG; x=y" });

    const claim = claimIn(slot.put);
    assert.deepEqual([claim.name, claim.bytes, claim.type], ["weiß _b_.png", 9, "image/png"]);
    assert.equal(slot.get, slot.put.split("?")[0]);
    assert.ok(slots.admits(claim));
    for (const forged of [{ bytes: 90 }, { type: "text/html" }, { name: "x" }, { until: now * 2 }, { signature: "x" }])
      assert.ok(!slots.admits({ ...claim, ...forged }), JSON.stringify(forged));
    now = slot.until + 1;
    assert.ok(!slots.admits(claim));
  });

  it("are bounded in size, and together, until what was kept is gone", async () => {
    await slots.slot(alice, { name: "a", bytes: 100, type: undefined });

    await assert.rejects(slots.slot(alice, { name: "b", bytes: 101, type: undefined }), { code: "too-large" });
    await assert.rejects(slots.slot(alice, { name: "b", bytes: 51, type: undefined }), { code: "quota-exceeded" });
    now += dayMs + 1;
    await slots.slot(alice, { name: "b", bytes: 51, type: undefined });
  });

  it("have names that are names", async () => {
    for (const name of ["", "..", "a/", "x".repeat(201)])
      await assert.rejects(slots.slot(alice, { name, bytes: 1, type: undefined }), { code: "bad-request" }, name);
  });
});

function claimIn(url: string) {
  const { pathname, searchParams } = new URL(url);
  const [, , token, name] = pathname.split("/");
  const value = (key: string): string => searchParams.get(key)!;
  return {
    token: token!,
    name: decodeURIComponent(name!),
    bytes: Number(value("bytes")),
    type: value("type"),
    until: Number(value("until")),
    signature: value("signature"),
  };
}
