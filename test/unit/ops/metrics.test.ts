import assert from "node:assert/strict";
import { counter, exposition, gauge, histogram } from "../../../src/ops/metrics.ts";

describe("metrics", () => {
  it("shows each counter with its labels and its sum", async () => {
    const text = counter("trivium_test_frames_total", "Frames in tests", { kind: "text" });
    const binary = counter("trivium_test_frames_total", "Frames in tests", { kind: "binary" });

    text.add();
    text.add(2);
    binary.add(5);

    const { body } = await exposition();
    assert.match(body, /^trivium_test_frames_total\{kind="text"\} 3$/m);
    assert.match(body, /^trivium_test_frames_total\{kind="binary"\} 5$/m);
  });

  it("gives the same counter to two parts that declare the same", () => {
    counter("trivium_test_twice_total", "Declared twice").add(1);
    counter("trivium_test_twice_total", "Declared twice").add(1);

    assert.equal(counter("trivium_test_twice_total", "Declared twice").value, 2);
  });

  it("shows what a gauge is now, not what it was added", async () => {
    const open = gauge("trivium_test_open", "Open things in tests");

    open.add(3);
    await exposition();
    open.add(-1);

    const { body } = await exposition();
    assert.match(body, /^trivium_test_open 2$/m);
  });

  it("sorts observations into buckets", async () => {
    const sizes = histogram("trivium_test_sizes", "Sizes in tests", [1, 10]);

    sizes.observe(1);
    sizes.observe(7);
    sizes.observe(70);

    const { body } = await exposition();
    assert.match(body, /^trivium_test_sizes_bucket\{le="10"\} 2$/m);
    assert.match(body, /^trivium_test_sizes_count 3$/m);
  });

  it("shows the process's own figures", async () => {
    const { body } = await exposition();

    assert.match(body, /^process_resident_memory_bytes \d+/m);
    assert.match(body, /^nodejs_eventloop_lag_seconds /m);
  });
});
